"""Between an image and a degenerate form of it: brightness, contrast, colour, sharpness; and between two images."""

import jax.numpy as jnp

from jaxaug.ops.pixels import checked, is_float, rounded
from jaxaug.types import Array


def blend(first: Array, second: Array, factor: Array) -> Array:
  """first + factor (second - first), cut off at black and white, and on uint8 to whole numbers.

  Args:
    first, second: [H, W, C] (or what broadcasts to it), both uint8 or both float in [0, 1].
    factor: scalar; 0 is the first, 1 the second, above 1 goes beyond it.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `Image.blend`, matched bit for bit.
  """
  if is_float(second):
    return jnp.clip(first + jnp.asarray(factor, second.dtype) * (second - first), 0, 1)
  first, second = first.astype(jnp.float32), second.astype(jnp.float32)
  mixed = first + rounded(jnp.asarray(factor, jnp.float32) * (second - first))
  return jnp.clip(mixed, 0, 255).astype(jnp.int32).astype(jnp.uint8)


def grayscale(image: Array) -> Array:
  """Luma of ITU-R BT.601, in as many channels as there were.

  Args:
    image: [H, W, C], uint8 or float; C 3, or 1, which stays as it is.

  Returns:
    [H, W, C] of the same dtype, all channels equal.

  Source: Pillow `Image.convert('L')`, matched bit for bit: (19595 R + 38470 G + 7471 B + 32768) >> 16.
  """
  return jnp.broadcast_to(_luma(image), jnp.shape(image))


def _luma(image: Array) -> Array:
  """[H, W, 1]"""
  image = checked(image, (1, 3))
  if image.shape[-1] == 1:
    return image
  weights = jnp.array((19595, 38470, 7471))[None, None]
  if is_float(image):
    return (image * (weights / 65536).astype(image.dtype)).sum(-1, keepdims=True)
  return (((image.astype(jnp.int32) * weights).sum(-1, keepdims=True) + 32768) >> 16).astype(jnp.uint8)


def brightness(image: Array, factor: Array) -> Array:
  """Blend with black.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    factor: scalar at least 0; 0 is black, 1 the image.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageEnhance.Brightness`, matched bit for bit.
  """
  image = checked(image)
  return blend(jnp.zeros_like(image), image, factor)


def contrast(image: Array, factor: Array) -> Array:
  """Blend with the image's mean grey, on uint8 rounded to a whole number.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    factor: scalar at least 0; 0 is grey, 1 the image.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageEnhance.Contrast`, matched bit for bit (up to 4 million pixels).
  """
  image = checked(image)
  luma = _luma(image)
  if is_float(image):
    return blend(luma.mean(keepdims=True), image, factor)
  count = luma.size
  mean = (2 * luma.astype(jnp.int32).sum() + count) // (2 * count)
  return blend(jnp.broadcast_to(mean.astype(jnp.uint8), (1, 1, 1)), image, factor)


def color(image: Array, factor: Array) -> Array:
  """Blend with the image in grey.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    factor: scalar at least 0; 0 is grey, 1 the image.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageEnhance.Color`, matched bit for bit.
  """
  image = checked(image)
  return blend(_luma(image), image, factor)


def sharpness(image: Array, factor: Array) -> Array:
  """Blend with a smoothed image: 3 x 3 mean, the centre weighing 5; the border pixels stay as they are.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    factor: scalar at least 0; 0 is smooth, 1 the image, above 1 sharper.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageEnhance.Sharpness`, matched bit for bit.
  """
  image = checked(image)
  if min(image.shape[:2]) < 3:
    return image
  value = image if is_float(image) else image.astype(jnp.int32)
  rows = value[:-2] + value[1:-1] + value[2:]
  around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] + 4 * value[1:-1, 1:-1]
  smooth = around / 13 if is_float(image) else ((2 * around + 13) // 26).astype(jnp.uint8)
  return blend(image.at[1:-1, 1:-1].set(smooth.astype(image.dtype)), image, factor)


def sample_pairing(image: Array, other: Array, weight: Array) -> Array:
  """Blends in another image.

  Args:
    image, other: [H, W, C], both uint8 or both float in [0, 1].
    weight: scalar, of the other; 0 is the image.

  Returns:
    [H, W, C] of the same dtype.

  Source: Inoue, Data Augmentation by Pairing Samples, 2018; Pillow `Image.blend`, matched bit for bit.
  """
  return blend(image, other, weight)
