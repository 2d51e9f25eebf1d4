"""Frosted glass. Deterministic maths on one image."""

import math

import jax.numpy as jnp
import numpy as np

from jaxaug.ops.gaussian_filter import gaussian_filter
from jaxaug.types import Array


def _origin(moves: Array, reach: int) -> Array:
  """int32 [H W]: which pixel each one holds after all have been filled in turn, from the last to the first."""
  height, width = moves.shape[:2]
  y, x = np.mgrid[:height, :width]
  inside = (y > reach) & (y <= height - reach) & (x > reach) & (x <= width - reach)
  own = np.arange(height * width)
  origin = own + jnp.where(inside, moves[..., 0] * width + moves[..., 1], 0).astype(jnp.int32).ravel()
  follow = jnp.maximum(origin, own)  # a later pixel has been filled before, so what it holds counts
  for _ in range(math.ceil(math.log2(height * width))):
    follow = follow[follow]
  return origin[follow]


def glass_blur(image: Array, sigma: float, reach: int, moves: Array) -> Array:
  """Gaussian blur, each pixel filled from a near one, Gaussian blur.

  Pixels are filled one after the other, from the last row to the first and from right to left, so that a colour may wander.
  The first `reach` + 1 rows and columns and the last `reach` - 1 are not.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers after each blur) or float in [0, 1].
    sigma: of both blurs in pixels, above 0, a plain number.
    reach: pixels, a plain whole number.
    moves: int [iterations, H, W, 2], where each pixel is filled from: pixels down and across, -reach to reach.

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `glass_blur` of their code. It is written
  as an exchange of two pixels, but these are NumPy views: the second gets its own value back.
  """
  image = gaussian_filter(image, sigma)
  for one in moves:
    image = image.reshape(-1, image.shape[-1])[_origin(one, reach)].reshape(image.shape)
  return gaussian_filter(image, sigma)
