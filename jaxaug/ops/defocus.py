"""Out of focus. Deterministic maths on one image."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.truncate import truncated
from jaxaug.types import Array, InputError


@functools.cache
def _disk(radius: float, alias_blur: float) -> np.ndarray:
  """float32 [2 r + 1, 2 r + 1]: a disk of sum 1, blurred as OpenCV does, one fused multiply-add a pair of taps."""
  reach, width = (8, 1) if radius <= 8 else (int(radius), 2)
  offsets = np.arange(-reach, reach + 1)
  disk = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius**2).astype(np.float32)
  disk /= disk.sum()
  taps = np.exp(-0.5 * (np.arange(width + 1) / alias_blur) ** 2)
  taps = (taps / (2 * taps.sum() - 1)).astype(np.float32)
  for _ in 'xy':
    padded = np.pad(disk, ((0, 0), (width, width)), mode='reflect')
    at = lambda offset: padded[:, width + offset : width + offset + len(offsets)]
    disk = disk * taps[0]
    for i in range(1, width + 1):
      disk = (disk + (at(-i) + at(i)).astype(np.float64) * taps[i]).astype(np.float32)
    disk = disk.T
  used = np.abs(offsets[disk.max(1) > 1e-9]).max()
  return disk[reach - used : reach + used + 1, reach - used : reach + used + 1]


def defocus_blur(image: Array, radius: float, alias_blur: float) -> Array:
  """Convolution with a disk, its edge softened by a Gaussian; the border is mirrored without its last pixel.

  Args:
    image: [H, W, C], uint8 (in float64, cut off to whole numbers) or float in [0, 1]; H and W above the radius plus 2.
    radius: of the disk in pixels, at least 0, a plain number; whole above 8.
    alias_blur: sigma of the Gaussian in pixels, above 0, a plain number.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: radius below 0, alias_blur not above 0.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `disk` and `defocus_blur` of their code, with
  OpenCV's kernel.
  """
  if radius < 0 or not alias_blur > 0:
    raise InputError(f'defocus_blur: radius {radius} must be at least 0, alias_blur {alias_blur} above 0')
  kernel = _disk(radius, alias_blur)
  reach = len(kernel) // 2

  def blurred(value):
    planes = jnp.moveaxis(jnp.pad(value, ((reach, reach), (reach, reach), (0, 0)), mode='reflect'), -1, 0)[:, None]
    planes = jax.lax.conv_general_dilated(
      planes, kernel[None, None].astype(value.dtype), (1, 1), 'VALID', precision=jax.lax.Precision.HIGHEST
    )
    return jnp.clip(jnp.moveaxis(planes[:, 0], 0, -1), 0, 1)

  return truncated(blurred, image, exact=True)
