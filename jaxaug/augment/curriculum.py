"""Attacks that grow with training."""

import jax.numpy as jnp

from jaxaug.types import Adaptive, Array, Batch, InputError


def curriculum(
  steps: int = 1000, start: float = 0.0, first_steps: int = 0, last_steps: int = 0, warmup: int = 0, even: int = 0
) -> Adaptive:
  """strength = start + (1 - start) clip((step - warmup) / steps, 0, 1), and the attack's steps from `first_steps` to `last_steps` alike

  Args:
    steps: of training in which the attack grows to its full radius, at least 1.
    start: share of the radius at the beginning, in [0, 1].
    first_steps, last_steps: gradients an attack takes at the beginning and in the end, rounded; last_steps 0 leaves them alone.
    warmup: steps of training before it grows, at least 0; bounds need them, or the network gives one answer for good.
    even: steps of training in which `gairat` weighs all rows alike, at least 0: its burn-in, which has the full radius (`start` 1).

  Returns:
    Adaptive without memory that adds `strength` [B], and `steps` [B] int32 and `even` [B] bool where asked for, which `adversarial` and `friendly` follow, also
    inside the objectives (`certified` the strength alone; `fast` takes its
    one step once `steps` is 1).

  Raises:
    InputError: a value out of range.

  Source: radius: Cai et al., Curriculum Adversarial Training, 2018, has it in steps; Gowal et al., On the Effectiveness of Interval
  Bound Propagation, 2018, in the radius, after a warm-up; even: Zhang et al., Geometry-Aware Instance-Reweighted Adversarial Training,
  2021, section 3.3 (there 60 of 100 epochs).
  """
  if steps < 1 or not 0 <= start <= 1:
    raise InputError(f'curriculum: steps {steps} must be at least 1, start {start} in [0, 1]')
  if min(first_steps, last_steps, warmup, even) < 0:
    raise InputError(
      f'curriculum: first_steps {first_steps}, last_steps {last_steps}, warmup {warmup} and even {even} must be at least 0'
    )

  def augment(memory, step: Array):
    share = jnp.clip((step - warmup) / steps, 0.0, 1.0)

    def marked(key, batch: Batch, model) -> Batch:
      rows = len(batch['image'])
      grown = jnp.full(rows, start + (1 - start) * share, jnp.float32)
      added = {'strength': batch.get('strength', 1.0) * grown}
      if last_steps:
        added['steps'] = jnp.full(rows, jnp.round(first_steps + (last_steps - first_steps) * share), jnp.int32)
      if even:
        added['even'] = jnp.full(rows, step < even)
      return {**batch, **added}

    return marked

  return Adaptive(lambda key, example: (), augment, lambda memory, batch, loss: memory)
