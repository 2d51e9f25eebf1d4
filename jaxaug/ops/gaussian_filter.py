"""Gaussian blur of any width, with a choice of what lies outside. Deterministic maths on one image."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.ndimage

from jaxaug.ops.truncate import truncated
from jaxaug.types import Array


@functools.cache
def _matrix(size: int, sigma: float, border: str, truncate: float) -> np.ndarray:
  """float32 [size, size]: the filter along one axis."""
  return scipy.ndimage.gaussian_filter1d(np.eye(size), sigma, 0, mode=border, truncate=truncate).astype(np.float32)


def gaussian_filter(image: Array, sigma: float, border: str = 'nearest', truncate: float = 4.0) -> Array:
  """Gaussian blur as one matrix an axis: sigma may be wider than the image, but is a plain number; see `gaussian_blur`.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1].
    sigma: above 0, in pixels.
    border: SciPy's name of what lies outside: 'nearest' (the border pixels), 'reflect', 'mirror', 'wrap'.
    truncate: radius of the kernel in units of sigma.

  Returns:
    [H, W, C] of the same dtype.

  Source: SciPy `gaussian_filter(mode=border)`; scikit-image `filters.gaussian`.
  """
  down, across = (_matrix(size, sigma, border, truncate) for size in image.shape[:2])
  filtered = lambda value: jnp.einsum('yi,ijc,xj->yxc', down, value, across, precision=jax.lax.Precision.HIGHEST)
  return truncated(filtered, image)
