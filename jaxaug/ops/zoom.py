"""Zooming into the middle, and the blur of a zoom. Deterministic maths on one image."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import checked, is_float, rounded
from jaxaug.ops.truncate import truncated
from jaxaug.types import Array, InputError


@functools.cache
def _places(size: int, factor: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
  """(pixel before, its share, share of the one after) for each output pixel along an axis of `size`; float64."""
  kept = int(np.ceil(size / factor))
  grown = round(kept * factor)
  place = np.arange(grown) * ((kept - 1) / max(grown - 1, 1))  # corners on corners
  trim = (grown - size) // 2
  place = place[trim : trim + size]
  before = np.minimum(place.astype(np.int32), max(kept - 2, 0))
  after = place - before
  return before + (size - kept) // 2, 1 - after, after


def _read(value: Array, rows: tuple, columns: tuple) -> Array:
  """Bilinear, the four products added in SciPy's order."""
  (y, *down), (x, *across) = rows, columns
  total = 0.0
  for i, down_share in enumerate(down):
    for j, across_share in enumerate(across):
      shares = (down_share[:, None, None].astype(value.dtype), across_share[None, :, None].astype(value.dtype))
      total = total + rounded(value[y + i][:, x + j] * shares[0] * shares[1])
  return total


def zoom_in(image: Array, factor: float) -> Array:
  """The middle of an image, grown to its size by linear interpolation with corners on corners.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1], two pixels a side or more.
    factor: at least 1, a plain number; 1 changes nothing.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: factor below 1.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `clipped_zoom` of their code, which reads
  squares only: the middle, ceil(H / factor) pixels, through SciPy `zoom(order=1)`, cut to H.
  """
  return zoom_blur(image, (factor,), keep=0)


def zoom_blur(image: Array, factors: Sequence[float], keep: int = 1) -> Array:
  """Mean of an image and of its middle at several zooms.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1], two pixels a side or more.
    factors: of `zoom_in`, plain numbers.
    keep: how often the image itself is in the mean.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: a factor below 1.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `zoom_blur` of their code.
  """
  if min(factors) < 1:
    raise InputError(f'zoom: factor {min(factors)} must be at least 1')
  image = checked(image)
  height, width = image.shape[:2]
  rows, columns = (
    tuple(np.stack(a) for a in zip(*(_places(size, float(factor)) for factor in factors))) for size in (height, width)
  )

  def mean(value):
    kept = value if is_float(image) else value.astype(jnp.float32)  # theirs adds up in float32 what it reads in float64
    wide = kept.astype(value.dtype)
    add = lambda total, places: (total + _read(wide, *places).astype(kept.dtype), None)
    total, _ = jax.lax.scan(add, jnp.zeros_like(kept), jax.tree.map(jnp.asarray, (rows, columns)))
    count = jnp.where(jnp.isnan(total), 1, len(factors) + keep).astype(kept.dtype)  # a constant would be a reciprocal
    return (keep * kept + total) / count

  return truncated(mean, image, exact=True)
