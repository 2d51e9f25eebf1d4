"""Where pixels go: flips and crops. Deterministic maths on one image."""

import jax
import jax.numpy as jnp

from jaxaug.ops.pixels import checked
from jaxaug.types import Array, InputError


def flip_left_right(image: Array) -> Array:
  """Mirrors columns: `out[i, j] = image[i, W - 1 - j]`.

  Args:
    image: [H, W, C], uint8 or float.

  Returns:
    [H, W, C] of the same dtype, every value exact.

  Source: Pillow `ImageOps.mirror`, which it matches bit for bit.
  """
  return checked(image)[:, ::-1]


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
  image = checked(image)
  sides = ((padding, padding), (padding, padding), (0, 0))
  padded = jnp.pad(image, sides, constant_values=jnp.asarray(fill, image.dtype))
  return jax.lax.dynamic_slice(padded, (top, left, 0), image.shape)


def flip_up_down(image: Array) -> Array:
  """Mirrors rows: `out[i, j] = image[H - 1 - i, j]`.

  Args:
    image: [H, W, C], uint8 or float.

  Returns:
    [H, W, C] of the same dtype, every value exact.

  Source: Pillow `ImageOps.flip`, which it matches bit for bit.
  """
  return checked(image)[::-1]


def crop(image: Array, top: Array, left: Array, height: int, width: int) -> Array:
  """Cuts a window out.

  Args:
    image: [H, W, C], any dtype.
    top, left: int32 scalars, the window's corner; moved inside if the window does not fit there.
    height, width: of the window, at most H and W.

  Returns:
    [height, width, C] of the same dtype.

  Source: Pillow `Image.crop`, matched bit for bit inside the image.
  """
  image = checked(image)
  return jax.lax.dynamic_slice(image, (top, left, 0), (height, width, image.shape[2]))


def grid_shuffle(image: Array, order: Array, cells: int) -> Array:
  """Cuts the image in cells x cells equal cells and lays cell `order[i]` at place i, row by row.

  Args:
    image: [H, W, C], any dtype; cells must divide H and W.
    order: int32 [cells^2], a permutation for a shuffle.
    cells: to a side.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: cells do not divide the sides.

  Source: Chen et al., Destruction and Construction Learning, 2019, section 3.1; albumentations `RandomGridShuffle`.
  """
  height, width, channels = checked(image).shape
  if cells < 1 or height % cells or width % cells:
    raise InputError(f'grid_shuffle.cells: {cells} does not divide images of {height} x {width}')
  cut = image.reshape(cells, height // cells, cells, width // cells, channels).swapaxes(1, 2)
  cut = cut.reshape(cells * cells, height // cells, width // cells, channels)[order]
  return cut.reshape(cells, cells, height // cells, width // cells, channels).swapaxes(1, 2).reshape(image.shape)
