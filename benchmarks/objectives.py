"""What each objective costs: a training step against a plain one, and XLA's count of operations in forward passes.

python -m benchmarks.objectives
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import numpy as np

from benchmarks import timing
from jaxaug import augment, models, parallel
from jaxaug.train import OBJECTIVES, adversary, init_state, make_optimizer, make_schedule, make_step

BATCH, ROUNDS, UNITS = 256, 7, 512
SLOW = 'certified, crown'
TEN = dict(epsilon=0.1, steps=10, step_size=0.025, keep='last')


class Case(NamedTuple):
  """One row: an objective, what makes its images, and the forward passes by the formula."""

  objective: str
  settings: Mapping = {}
  forwards: int | None = None
  augment: Mapping = {'names': ()}


TEN_FIRST = {k: v for k, v in TEN.items() if k != 'keep'}  # friendly attacks end where they fool
CASES = {
  'erm': Case('erm', forwards=3),
  'fast': Case('fast', forwards=5),
  'free, 4 replays': Case('free', forwards=4 * 3),  # and the images' gradient, which the first layer alone has to add
  'pgd_at, 10 steps': Case('pgd_at', dict(attack=TEN), 23),
  'mart, 10 steps': Case('mart', dict(attack=TEN), 26),
  'trades, 10 steps': Case('trades', dict(attack=TEN), 27),
  'awp of trades, 10 steps': Case('awp', dict(attack=TEN), 33),
  'gairat, 10 steps': Case('gairat', dict(attack=TEN_FIRST, inner={}), 23),  # and the answers at the end
  'pgd_at, 10 steps, half of the batch': Case('pgd_at', dict(attack=TEN, inner=dict(fraction=0.5)), 14),
  'pgd_at, 10 steps, friendly': Case('pgd_at', dict(attack=TEN_FIRST, inner=dict(patience=0)), 23),
  'pgd_at, 10 steps, radius grows': Case(
    'pgd_at', dict(attack=TEN, inner={}), 23, dict(names=('curriculum',), curriculum=dict(steps=100, start=0.5))
  ),
  'pgd_at, 1 of 10 steps': Case(
    'pgd_at',
    dict(attack=TEN, inner={}),
    5,
    dict(names=('curriculum',), curriculum=dict(steps=100, first_steps=1, last_steps=10)),
  ),
  'pgd_at, 10 steps, replay of hard examples': Case(
    'pgd_at', dict(attack=TEN, inner={}), 23, dict(names=('hard_examples',), hard_examples=dict(warmup=0))
  ),
  'erm, boundary examples of 10 steps': Case(
    'erm', {}, 33, dict(names=('boundary',), boundary=dict(epsilon=0.1, steps=10, step_size=0.025))
  ),
  'mma, 10 steps': Case('mma', dict(attack=TEN), 37),  # 20, the end, 10 halvings, 6
  'feature_at, 3 steps': Case(
    'feature_at', dict(layer='conv2'), 12
  ),  # at most: only what follows the layer is differentiated
  'certified, ibp': Case('certified'),
  'certified, crown': Case('certified', dict(method='crown')),
}


def operations(objective: str, settings: dict) -> float:
  """Of an objective's gradient, in forward passes of a network of equal dense layers; the attack's steps are written out."""
  network = models.create('mlp', UNITS, hidden=(UNITS,) * 8)
  batch = {'image': np.zeros((64, 16, UNITS // 16, 1), np.float32), 'label': np.eye(UNITS, dtype=np.float32)[:64]}
  params = network.init(jax.random.key(0), batch['image'])['params']
  loss = OBJECTIVES[objective](network, **{**settings, 'attack': {**settings['attack'], 'unroll': True}})
  count = lambda fn, *args: jax.jit(fn).lower(*args).compile().cost_analysis()['flops']
  whole = count(jax.grad(loss, has_aux=True), params, {}, jax.random.key(1), batch)
  return round(whole / count(lambda p: network.apply({'params': p}, batch['image']), params), 2)


def programs() -> dict[str, Callable]:
  """One training step each, on the golden network's shape, and an attack in a program of its own."""
  network = models.create('cnn', 10)
  optimizer = make_optimizer(make_schedule(1000, 0.01))
  rng = np.random.default_rng(0)
  rows = BATCH // parallel.device_count()
  label = np.eye(10, dtype=np.float32)[rng.integers(0, 10, rows)]
  batch = {'image': rng.random((rows, 28, 28, 1), np.float32), 'label': label, 'id': np.arange(rows, dtype=np.int32)}
  batch = parallel.replicate(batch)
  nothing = {'zero': np.zeros(parallel.device_count(), np.float32)}
  runs = {}
  for name, case in CASES.items():
    adaptive = augment.create_adaptive(**case.augment)
    state = parallel.replicate(init_state(network, optimizer, adaptive, jax.random.key(0), (28, 28, 1), 0.0))
    step = make_step(network, optimizer, OBJECTIVES[case.objective](network, **case.settings), adaptive, axis=parallel.AXIS)
    compiled = parallel.every_device(lambda state, held, nothing, step=step: step(state, held))
    runs[name] = lambda compiled=compiled, state=state: compiled(state, batch, nothing)[1]
  find = adversary(network, TEN)
  alone = parallel.every_device(
    lambda state, held, nothing: jax.lax.pmean(find(state.params, {}, jax.random.key(1), held)['image'].sum(), parallel.AXIS)
  )
  runs['attack alone'] = lambda: alone(state, batch, nothing)
  return runs


def main():
  parallel.initialize()
  runs, rows = programs(), []
  seconds = timing.paired({name: run for name, run in runs.items() if name != SLOW}, ROUNDS)
  seconds |= timing.paired({SLOW: runs[SLOW]}, ROUNDS)  # apart: what comes after it in a round finds every cache cold
  for name, case in CASES.items():
    row = {'what': name, 'milliseconds': round(1e3 * float(np.median(seconds[name])), 1)}
    plain = np.median(seconds['erm']) if name == SLOW else seconds['erm']
    row |= {f'{k}_plain': v for k, v in timing.ratio(seconds[name], plain).items()}
    if case.forwards:
      row |= {'forwards': case.forwards}
    if 'attack' in case.settings and 'inner' not in case.settings and case.objective != 'mma':
      row |= {'forwards_by_xla': operations(case.objective, case.settings)}
    rows.append(row)
  inside = timing.ratio(seconds['pgd_at, 10 steps'] - seconds['erm'], seconds['attack alone'])
  rows.append({'what': 'pgd_at - erm over its attack in a program of its own', **inside})
  timing.save(
    'objectives',
    rows,
    f'A training step of batch {BATCH} on a random batch, forward and backward and update, over the step of erm in the same round (of crown: over the median): median '
    f'and quartiles of {ROUNDS}. forwards: forward passes by the formula, erm counting 3. forwards_by_xla: operations of the gradient '
    'over those of one forward pass, XLA cost analysis, eight dense layers; an attack takes no gradient of weights, training none of images, '
    'and the two clean passes of TRADES are one to XLA where training and evaluation are the same.',
  )


if __name__ == '__main__':
  main()
