"""Adversarial training, six methods on one network and one budget: what the finished runs measured, kept and compared.

python -m benchmarks.robust_training --workdir=runs/robust

reads every finished run of `configs/fashion_mnist_{pgd,trades,mart,awp,fast,free}.py` in `<workdir>/<method>/seed-<n>`, puts each image's
verdicts into `benchmarks/results/robust_training.json` and prints the table of the methods that have all seeds. Without runs it prints
what is stored: the runs take hours, the table a second.
"""

import json
import pathlib

import jax
import numpy as np
from absl import app, flags

from benchmarks import timing
from jaxaug import evaluate, tracking

WORKDIR = flags.DEFINE_string('workdir', 'runs/robust', 'Folder with one folder a method, each with seed-<n>.')
BASELINE = flags.DEFINE_string('baseline', 'pgd', 'The method that the others are compared with.')
SEEDS = flags.DEFINE_integer('seeds', 3, 'How many seeds a method must have to stand in the table.', lower_bound=2)
PATH = timing.RESULTS / 'robust_training.json'
SHARES = ('clean', 'robust', 'autoattack')  # a verdict an image


def packed(scores):
  """A run's scores as JSON: verdicts as the hexadecimal digits of their bits."""
  bits = lambda right: {'images': len(right), 'right': np.packbits(right.astype(bool)).tobytes().hex()}
  held = {name: bits(scores[name]) if name in SHARES else float(scores[name]) for name in scores if name != 'id'}
  return {'first_id': int(scores['id'][0]), **held}


def unpacked(held):
  """What `packed` was given."""
  bits = lambda kept: np.unpackbits(np.frombuffer(bytes.fromhex(kept['right']), np.uint8))[: kept['images']].astype(float)
  scores = {name: bits(value) if name in SHARES else np.float64(value) for name, value in held.items() if name != 'first_id'}
  return {'id': held['first_id'] + np.arange(len(scores['clean'])), **scores}


def main(_):
  stored = json.loads(PATH.read_text()) if PATH.exists() else {'runs': {}, 'measured': None, 'provenance': {}}
  found = sorted(pathlib.Path(WORKDIR.value).glob('*/seed-*/results.json'))
  for path in found:
    results, seed = json.loads(path.read_text()), path.parent.name.removeprefix('seed-')
    measured = evaluate.measured_as(results)
    if stored['measured'] not in (None, measured):
      raise SystemExit(f'{path.parent}: was measured as {measured}, what is stored as {stored["measured"]}')
    stored['measured'] = measured
    for arm in results['arms']:
      scores = evaluate.seed_scores(path.parent, arm)
      assert (np.diff(scores['id']) == 1).all()  # a test split of its own, in its order
      stored['runs'].setdefault(arm, {})[seed] = packed(scores)
      stored['provenance'].setdefault(arm, {})[seed] = results['provenance']
  if found:
    tracking.write_json(PATH, stored)
    print(f'{len(found)} runs, written: {PATH.relative_to(timing.RESULTS.parent.parent)}')
  seeds = [str(seed) for seed in range(SEEDS.value)]
  whole = {arm: [unpacked(runs[s]) for s in seeds] for arm, runs in stored['runs'].items() if set(seeds) <= set(runs)}
  for arm in sorted(set(stored['runs']) - set(whole)):
    print(f'{arm}: has the seeds {", ".join(sorted(stored["runs"][arm]))} only')
  if whole:
    baseline = BASELINE.value if BASELINE.value in whole else ''
    print(evaluate.seeds_table(evaluate.compare_scores(whole, stored['measured']['data'], baseline)))


if __name__ == '__main__':
  jax.config.update('jax_platforms', 'cpu')
  app.run(main)
