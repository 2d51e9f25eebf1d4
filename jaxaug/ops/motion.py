"""A moving camera. Deterministic maths on one image."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import on_floats
from jaxaug.types import Array, InputError


def motion_blur(image: Array, radius: int, sigma: float, degrees: Array) -> Array:
  """sum_i w_i x(place + i steps along a direction), w_i ~ exp(-i^2 / (2 sigma^2)), i = 0 ... 2 radius: a tail to one side.

  Args:
    image: [H, W, C], uint8 (rounded to the nearest) or float in [0, 1]; the border pixels go on outside.
    radius: half the length of the tail in pixels, a plain whole number.
    sigma: of the weights in pixels, above 0, a plain number.
    degrees: scalar, clockwise from the right: where the pixels come from; may be traced.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: radius below 0, sigma not above 0.

  Source: ImageMagick 6 `MotionBlurImage`, whose places are whole pixels: one value in 5,000 differs, by 1.
  """
  if radius < 0 or not sigma > 0:
    raise InputError(f'motion_blur: radius {radius} must be at least 0, sigma {sigma} above 0')
  steps = np.arange(2 * radius + 1, dtype=np.float32)
  weights = np.exp(-0.5 * (steps / sigma) ** 2)
  y, x = (np.arange(size) for size in image.shape[:2])
  angle = jnp.radians(jnp.asarray(degrees, jnp.float32))
  pixels = lambda amount: jnp.ceil(amount - 0.5).astype(jnp.int32)

  def blurred(value):
    def add(total, tap):
      step, weight = tap
      rows = jnp.clip(y + pixels(step * jnp.sin(angle)), 0, len(y) - 1)
      columns = jnp.clip(x + pixels(step * jnp.cos(angle)), 0, len(x) - 1)
      return total + weight * value[rows][:, columns], None

    taps = (jnp.asarray(steps), jnp.asarray(weights / weights.sum(), value.dtype))
    return jax.lax.scan(add, jnp.zeros_like(value), taps)[0]

  return on_floats(blurred, jnp.asarray(image))
