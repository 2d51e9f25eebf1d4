"""Blurs. Deterministic maths on one image."""

import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import is_float
from jaxaug.types import Array, InputError


def gaussian_blur(image: Array, sigma: Array, radius: int = 4, passes: int = 0) -> Array:
  """Convolution with exp(-d^2 / (2 sigma^2)), cut off at a radius; the border is mirrored without its last pixel.

  With passes it is so many box blurs of the same variance, which have no radius, and whose border pixels go on outside.

  Args:
    image: [H, W, C], uint8 (rounded) or float; H and W above the radius.
    sigma: scalar above 0, in pixels; without passes it may be traced, and differentiated.
    radius: of the kernel, in whole pixels.
    passes: of box blurs; Pillow's are 3.

  Returns:
    [H, W, C] of the same dtype.

  Source: torchvision `gaussian_blur` with kernel size 2 radius + 1; SciPy `gaussian_filter(mode='mirror')`. With three passes Pillow
  `ImageFilter.GaussianBlur(sigma)`, which uint8 matches bit for bit: Gwosdek et al., Extended Box Filtering, 2011, section 3.
  """
  if passes:
    return box_blur(image, _box_radius(sigma, passes), passes)
  offsets = jnp.arange(-radius, radius + 1)
  kernel = jnp.exp(-0.5 * (offsets / sigma) ** 2)
  kernel = kernel / kernel.sum()
  value = image if is_float(image) else image.astype(jnp.float32)
  for axis in (0, 1):
    size = value.shape[axis]
    padded = jnp.pad(value, [(radius, radius) if i == axis else (0, 0) for i in range(3)], mode='reflect')
    shifted = [jnp.take(padded, jnp.arange(i, i + size), axis) for i in range(2 * radius + 1)]
    value = sum(weight * part for weight, part in zip(kernel, shifted))
  return value.astype(image.dtype) if is_float(image) else jnp.clip(jnp.floor(value + 0.5), 0, 255).astype(jnp.uint8)


def _box_radius(sigma: float, passes: int) -> np.float32:
  """Of box blurs that are together of the variance sigma^2; float32 as in Pillow."""
  variance = np.float32(sigma) * np.float32(sigma) / np.float32(passes)
  whole = np.floor((np.float32(np.sqrt(12.0 * float(variance) + 1)) - 1) / 2)
  part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
  return whole + part / (6 * (variance - (whole + 1) * (whole + 1)))


def box_blur(image: Array, radius: float, passes: int = 1) -> Array:
  """Mean over a square of side 2 radius + 1; the border pixels go on outside.

  Args:
    image: [H, W, C], uint8 or float.
    radius: in pixels, at least 0, a plain number; a fraction weighs the outer pixels less.
    passes: how often.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: radius below 0.

  Source: Pillow `ImageFilter.BoxBlur`, which uint8 matches bit for bit.
  """
  if radius < 0:
    raise InputError(f'box_blur.radius: {radius} must be at least 0')
  if radius == 0:
    return image
  whole, radius = int(radius), np.float32(radius)
  inner = int(np.float32(1 << 24) / (radius * 2 + 1))  # weight of a pixel, and of the two outermost, in units of 2^-24
  outer = ((1 << 24) - (whole * 2 + 1) * inner) // 2
  value = image if is_float(image) else image.astype(jnp.uint32)
  for axis in [1] * passes + [0] * passes:
    size = value.shape[axis]
    padded = jnp.pad(value, [(whole + 1, whole + 1) if i == axis else (0, 0) for i in range(3)], mode='edge')
    parts = [jnp.take(padded, jnp.arange(i, i + size), axis) for i in range(2 * whole + 3)]
    middle, ends = sum(parts[1:-1]), parts[0] + parts[-1]
    if is_float(image):
      value = (middle * inner + ends * outer) / (1 << 24)
    else:
      value = (middle * jnp.uint32(inner) + ends * jnp.uint32(outer) + jnp.uint32(1 << 23)) >> 24
  return value.astype(image.dtype)
