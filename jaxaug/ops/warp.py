"""Bent space: perspective and elastic deformation. Deterministic maths on one image."""

import jax.numpy as jnp

from jaxaug.ops.pixels import rounded
from jaxaug.ops.sample import bilinear, default_interpolation, nearest, precision
from jaxaug.types import Array


def _read(image: Array, y: Array, x: Array, interpolation: str, fill: float) -> Array:
  """The image at places whose pixel centres are at halves."""
  if interpolation == 'bilinear':
    return bilinear(image, y, x, fill)
  return nearest(image, jnp.floor(y).astype(jnp.int32), jnp.floor(x).astype(jnp.int32), fill)


def perspective(image: Array, matrix: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (x, y) is the input at ((a x + b y + c) / (g x + h y + 1), (d x + e y + f) / (g x + h y + 1)).

  Args:
    image: [H, W, C], uint8 or float.
    matrix: float32 [8], (a, b, c, d, e, f, g, h), as Pillow's `Image.transform(size, Image.PERSPECTIVE, data)` takes it.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in matrix) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `Image.transform`, which uint8 matches bit for bit.
  """
  interpolation = default_interpolation(image, interpolation)
  with precision(image, interpolation) as dtype:
    a, b, c, d, e, f, g, h = jnp.asarray(matrix, dtype)
    y, x = jnp.arange(image.shape[0], dtype=dtype)[:, None] + 0.5, jnp.arange(image.shape[1], dtype=dtype)[None, :] + 0.5
    plane = lambda a, b, c: rounded(a * x) + rounded(b * y) + c
    depth = plane(g, h, 1)
    return _read(image, plane(d, e, f) / depth, plane(a, b, c) / depth, interpolation, fill)


def elastic(image: Array, down: Array, across: Array, interpolation: str = '', fill: float = 0) -> Array:
  """Output (y, x) is the input at (y + down, x + across).

  Args:
    image: [H, W, C], uint8 or float.
    down, across: float [H, W], displacements in pixels.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in both) for float.
    fill: value from outside the image, in its own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Simard et al., Best Practices for Convolutional Neural Networks, 2003, section 2.
  """
  y, x = jnp.arange(image.shape[0])[:, None] + 0.5, jnp.arange(image.shape[1])[None, :] + 0.5
  return _read(image, y + down, x + across, default_interpolation(image, interpolation), fill)
