"""What feeding a step costs: the training step on its feed against the same step on one fixed batch.

python -m benchmarks.input_pipeline [digits] [fashion_mnist]
"""

import sys

import jax
import numpy as np

from benchmarks import timing
from jaxaug import augment, data, models, parallel
from jaxaug.train import erm, init_state, make_optimizer, make_schedule, make_step, pgd_at

STEPS, REPEATS = (
  {'digits': 11, 'fashion_mnist': 10},
  {'digits': 500, 'fashion_mnist': 9},
)  # steps a round; an epoch of digits has 9
ATTACK = dict(epsilon=0.1, steps=7, step_size=0.025)
CASES = (  # name, source, batch, objective, resident
  ('digits, erm, resident', 'digits', 128, 'erm', True),
  ('digits, pgd_at, resident', 'digits', 128, 'pgd_at', True),
  ('fashion_mnist, erm, resident', 'fashion_mnist', 256, 'erm', True),
  ('fashion_mnist, erm, streamed by Grain', 'fashion_mnist', 256, 'erm', False),
  ('fashion_mnist, pgd_at, resident', 'fashion_mnist', 256, 'pgd_at', True),
)


def case(name, source, batch_size, objective, resident):
  """A row of the table."""
  splits = data.load({'source': source})
  feed = data.training_feed(splits.train, batch_size, 0, resident_bytes=10**9 if resident else 0)
  network = models.create('cnn', 10)
  optimizer = make_optimizer(make_schedule(1000, 0.01))
  adaptive = augment.fixed(augment.identity)
  loss = erm(network) if objective == 'erm' else pgd_at(network, attack=ATTACK)
  step = make_step(network, optimizer, loss, adaptive, axis=parallel.AXIS)
  fed = parallel.every_device(lambda state, held, batch: step(state, feed.gather(held, batch, state.step)))
  bare = parallel.every_device(
    lambda state, held, batch: step(state, {**held, 'image': held['image'] + 0 * batch['zero'][0]})
  )
  state = parallel.replicate(init_state(network, optimizer, adaptive, jax.random.key(0), splits.info.image_shape, 0.0))
  held, batches = parallel.replicate(feed.resident), feed.batches(0)
  devices = parallel.device_count()
  one = jax.tree.map(lambda a: a[: batch_size // devices], dict(splits.train))
  fixed, zero = parallel.replicate(jax.device_get(data.as_batch(one))), {'zero': np.zeros(devices, np.float32)}

  def run(compiled, held, following):
    now = state
    for _ in range(STEPS[source]):
      now, metrics = compiled(now, held, following())
    return metrics

  seconds = timing.paired(
    {'fed': lambda: run(fed, held, lambda: next(batches)), 'bare': lambda: run(bare, fixed, lambda: zero)}, REPEATS[source]
  )
  cost = timing.ratio(seconds['fed'] - seconds['bare'], seconds['fed'])
  return {
    'what': name,
    'batch': batch_size,
    'step_milliseconds': round(1e3 * float(np.median(seconds['fed'])) / STEPS[source], 2),
    'input_share': cost['ratio'],
    'low': cost['low'],
    'high': cost['high'],
  }


def main():
  parallel.initialize()
  for source in sys.argv[1:] or STEPS:
    timing.save(
      f'input_pipeline_{source}',
      [case(*c) for c in CASES if c[1] == source],
      'input_share: (step with its feed - same step on a batch that lies on the device) / step with its feed; median and '
      f'quartiles over {REPEATS[source]} rounds of {STEPS[source]} steps each; below 0 is noise.',
    )


if __name__ == '__main__':
  main()
