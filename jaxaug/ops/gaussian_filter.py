"""Gaussian blur of any width, with a choice of what lies outside. Deterministic maths on one image."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.ndimage

from jaxaug.ops.pixels import is_float, rounded
from jaxaug.ops.truncate import truncated
from jaxaug.types import Array

OUTSIDE = {'nearest': 'edge', 'reflect': 'symmetric', 'mirror': 'reflect', 'wrap': 'wrap'}  # SciPy's name: NumPy's


@functools.cache
def _matrix(size: int, sigma: float, border: str, truncate: float) -> np.ndarray:
  """float32 [size, size]: the filter along one axis."""
  return scipy.ndimage.gaussian_filter1d(np.eye(size), sigma, 0, mode=border, truncate=truncate).astype(np.float32)


def _summed(value: Array, axis: int, sigma: float, border: str, truncate: float) -> Array:
  """The filter along one axis as SciPy adds it up: the middle, then pairs from the farthest to the nearest."""
  reach = int(truncate * sigma + 0.5)
  taps = scipy.ndimage.gaussian_filter1d(np.eye(1, 2 * reach + 1, reach)[0], sigma, mode='constant', truncate=truncate)
  size = value.shape[axis]
  place = np.pad(np.arange(size), reach, OUTSIDE[border])
  padded = jnp.take(value, place, axis)

  def add(total, tap):
    offset, weight = tap
    at = lambda offset: jax.lax.dynamic_slice_in_dim(padded, reach + offset, size, axis)
    return total + rounded((at(-offset) + at(offset)) * weight), None

  pairs = jnp.arange(reach, 0, -1), jnp.asarray(taps[:reach])
  return jax.lax.scan(add, rounded(value * taps[reach]), pairs)[0]


def gaussian_filter(image: Array, sigma: float, border: str = 'nearest', truncate: float = 4.0) -> Array:
  """Gaussian blur of a sigma that may be wider than the image, but is a plain number; see `gaussian_blur`.

  Args:
    image: [H, W, C], uint8 (in float64, cut off to whole numbers) or float in [0, 1] (one matrix an axis).
    sigma: above 0, in pixels.
    border: SciPy's name of what lies outside: 'nearest' (the border pixels), 'reflect', 'mirror', 'wrap'.
    truncate: radius of the kernel in units of sigma.

  Returns:
    [H, W, C] of the same dtype.

  Source: SciPy `gaussian_filter(mode=border)`, uint8 matched bit for bit; scikit-image `filters.gaussian`.
  """

  def filtered(value):
    if not is_float(image):
      return _summed(_summed(value, 0, sigma, border, truncate), 1, sigma, border, truncate)
    down, across = (_matrix(size, sigma, border, truncate) for size in image.shape[:2])
    return jnp.einsum('yi,ijc,xj->yxc', down, value, across, precision=jax.lax.Precision.HIGHEST)

  return truncated(filtered, image, exact=True)
