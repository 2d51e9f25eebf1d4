"""The median of a neighbourhood."""

import jax.numpy as jnp

from jaxaug.types import Array, InputError


def median(image: Array, size: int = 3) -> Array:
  """Each value becomes the median of its square neighbourhood, channel by channel; beyond the border the border's values count.

  Args:
    image: [H, W, C], uint8 or float.
    size: odd side of the square, at least 1.

  Returns:
    [H, W, C] of the same dtype; on floats the gradient goes to the value that is the median.

  Raises:
    InputError: an even size or one below 1.

  Source: Pillow `ImageFilter.MedianFilter`, matched bit for bit on uint8.
  """
  if size < 1 or size % 2 == 0:
    raise InputError(f'median.size: {size} must be odd and at least 1')
  height, width = image.shape[:2]
  wide = jnp.pad(image, ((size // 2, size // 2), (size // 2, size // 2), (0, 0)), mode='edge')
  near = jnp.stack([wide[y : y + height, x : x + width] for y in range(size) for x in range(size)])
  return jnp.sort(near, 0)[size * size // 2]
