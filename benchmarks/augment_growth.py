"""How RandAugment(2, 9)'s time grows with batch and image, and its share of a training step.

python -m benchmarks.augment_growth
"""

import os
import pathlib

import jax
import numpy as np

from benchmarks import timing
from jaxaug import augment, data, models, parallel
from jaxaug.train import erm, init_state, make_optimizer, make_schedule, make_step

BATCHES, SIDES, REPEATS = (64, 128, 256, 512, 1024, 2048, 4096), (28, 32, 64, 96, 128, 192, 256), 21
POLICY = augment.randaugment_policy(2, 9)
PLOT = pathlib.Path(__file__).parent.parent / 'docs' / 'augment_growth.png'


def run(count, side):
  """Function that augments one batch, always with the same draws."""
  images = jax.numpy.asarray(np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8))
  draws = augment.draw(jax.random.key(0), count, POLICY, side)
  compiled = jax.jit(lambda images, draws: augment.run_draws(images, draws, POLICY))
  return lambda: compiled(images, draws)


def on_one_core():
  """Keeps this process on one core: where an op has enough to do, XLA cuts it over all of them, and time jumps down there."""
  if hasattr(os, 'sched_setaffinity'):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def growth(name, cases):
  """Rows: seconds of each size, and how far they are from a straight line through the smallest and the largest."""
  pixels = np.array([count * side * side for count, side in cases], float)
  seconds = timing.paired({str(case): run(*case) for case in cases}, REPEATS)
  medians = np.array([np.median(seconds[str(case)]) for case in cases])
  slope, start = np.polyfit(pixels, medians, 1, w=1 / medians)
  off = medians / (slope * pixels + start) - 1
  return [
    {'what': name, 'batch': c, 'side': s, 'milliseconds': round(1e3 * m, 3), 'off_the_line': round(float(o), 3)}
    for (c, s), m, o in zip(cases, medians, off)
  ]


def share():
  """Row: a WRN-16-4 step with RandAugment against the same without, 32 x 32, batch 64."""
  network, optimizer = models.create('wide_resnet', 10, depth=16, width=4), make_optimizer(make_schedule(1000, 0.01))
  pixels = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
  batch = data.as_batch({'image': pixels, 'label': np.eye(10, dtype=np.float32)[np.arange(64) % 10]})
  functions = {}
  for name, chosen in (('with', augment.randaugment(2, 9)), ('without', augment.identity)):
    adaptive = augment.fixed(chosen)
    state = init_state(network, optimizer, adaptive, jax.random.key(0), (32, 32, 3), 0.0)
    step = jax.jit(make_step(network, optimizer, erm(network), adaptive))
    functions[name] = lambda step=step, state=state: step(state, batch)[1]
  seconds = timing.paired(functions, 7)
  cost = timing.ratio(seconds['with'] - seconds['without'], seconds['with'])
  alone = timing.paired({'alone': run(64, 32)}, REPEATS)['alone']
  return {
    'what': 'share of a WRN-16-4 step, 32 x 32, batch 64',
    'step_milliseconds': round(1e3 * float(np.median(seconds['with'])), 1),
    'share': cost['ratio'],
    'low': cost['low'],
    'high': cost['high'],
    'share_of_the_ops_timed_alone': round(float(np.median(alone) / np.median(seconds['with'])), 5),
  }


def plot(rows):
  """Draws both growths."""
  from matplotlib.figure import Figure

  figure = Figure((8, 3.2), layout='constrained')
  for axes, name, field in zip(figure.subplots(1, 2), ('batch', 'side'), ('batch', 'side')):
    chosen = [row for row in rows if row['what'] == name]
    pixels = [row['batch'] * row['side'] ** 2 / 1e6 for row in chosen]
    axes.loglog(pixels, [row['milliseconds'] for row in chosen], 'o-')
    for x, row in zip(pixels, chosen):
      axes.annotate(row[field], (x, row['milliseconds']), (4, -10), textcoords='offset points', fontsize=8)
    axes.set(xlabel='million pixels', ylabel='milliseconds', title=f'RandAugment(2, 9), growing {name}')
    axes.grid(alpha=0.3)
  figure.savefig(PLOT, dpi=110)
  print('written:', PLOT.relative_to(PLOT.parent.parent))


def main():
  on_one_core()  # before XLA starts its threads
  parallel.initialize(1)
  rows = growth('batch', [(count, 32) for count in BATCHES]) + growth('side', [(64, side) for side in SIDES])
  plot(rows)
  timing.save(
    'augment_growth',
    [*rows, share()],
    f'Medians of {REPEATS} rounds, one core. off_the_line: time / straight line fitted to relative errors, - 1. share: '
    '(step with - step without) / step with, median and quartiles; below 0 is noise.',
  )


if __name__ == '__main__':
  main()
