"""Straight lines stay straight: rotation, shear, translation. Deterministic maths on one image.

uint8 'nearest' walks Pillow's 16.16 fixed point grid in int32. A coefficient is therefore held as a pair (whole, part): its
multiple of 2^-16 and what is left over, so that no rounding happens before Pillow's own.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.sample import bilinear, default_interpolation, nearest
from jaxaug.types import Array

ONE = 1 << 16  # 1.0 in fixed point
STEPS = 16  # entries of the sine table to a degree


def _half_up(value: Array) -> Array:
  """floor(value + .5) without the rounding of the sum."""
  whole = jnp.floor(value)
  return (whole + (value - whole >= 0.5)).astype(jnp.int32)


@functools.cache
def _sines() -> tuple[np.ndarray, np.ndarray]:
  """65536 sin at every 1/16 degree of [0, 450] as (whole, part in [0, 1))."""
  exact = np.round(np.sin(np.radians(np.arange(450 * STEPS + 1) / STEPS)), 15) * ONE
  whole = np.floor(exact)
  return whole.astype(np.int32), (exact - whole).astype(np.float32)


def _cosine_sine(degrees: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
  """65536 cos and 65536 sin of an angle in [0, 360), each as (whole, part), to about 2e-6: float32 alone errs by 4e-3."""
  nearest_entry = jnp.round(degrees * STEPS)
  rest = jnp.radians(degrees - nearest_entry / STEPS)  # below 5.5e-4
  entry = nearest_entry.astype(jnp.int32)
  whole, part = (jnp.asarray(a) for a in _sines())
  sine, cosine = (whole[entry], part[entry]), (whole[entry + 90 * STEPS], part[entry + 90 * STEPS])
  turn, lost = rest * (1 - rest * rest / 6), -rest * rest / 2  # sin(rest), cos(rest) - 1
  floats = [w.astype(jnp.float32) + p for w, p in (cosine, sine)]
  moved_cosine = cosine[1] + (floats[0] * lost - floats[1] * turn)
  moved_sine = sine[1] + (floats[1] * lost + floats[0] * turn)
  return (cosine[0], moved_cosine), (sine[0], moved_sine)


def _fixed(image: Array, rows: tuple, fill: float) -> Array:
  """Nearest neighbour at ((A x + B y + C) >> 16, (D x + E y + F) >> 16), all int32."""
  (a, b, c), (d, e, f) = rows
  y, x = jnp.arange(image.shape[0])[:, None], jnp.arange(image.shape[1])[None, :]
  return nearest(image, (d * x + e * y + f) >> 16, (a * x + b * y + c) >> 16, fill)


def affine(image: Array, matrix: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output pixel (x, y) is the input at (a x + b y + c, d x + e y + f), pixel centres at halves.

  Args:
    image: [H, W, C], uint8 or float.
    matrix: float32 [6], (a, b, c, d, e, f), as Pillow's `Image.transform(size, Image.AFFINE, data)` takes it.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in matrix) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `Image.transform`; nearest on uint8 matches it bit for bit (coefficients as float32 hold them), up to 32,767
  pixels a side.
  """
  a, b, c, d, e, f = jnp.asarray(matrix, jnp.float32)
  if default_interpolation(image, interpolation) == 'nearest':

    def constant(c, a, b):  # FIX(c + a / 2 + b / 2), the whole parts summed apart
      terms = jnp.stack([c * ONE, a * (ONE // 2), b * (ONE // 2)])
      whole = jnp.floor(terms)
      return whole.astype(jnp.int32).sum() + _half_up((terms - whole).sum())

    grid = lambda v: _half_up(v * ONE)
    return _fixed(image, ((grid(a), grid(b), constant(c, a, b)), (grid(d), grid(e), constant(f, d, e))), fill)
  y, x = jnp.arange(image.shape[0])[:, None] + 0.5, jnp.arange(image.shape[1])[None, :] + 0.5
  return bilinear(image, d * x + e * y + f, a * x + b * y + c, fill)


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

  Source: Pillow `Image.rotate`, which nearest on uint8 matches bit for bit.
  """
  height, width = image.shape[:2]
  degrees = jnp.asarray(degrees, jnp.float32)
  if default_interpolation(image, interpolation) == 'bilinear':
    return affine(image, rotation_matrix(degrees, height, width), 'bilinear', fill)
  degrees = jax.lax.stop_gradient(degrees)
  (cos, cos_part), (sin, sin_part) = _cosine_sine(jnp.mod(degrees, 360.0))
  carry = lambda whole, part: (whole + jnp.floor(part).astype(jnp.int32), part - jnp.floor(part))
  (cos, cos_part), (sin, sin_part) = carry(cos, cos_part), carry(sin, sin_part)
  across, down = width - 1, height - 1

  def constant(size, *terms):  # FIX(size / 2 - sum(terms) / 2), where a term is (sign, pixels, whole, part)
    whole = size * ONE - sum(sign * pixels * w for sign, pixels, w, _ in terms)
    part = -sum(sign * pixels * p for sign, pixels, _, p in terms)
    return (whole >> 1) + _half_up(((whole & 1).astype(jnp.float32) + part) / 2)

  c = constant(width, (1, across, cos, cos_part), (-1, down, sin, sin_part))
  f = constant(height, (1, across, sin, sin_part), (1, down, cos, cos_part))
  a, d = _half_up(cos_part) + cos, _half_up(sin_part) + sin
  b = -sin - (sin_part > 0.5)  # FIX(-sin): halves go up
  return _fixed(image, ((a, b, c), (d, a, f)), fill)


def shear_x(image: Array, level: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x + level y, y); the corner (0, 0) stays where it is.

  Args:
    image: [H, W, C], uint8 or float.
    level: float scalar, pixels across for each pixel down.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in level) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, level, 0, 0, 1, 0))`, which nearest on uint8 matches bit for bit.
  """
  return affine(image, shear_matrix(level, 0), interpolation, fill)


def shear_y(image: Array, level: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x, level x + y); the corner (0, 0) stays where it is.

  Args:
    image: [H, W, C], uint8 or float.
    level: float scalar, pixels down for each pixel across.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in level) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, 0, 0, level, 1, 0))`, which nearest on uint8 matches bit for bit.
  """
  return affine(image, shear_matrix(0, level), interpolation, fill)


def translate_x(image: Array, pixels: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at (x + pixels, y): positive moves the picture left, as Pillow has it.

  Args:
    image: [H, W, C], uint8 or float.
    pixels: float scalar.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in pixels) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `transform(size, AFFINE, (1, 0, pixels, 0, 1, 0))`, which nearest on uint8 matches bit for bit.
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

  Source: Pillow `transform(size, AFFINE, (1, 0, 0, 0, 1, pixels))`, which nearest on uint8 matches bit for bit.
  """
  return _translate(image, pixels, 0, interpolation, fill)


def _translate(image: Array, down: Array, across: Array, interpolation: str, fill: float) -> Array:
  down, across = jnp.asarray(down, jnp.float32), jnp.asarray(across, jnp.float32)
  if default_interpolation(image, interpolation) == 'bilinear':
    return affine(image, translation_matrix(across, down), 'bilinear', fill)
  y, x = jnp.arange(image.shape[0])[:, None], jnp.arange(image.shape[1])[None, :]
  y, x = jnp.broadcast_arrays(y + _half_up(jax.lax.stop_gradient(down)), x + _half_up(jax.lax.stop_gradient(across)))
  return nearest(image, y, x, fill)
