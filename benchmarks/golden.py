"""An arm of a trained Fashion-MNIST run on the 1,000 images of the reference AutoAttack run.

python -m benchmarks.golden --workdir=runs/fashion_mnist_pgd --arm=adversarial
"""

import json
import pathlib

import jax
import numpy as np
from absl import app, flags, logging

from benchmarks import timing
from benchmarks.pgd import GOLDEN
from jaxaug import evaluate, metrics, parallel
from jaxaug.attacks import round_down

WORKDIR = flags.DEFINE_string('workdir', 'runs/fashion_mnist_pgd', 'Folder of the run.')
ARM = flags.DEFINE_string('arm', 'adversarial', 'Name of the arm.')
ATTACKS = (
  dict(epsilon=0.1, steps=20, step_size=0.0125, restarts=2),
  dict(epsilon=0.1, steps=50, step_size=0.01, restarts=2, loss='margin'),
)


def main(_):
  logging.set_verbosity(logging.ERROR)
  parallel.initialize()
  folder = pathlib.Path(WORKDIR.value)
  config = evaluate.arms_of(json.loads((folder / 'config.json').read_text()))[ARM.value]
  network = evaluate.create_network(config['model'], 10)
  variables, step = evaluate.chosen_variables(folder, ARM.value, evaluate.blank_variables(network, (28, 28, 1)))
  with np.load(GOLDEN) as stored:
    examples = {
      'image': stored['image'].reshape(-1, 28, 28, 1),
      'id': np.arange(1000, dtype=np.int32),
      'label': np.eye(10, dtype=np.float32)[stored['label']],
    }
  key = jax.random.key(0)
  logits = {'clean': evaluate.Predictor(evaluate.clean(network), 256)(variables, key, examples)['logits']}
  for attack in ATTACKS:
    run = evaluate.Predictor(evaluate.attacked(network, evaluate.attack_of(attack)), 256)
    logits[evaluate.describe(attack)] = run((variables, parallel.replicate(round_down(attack['epsilon']))), key, examples)[
      'logits'
    ]
  rows = [
    {'what': name, 'step': step, 'accuracy': metrics.accuracy(values, examples['label'])._asdict()}
    for name, values in logits.items()
  ]
  timing.save(
    f'golden_{folder.name}',
    rows,
    'Accuracy on the 1,000 images of tests/golden; the reference network there has .841 clean, '
    '.724 under APGD-CE with one restart.',
  )


if __name__ == '__main__':
  app.run(main)
