"""Where pixels go: flips and crops. Deterministic maths on one image."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array


def flip_left_right(image: Array) -> Array:
  """Mirrors columns: `out[i, j] = image[i, W - 1 - j]`.

  Args:
    image: [H, W, C], uint8 or float.

  Returns:
    [H, W, C] of the same dtype, every value exact.

  Source: Pillow `ImageOps.mirror`, which it matches bit for bit.
  """
  return image[:, ::-1]


def pad_crop(image: Array, top: Array, left: Array, padding: int, fill: float = 0) -> Array:
  """Pads all four sides, then cuts a window of the first size: a shift by at most `padding` pixels.

  Args:
    image: [H, W, C], uint8 or float.
    top, left: int32 scalars in [0, 2 * padding], the window's corner in the padded image; `padding` is no shift.
    padding: pixels added on each side.
    fill: value of the added pixels, in the image's own range.

  Returns:
    [H, W, C] of the same dtype.

  Source: the standard CIFAR augmentation (He et al., Deep Residual Learning, 2016, section 4.2); matches Pillow
  `ImageOps.expand` followed by `Image.crop` bit for bit.
  """
  sides = ((padding, padding), (padding, padding), (0, 0))
  padded = jnp.pad(image, sides, constant_values=jnp.asarray(fill, image.dtype))
  return jax.lax.dynamic_slice(padded, (top, left, 0), image.shape)
