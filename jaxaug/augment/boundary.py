"""Examples near a network's decision boundary that keep their label."""

import jax
import jax.numpy as jnp

from jaxaug.attacks import check_floats, check_step_size, margin, threat_model
from jaxaug.types import Augment, Batch, InputError, Key, Model


def boundary(
  norm: str = 'linf',
  epsilon: float = 0.1,
  steps: int = 10,
  step_size: float = 0.025,
  least: float = 0.0,
  bounds: tuple[float, float] = (0.0, 1.0),
) -> Augment:
  """Goes against the margin, z_y - max_{k != y} z_k, as long as it stays at least `least`: hard, but still of its class.

  A row that would fall below goes back and halves its step. What is wrong already stays as it is.

  Args:
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units in [0, 1].
    steps: gradients taken, at least 0.
    step_size: length of the first steps, pixel units.
    least: margin of logits that is kept, at least 0.
    bounds: lowest and highest pixel value.

  Returns:
    Augment that replaces `image` [B, H, W, C] float; no gradient flows through it.

  Raises:
    InputError: steps, least or step size below 0; images that are not float or leave the bounds.
  """
  if steps < 0 or least < 0:
    raise InputError(f'boundary: steps {steps} and least {least} must be at least 0')
  check_step_size(step_size, 'boundary')
  ball = threat_model(norm, epsilon, bounds)

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'boundary', bounds)
    held = jax.lax.stop_gradient(dict(batch))
    origin, label = held['image'], held['label']
    wide = lambda row: row.reshape(-1, *[1] * (origin.ndim - 1))
    kept = lambda image: -margin(model.logits({**held, 'image': image}), label)
    step, project = jax.vmap(ball.step), jax.vmap(ball.project)

    def advance(_, carry):
      image, length = carry
      gradient = jax.grad(lambda image: -kept(image).sum())(image)
      moved = project(step(image, gradient, length), origin)
      good = kept(moved) >= least
      return jnp.where(wide(good), moved, image), jnp.where(good, length, length / 2)

    start = jnp.full(len(origin), step_size, origin.dtype)
    return {**batch, 'image': jax.lax.stop_gradient(jax.lax.fori_loop(0, steps, advance, (origin, start))[0])}

  return augmented
