"""Searches on a planted nuisance: does a method find the planted op, and is what it finds better than what random search finds?

python -m benchmarks.search --seeds=10 --trials=480

digits, a split for each seed, validation and test disturbed by one op that the train split never sees (rotation by up to 25 degrees, a shift by up to 2 pixels, contrast
from .3 to .7), a perceptron as child, all methods under the same child-steps. Of each method and plant: in how many seeds the planted op's
share is above an even one and Invert's is not, and the accuracy on test of a child that is trained anew with the found policy (under seeds that
no search saw, 4 of them), minus that of random search, paired by seed.
Writes `benchmarks/results/search-<backend>.json`.
"""

import time

import jax
import numpy as np
from absl import app, flags

from benchmarks import timing
from jaxaug import parallel, search
from jaxaug.metrics import over_seeds
from jaxaug.search.children import make_children, rows_of, stack

SEEDS = flags.DEFINE_integer('seeds', 10, 'Searches of each method.', lower_bound=2)
TRIALS = flags.DEFINE_integer('trials', 480, 'Policies that a search can pay for.', lower_bound=1)
ONLY = flags.DEFINE_list('only', [], 'Methods; all without it. Random search always runs.')
PLANTS = {
  'Rotate': dict(op='Rotate', low=-25.0, high=25.0),
  'TranslateX': dict(op='TranslateX', low=-2.0, high=2.0),
  'Contrast': dict(op='Contrast', low=0.3, high=0.7),
}
HYPER = {'random': dict(top=1)}
AGAIN = 4  # trainings with the found policy
CONFIG = dict(
  data=dict(source='digits', seed=0, validation=0.3, test=0.2),
  model=dict(name='mlp', hidden=(128,)),
  train=dict(steps=200, batch_size=64),
  search=dict(children=16),
)


def config_of(plant: dict, seed: int) -> dict:
  """Of one search: a split of its own."""
  return {**CONFIG, 'data': {**CONFIG['data'], 'seed': seed}, 'nuisance': {**plant, 'seed': seed}}


def on_test(policies: list, space: search.Space, config: dict) -> np.ndarray:
  """[P] accuracy on test, mean of AGAIN trainings under seeds that no search saw."""
  shape = max(len(policy.sub_policies) for policy in policies), max(len(s) for p in policies for s in p.sub_policies)
  children = make_children(config, space, shape, part='test')
  label, found = children.splits.test['label'].argmax(-1), []
  for again in range(AGAIN):
    rows = rows_of(len(children.splits.train['id']), children.steps, children.batch_size, 10_000 + again)
    keys = jax.random.split(jax.random.key(10_000 + again), 1)[np.zeros(len(policies), int)]
    logits = children.run(stack(policies, space, shape), keys, np.stack([rows] * len(policies)))
    found.append((np.asarray(logits).argmax(-1) == label).mean(-1))
  return np.mean(found, 0)


def searched(name: str, objective: search.Objective, space: search.Space, seed: int) -> dict:
  """One search: its policy, the shares of ops in it, what it cost."""
  before, start = objective.cost(), time.perf_counter()
  budget = TRIALS.value * objective.trial
  found = search.METHODS[name](objective, space, budget, jax.random.key(seed), **HYPER.get(name, {}))
  shares = dict(zip(space.ops, search.op_shares(found.policy, space.ops)))
  steps = objective.cost().child_steps - before.child_steps
  return dict(policy=found.policy, shares=shares, steps=steps, seconds=time.perf_counter() - start)


def main(_):
  parallel.initialize(2)
  space, rows = search.Space(ops=search.OPS[:-2]), []
  names = ['random', *[name for name in ONLY.value or search.METHODS if name != 'random']]
  for op, plant in PLANTS.items():
    runs, right = {name: [] for name in names}, []
    for seed in range(SEEDS.value):
      config = config_of(plant, seed)
      objective = search.make_objective(config, space)
      for name in names:
        runs[name].append(searched(name, objective, space, seed))
        shares = {key: round(float(runs[name][-1]['shares'][key]), 2) for key in (op, 'Invert')}
        print(op, seed, name, shares, round(runs[name][-1]['seconds'], 1), flush=True)
      right.append(on_test([runs[name][-1]['policy'] for name in names], space, config))
    for name, own in zip(names, np.array(right).T):
      even, cases = 1 / len(space.ops), runs[name]
      row = dict(plant=op, method=name, seeds=len(cases), test=over_seeds(own)._asdict())
      row['minus_random'] = over_seeds(own - np.array(right)[:, 0])._asdict() if name != 'random' else None
      row |= {what: sum(one['shares'][of] > even for one in cases) for what, of in (('found', op), ('inverted', 'Invert'))}
      row |= {what: float(np.median([one[what] for one in cases])) for what in ('steps', 'seconds')}
      rows.append(row | dict(share=float(np.mean([one['shares'][op] for one in cases]))))
      print(rows[-1], flush=True)
  notes = f'{SEEDS.value} seeds, {TRIALS.value} policies of {CONFIG["train"]["steps"]} steps each; planted: {PLANTS}'
  timing.save('search', rows, notes)


if __name__ == '__main__':
  app.run(main)
