"""An arm of a trained Fashion-MNIST run on the 1,000 images of the reference AutoAttack run.

python -m benchmarks.golden --workdir=runs/robust/pgd/seed-0 --arm=pgd --autoattack
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

WORKDIR = flags.DEFINE_string('workdir', 'runs/robust/pgd/seed-0', 'Folder of the run.')
ARM = flags.DEFINE_string('arm', 'pgd', 'Name of the arm.')
AUTOATTACK = flags.DEFINE_bool('autoattack', False, 'Whether AutoAttack, standard, is run too.')
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
    stored_clean = stored['logits'].argmax(-1) == stored['label']
    stored_robust = stored['robust_standard'].astype(bool)
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
  reference = {'clean': stored_clean, 'autoattack': stored_robust}
  if AUTOATTACK.value:
    held = jax.device_get(variables)
    scores, result = evaluate.autoattack_scores(
      lambda image: evaluate.frozen(network, held).logits({'image': image}),
      examples,
      evaluate.autoattack_settings({'examples': 0}),
      key,
      tuple(map(str, range(10))),
      folder / f'golden-{ARM.value}-step{step}.npz',
    )
    rows.append({'what': scores['attack'], 'step': step, 'accuracy': scores['accuracy']})
    ours = {'clean': metrics.correct(logits['clean'], examples['label']), 'autoattack': result.robust}
    for name, theirs in reference.items():
      difference = metrics.paired_bootstrap(ours[name], theirs)._asdict()
      rows.append({'what': f'{name}, minus the reference network on the same images', 'step': step, 'accuracy': difference})
  name = f'golden_{ARM.value}_{folder.name}' if folder.name.startswith('seed-') else f'golden_{folder.name}'
  timing.save(
    name,
    rows,
    'Accuracy on the 1,000 images of tests/golden; the reference network there has .841 clean, '
    '.724 under APGD-CE with one restart, .713 under AutoAttack.',
  )


if __name__ == '__main__':
  app.run(main)
