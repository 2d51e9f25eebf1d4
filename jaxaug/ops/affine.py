"""Straight lines stay straight: rotation, shear, translation. Deterministic maths on one image.

'nearest' walks Pillow's 16.16 fixed point grid in int32, from coefficients in float64; bilinear on uint8 is float64, too.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import quotient, rounded
from jaxaug.ops.sample import bilinear, default_interpolation, nearest, precision, stepped
from jaxaug.types import Array

ONE = 1 << 16  # 1.0 in fixed point
STEPS = 16  # entries of the sine table to a degree


@functools.cache
def _circle() -> np.ndarray:
  """float64 [3, 360 STEPS + 1]: radians, cos, sin of every 1 / STEPS degree."""
  radians = np.radians(np.arange(360 * STEPS + 1) / STEPS)
  return np.array([radians, np.cos(radians), np.sin(radians)])


def _by_table(radians: Array) -> tuple[Array, Array]:
  """cos and sin of float64 in [0, 2 pi] to 3e-16, of products and sums alone."""
  start, cosine, sine = jnp.asarray(_circle())[:, jnp.round(radians * (180 * STEPS / np.pi)).astype(jnp.int32)]
  rest = radians - start  # at most 5.5e-4
  square = rest * rest
  turn, lost = rest * (1 - square / 6 * (1 - square / 20)), -square / 2 * (1 - square / 12)  # sin(rest), cos(rest) - 1
  return cosine + (cosine * lost - sine * turn), sine + (sine * lost + cosine * turn)


def _fifteen_digits(value: Array) -> Array:
  """round(value, 15) of float64 in [-1, 1], as Python rounds: the product with 10^15 = 5^15 2^15 does not fit a float64."""
  whole = (jnp.abs(value) * 2.0**60).astype(jnp.int64)
  times = lambda shift: (whole >> shift & (1 << 20) - 1) * 5**15
  high = (whole >> 40) * 5**15 + (times(20) + (times(0) >> 20) >> 20)  # value 10^15 in units of 2^-5
  return quotient(jnp.sign(value) * ((high + 16) >> 5).astype(value.dtype), 1e15)


def _cosine_sine(degrees: Array) -> tuple[Array, Array]:
  """cos and sin of float64 degrees as Pillow takes them."""
  radians = jnp.mod(degrees, 360.0) * (np.pi / 180)
  usual = lambda radians: (jnp.cos(radians), jnp.sin(radians))
  cosine, sine = jax.lax.platform_dependent(radians, tpu=_by_table, default=usual)  # TPUs have neither of float64
  return _fifteen_digits(cosine), _fifteen_digits(sine)


def _pillows_rotation(degrees: Array, height: int, width: int) -> tuple:
  """The matrix that Pillow makes of float64 degrees."""
  cosine, sine = _cosine_sine(degrees)
  x, y = width / 2, height / 2
  moved = lambda a, b, at: rounded(a * -x) + rounded(b * -y) + at
  return cosine, -sine, moved(cosine, -sine, x), sine, cosine, moved(sine, cosine, y)


def _walked(matrix: tuple, height: int, width: int) -> tuple[Array, Array]:
  """Rows and columns of the nearest pixels, ((A x + B y + C) >> 16, (D x + E y + F) >> 16), all int32."""
  a, b, c, d, e, f = matrix
  fix = lambda value: jnp.floor(value * ONE + 0.5).astype(jnp.int32)
  y, x = jnp.arange(height, dtype=jnp.int32)[:, None], jnp.arange(width, dtype=jnp.int32)[None, :]
  place = lambda a, b, c: (fix(a) * x + fix(b) * y + fix(c + a * 0.5 + b * 0.5)) >> 16
  return place(d, e, f), place(a, b, c)


def _between(image: Array, matrix: tuple, fill: float) -> Array:
  """Bilinear, in the dtype of the matrix."""
  a, b, c, d, e, f = matrix
  y, x = (jnp.arange(size, dtype=a.dtype) + 0.5 for size in image.shape[:2])
  place = lambda a, b, c: rounded(a * x[None, :]) + rounded(b * y[:, None]) + c
  return bilinear(image, place(d, e, f), place(a, b, c), fill)


def _read(image: Array, matrix: tuple, interpolation: str, fill: float) -> Array:
  """`affine` of six scalars in `precision`."""
  if interpolation == 'bilinear':
    return _between(image, matrix, fill)
  return nearest(image, *_walked(matrix, *image.shape[:2]), fill)


def _read_by(image: Array, matrix: tuple, interpolation: str, fill: float) -> Array:
  """`affine` of six numbers, no two of which need be of one dtype; never upright, where Pillow has another way."""
  interpolation = default_interpolation(image, interpolation)
  with precision(image, interpolation) as dtype:
    return _read(image, tuple(jnp.asarray(value, dtype) for value in matrix), interpolation, fill)


def affine(image: Array, matrix: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output pixel (x, y) is the input at (a x + b y + c, d x + e y + f), pixel centres at halves.

  Args:
    image: [H, W, C], uint8 or float.
    matrix: float32 [6], (a, b, c, d, e, f), as Pillow's `Image.transform(size, Image.AFFINE, data)` takes it.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in matrix) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `Image.transform`, which uint8 matches bit for bit up to 32,767 pixels a side.
  """
  interpolation = default_interpolation(image, interpolation)
  with precision(image, interpolation) as dtype:
    matrix = tuple(jnp.asarray(matrix, dtype))
    if interpolation == 'bilinear':
      return _between(image, matrix, fill)
    a, b, c, d, e, f = matrix
    height, width = image.shape[:2]
    (y, x), upright = _walked(matrix, height, width), (b == 0) & (d == 0)  # for these Pillow has another way
    y = jnp.where(upright, stepped(f, e, height)[:, None], y)
    x = jnp.where(upright, stepped(c, a, width)[None, :], x)
    return nearest(image, y, x, fill)


def rotation_matrix(degrees: Array, height: int, width: int) -> Array:
  """The matrix of `rotate`, for `affine` and for what lies on the image.

  Args:
    degrees: float scalar.
    height, width: of the image.

  Returns:
    float32 [6].
  """
  cosine, sine = jnp.cos(jnp.radians(degrees)), jnp.sin(jnp.radians(degrees))
  x, y = width / 2, height / 2
  return jnp.stack([cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y])


def shear_matrix(across: Array, down: Array) -> Array:
  """The matrix of `shear_x` and `shear_y`.

  Args:
    across, down: float scalars, pixels for each pixel down, and for each pixel across.

  Returns:
    float32 [6].
  """
  return jnp.array([1, across, 0, down, 1, 0], jnp.float32)


def translation_matrix(across: Array, down: Array) -> Array:
  """The matrix of `translate_x` and `translate_y`.

  Args:
    across, down: float scalars in pixels.

  Returns:
    float32 [6].
  """
  return jnp.array([1, 0, across, 0, 1, down], jnp.float32)


def rotate(image: Array, degrees: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Turns counter-clockwise about (W / 2, H / 2), the size kept.

  Args:
    image: [H, W, C], uint8 or float.
    degrees: float scalar.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in degrees) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `Image.rotate`, which uint8 matches bit for bit.
  """
  interpolation = default_interpolation(image, interpolation)
  with precision(image, interpolation) as dtype:
    make = rotation_matrix if dtype == jnp.float32 else _pillows_rotation
    return _read(image, make(jnp.asarray(degrees, dtype), *image.shape[:2]), interpolation, fill)


def shear_x(image: Array, level: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x + level y, y); the corner (0, 0) stays where it is.

  Args:
    image: [H, W, C], uint8 or float.
    level: float scalar, pixels across for each pixel down.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in level) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, level, 0, 0, 1, 0))`, which uint8 matches bit for bit.
  """
  return _read_by(image, (1, level, 0, 0, 1, 0), interpolation, fill)


def shear_y(image: Array, level: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x, level x + y); the corner (0, 0) stays where it is.

  Args:
    image: [H, W, C], uint8 or float.
    level: float scalar, pixels down for each pixel across.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in level) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, 0, 0, level, 1, 0))`, which uint8 matches bit for bit.
  """
  return _read_by(image, (1, 0, 0, level, 1, 0), interpolation, fill)


def translate_x(image: Array, pixels: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x + pixels, y): positive moves the picture left, as Pillow has it.

  Args:
    image: [H, W, C], uint8 or float.
    pixels: float scalar.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in pixels) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, 0, pixels, 0, 1, 0))`, which uint8 matches bit for bit.
  """
  return _translate(image, 0, pixels, interpolation, fill)


def translate_y(image: Array, pixels: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x, y + pixels): positive moves the picture up, as Pillow has it.

  Args:
    image: [H, W, C], uint8 or float.
    pixels: float scalar.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in pixels) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, 0, 0, 0, 1, pixels))`, which uint8 matches bit for bit.
  """
  return _translate(image, pixels, 0, interpolation, fill)


def _translate(image: Array, down: Array, across: Array, interpolation: str, fill: float) -> Array:
  if default_interpolation(image, interpolation) == 'bilinear':
    return _read_by(image, (1, 0, across, 0, 1, down), 'bilinear', fill)
  with precision(image, 'nearest') as dtype:
    start = lambda pixels: jnp.floor(jnp.asarray(pixels, dtype) + 0.5).astype(jnp.int32)
    y, x = (jnp.arange(size, dtype=jnp.int32) for size in image.shape[:2])
    return nearest(image, *jnp.broadcast_arrays(y[:, None] + start(down), x[None, :] + start(across)), fill)
