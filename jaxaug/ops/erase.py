"""What is painted over: cutout."""

import jax.numpy as jnp

from jaxaug.ops.pixels import checked
from jaxaug.types import Array


def cutout(image: Array, center_y: Array, center_x: Array, size: Array, fill: float = 0) -> Array:
  """Fills a square around a centre; the part outside the image is cut off.

  Rows max(0, y - size // 2) up to but not including min(H, y + size // 2), columns likewise.

  Args:
    image: [H, W, C], uint8 or float.
    center_y, center_x: int32 scalars, a pixel of the image.
    size: int32 scalar, side of the square in pixels; an odd side covers `size - 1`, as in the source.
    fill: value painted, in the image's own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: DeVries and Taylor, Improved Regularization of CNNs with Cutout, 2017, section 3.
  """
  image = checked(image)
  half = size // 2
  rows, columns = jnp.arange(image.shape[0]), jnp.arange(image.shape[1])
  inside_y = (rows >= center_y - half) & (rows < center_y + half)
  inside_x = (columns >= center_x - half) & (columns < center_x + half)
  inside = inside_y[:, None, None] & inside_x[None, :, None]
  return jnp.where(inside, jnp.asarray(fill, image.dtype), image)


def erase(image: Array, top: Array, left: Array, height: Array, width: Array, paint: Array | float = 0) -> Array:
  """Paints over a rectangle.

  Args:
    image: [H, W, C], uint8 or float.
    top, left, height, width: scalars in whole pixels; what falls outside the image is cut off.
    paint: [H, W, C] or scalar, in the image's own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: Zhong et al., Random Erasing Data Augmentation, 2020, algorithm 1.
  """
  rows, columns = jnp.arange(image.shape[0]), jnp.arange(image.shape[1])
  inside = ((rows >= top) & (rows < top + height))[:, None] & ((columns >= left) & (columns < left + width))[None, :]
  return jnp.where(inside[..., None], jnp.asarray(paint, image.dtype), image)
