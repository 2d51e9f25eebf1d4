"""Reading an image at given places: nearest and bilinear, with a fill from outside."""

import contextlib
from collections.abc import Iterator

import jax
import jax.numpy as jnp

from jaxaug.ops.pixels import checked, is_float, rounded
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


@contextlib.contextmanager
def precision(image: Array, interpolation: str) -> Iterator[type]:
  """Within it places can be found in Pillow's float64, also where jax has float32 only.

  Args:
    image: of any dtype.
    interpolation: 'nearest' or 'bilinear'.

  Yields:
    The dtype of places: float64, or float32 where gradients flow through them (bilinear on float).
  """
  if is_float(image) and interpolation == 'bilinear':
    yield jnp.float32
  else:
    with jax.enable_x64(True):
      yield jnp.float64


def stepped(first: Array, step: Array, count: int) -> Array:
  """Whole pixels along one axis, by adding up steps as Pillow does: the last digit is its own.

  Args:
    first: float scalar, where the first pixel begins; what is read is half a step further.
    step: float scalar in pixels.
    count: of pixels.

  Returns:
    int32 [count].
  """
  _, places = jax.lax.scan(lambda at, _: (at + step, at), first + step * 0.5, length=count, unroll=16)
  return jnp.floor(places).astype(jnp.int32)


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

  Source: Pillow's bilinear `Image.transform`, which uint8 matches bit for bit at places in float64.
  """
  height, width, channels = checked(image).shape
  with precision(image, 'bilinear'):
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    y, x = y - 0.5, x - 0.5
    top, left = jnp.floor(y), jnp.floor(x)
    down, across = (y - top)[..., None], (x - left)[..., None]
    flat = jnp.asarray(image).reshape(height * width, channels)
    rows = [jnp.clip(top + i, 0, height - 1).astype(jnp.int32) for i in (0, 1)]
    columns = [jnp.clip(left + i, 0, width - 1).astype(jnp.int32) for i in (0, 1)]
    at = lambda r, c: flat[rows[r] * width + columns[c]].astype(across.dtype)
    between = lambda low, high, share: low + rounded((high - low) * share)
    upper, lower = between(at(0, 0), at(0, 1), across), between(at(1, 0), at(1, 1), across)
    values = between(upper, lower, down).astype(image.dtype)
    return jnp.where(inside[..., None], values, jnp.asarray(fill, image.dtype))
