"""A class-conditional GAN on Fashion-MNIST: how near its draws are to the train split, after how many seconds of training.

python -m benchmarks.generators --seeds=5

trains on all 60,000 images but the validation slice, at batches of 64, and measures at each of STEPS: FCD (10,000 draws, the same number
of each class, against the train split, in the features of a CNN that learnt it), the same in a network that learnt nothing, classes
covered, and agreement with the class asked for; the test split stands beside it. Seconds are of training alone, compilation included.
Asked: 21.8 within 164 s of one core, which 3,000 steps of such a network took at a rate of 5e-4 and R1's weight at .1; 12 if it can be.
FCD is in squared units of the extractor's features: the scale of that figure is known for no other extractor than its own.
Writes `benchmarks/results/generators-<backend>.json`.
"""

import time

import jax
import numpy as np
from absl import app, flags

from benchmarks import timing
from jaxaug import data, parallel, synthesize
from jaxaug.metrics import over_seeds
from jaxaug.synthesize.extractor import extract, fit_extractor, random_extractor
from jaxaug.synthesize.fidelity import fidelity

SEEDS = flags.DEFINE_integer('seeds', 5, 'Trainings.', lower_bound=2)
STEPS = (300, 1000, 2000, 3000, 5000)
DRAWS = 10_000
FIELDS = (
  'seconds',
  'cpu_seconds',
  'fcd',
  'random',
  'class_coverage',
  'agreement',
  'precision',
  'recall',
  'density',
  'coverage',
)
LAST = flags.DEFINE_integer('last', STEPS[-1], 'Updates of a training.')
RATE = flags.DEFINE_float('learning_rate', None, "In place of the preset's; writes nothing then.")
PENALTY = flags.DEFINE_float('penalty_weight', None, "In place of the preset's; writes nothing then.")


def measured(seed: int, images, label, test, test_label, extractors) -> list[dict]:
  """One training: a row for each of STEPS."""
  codec, rows, spent = synthesize.image_codec(images.shape[1:]), [], [0.0, time.perf_counter(), 0.0, time.process_time()]
  examples = {'encoded': codec.encode(codec.fit(images), images), 'condition': np.eye(10, dtype=np.float32)[label]}
  generator = synthesize.gan(
    images.shape[1:], 10, preset='projection', learning_rate=RATE.value, penalty_weight=PENALTY.value
  )
  asked = np.arange(DRAWS) % 10
  draw = jax.jit(lambda variables, key: generator.sample(variables, key, np.eye(10, dtype=np.float32)[asked]))

  def check(state, step):
    spent[0] += time.perf_counter() - spent[1]
    spent[2] += time.process_time() - spent[3]
    if step in STEPS:
      made = np.clip(codec.decode({}, draw(state.ema, jax.random.key(1000 + seed))), 0, 1)
      found = fidelity(extractors, images, test, test_label, made, asked)
      rows.append({'step': step, 'seconds': spent[0], 'cpu_seconds': spent[2], **found['fake']})
      rows[-1]['test'] = found['test']
      print({name: round(value, 4) for name, value in rows[-1].items() if name != 'test'}, flush=True)
    spent[1], spent[3] = time.perf_counter(), time.process_time()
    return {}

  synthesize.fit(generator, examples, jax.random.key(seed), steps=LAST.value, batch_size=64, check_every=100, check=check)
  return rows


def main(_):
  parallel.initialize()
  splits = data.load(dict(source='fashion_mnist', seed=0, validation=0.1))
  images, test = (np.asarray(part['image']).astype(np.float32) / 255 for part in (splits.train, splits.test))
  label, test_label = (part['label'].argmax(-1) for part in (splits.train, splits.test))
  trained = fit_extractor(images, label, 10, steps=3000)
  extractors = trained, random_extractor(images.shape[1:], 10)
  right = float((extract(trained, test)[1].argmax(1) == test_label).mean())
  runs = [measured(seed, images, label, test, test_label, extractors) for seed in range(SEEDS.value)]
  rows = []
  for same in zip(*runs):
    for name in FIELDS:
      found = over_seeds([row[name] for row in same])
      rows.append(
        {'step': same[0]['step'], 'what': name, **{end: round(value, 4) for end, value in found._asdict().items()}}
      )
  rows += [
    {'step': 0, 'what': f'{name} of real test rows', 'value': round(value, 4)} for name, value in runs[0][-1]['test'].items()
  ]
  notes = (
    f'{SEEDS.value} seeds, batch 64, {DRAWS} draws against the train split; the extractor names {right:.2%} of the test split right, '
    f'its fingerprint is {trained.digest}; of the random one {extractors[1].digest}'
  )
  if RATE.value is None and PENALTY.value is None:
    timing.save('generators', rows, notes)


if __name__ == '__main__':
  app.run(main)
