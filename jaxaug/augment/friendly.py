"""Friendly PGD as an augmentation, described by plain values."""

import jax.numpy as jnp

from jaxaug import attacks
from jaxaug.attacks import threat_model
from jaxaug.types import Augment, Batch, InputError, Key, Model


def friendly(
  norm: str = 'linf',
  epsilon: float = 0.1,
  steps: int = 10,
  step_size: float = 0.025,
  patience: int = 0,
  random_start: bool = True,
  noise: float = 0.0,
  bounds: tuple[float, float] = (0.0, 1.0),
) -> Augment:
  """PGD that stops soon after an image is fooled, from plain values.

  Args:
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units in [0, 1].
    steps, step_size, patience, random_start: of `jaxaug.attacks.friendly`.
    noise: standard deviation of the normal noise that it starts from, pixel units; 0 starts it uniformly in the ball.
    bounds: lowest and highest pixel value.

  Returns:
    Augment of `image` [B, H, W, C] float, which adds `fooled_after` [B]. Rows of a batch with `strength` [B] have radius and step
    times it, with `steps` [B] int that many steps, at most `steps`: what a curriculum sets.
  """

  if noise and not random_start:
    raise InputError(f'noise: {noise} is a random start, random_start says there is none')
  ball = threat_model(norm, epsilon, bounds, noise)
  attacks.friendly(ball, steps=steps, step_size=step_size, patience=patience)  # names what is wrong

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    share = batch.get('strength', 1.0)
    budget = jnp.minimum(batch['steps'], steps) if 'steps' in batch else steps
    one = attacks.friendly(
      ball._replace(epsilon=ball.epsilon * share),
      steps=budget,
      step_size=step_size * share,
      patience=patience,
      random_start=random_start,
    )
    return one(key, batch, model)

  return attack
