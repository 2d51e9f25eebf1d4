"""Reading an image at given places: nearest and bilinear, with a fill from outside."""

import jax.numpy as jnp

from jaxaug.ops.pixels import checked, is_float
from jaxaug.types import Array, check_name

INTERPOLATIONS = ('nearest', 'bilinear')


def default_interpolation(image: Array, interpolation: str) -> str:
  """'' becomes nearest for integers, bilinear for floats; a name that is none is refused.

  Args:
    image: of any dtype.
    interpolation: 'nearest', 'bilinear' or ''.

  Returns:
    'nearest' or 'bilinear'.
  """
  check_name(interpolation or 'nearest', INTERPOLATIONS, 'interpolation')
  return interpolation or ('bilinear' if is_float(image) else 'nearest')


def nearest(image: Array, y: Array, x: Array, fill: float = 0) -> Array:
  """`image[y, x]`, and `fill` where that is outside.

  Args:
    image: [H, W, C], any dtype.
    y, x: int32, same shape [h, w]; may be outside.
    fill: in the image's own range.

  Returns:
    [h, w, C].
  """
  height, width, channels = checked(image).shape
  inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
  place = jnp.where(inside, y * width + x, 0)
  values = jnp.asarray(image).reshape(height * width, channels).at[place].get(mode='promise_in_bounds')
  return jnp.where(inside[..., None], values, jnp.asarray(fill, image.dtype))


def bilinear(image: Array, y: Array, x: Array, fill: float = 0) -> Array:
  """Weighted mean of the four pixels around a place; pixel (i, j) has its centre at (i + .5, j + .5).

  Args:
    image: [H, W, C], uint8 (result cut off to whole numbers, as Pillow does) or float.
    y, x: float, same shape [h, w], in pixels; outside [0, H) or [0, W) gives fill; the border's centre line is continued.
    fill: in the image's own range.

  Returns:
    [h, w, C] of the same dtype; for float images differentiable in image, y and x.

  Source: Pillow's bilinear `Image.transform` (there in float64; on uint8 a value may differ by one).
  """
  height, width, channels = checked(image).shape
  inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
  top, left = jnp.floor(y - 0.5), jnp.floor(x - 0.5)
  down, across = (y - 0.5 - top)[..., None], (x - 0.5 - left)[..., None]
  flat = jnp.asarray(image).reshape(height * width, channels)
  rows = [jnp.clip(top + i, 0, height - 1).astype(jnp.int32) for i in (0, 1)]
  columns = [jnp.clip(left + i, 0, width - 1).astype(jnp.int32) for i in (0, 1)]
  at = lambda r, c: flat[rows[r] * width + columns[c]].astype(across.dtype)
  upper = at(0, 0) + (at(0, 1) - at(0, 0)) * across
  lower = at(1, 0) + (at(1, 1) - at(1, 0)) * across
  values = (upper + (lower - upper) * down).astype(image.dtype)
  return jnp.where(inside[..., None], values, jnp.asarray(fill, image.dtype))
