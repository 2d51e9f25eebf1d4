"""The two kinds of pixels, uint8 and float in [0, 1], and the way between them."""

from collections.abc import Callable

import jax.numpy as jnp

from jaxaug.types import Array, InputError


def checked(image: Array, channels: tuple[int, ...] = ()) -> Array:
  """One image as an array.

  Args:
    image: NumPy or jax array.
    channels: numbers of them that can be used; () is any.

  Returns:
    [H, W, C].

  Raises:
    InputError: another rank or number of channels.
  """
  image = jnp.asarray(image)
  if image.ndim != 3:
    raise InputError(
      f'image: shape {list(image.shape)} must be [H, W, C]; ops take one image, jax.vmap makes them take many'
    )
  if channels and image.shape[-1] not in channels:
    raise InputError(f'image: {image.shape[-1]} channels, must be {" or ".join(map(str, channels))}')
  return image


def is_float(image: Array) -> bool:
  """Whether pixels are floats in [0, 1], not integers."""
  return jnp.issubdtype(image.dtype, jnp.floating)


def rounded(product: Array) -> Array:
  """The same; the clip keeps the compiler from one fused multiply-add, which rounds once, not twice."""
  return jnp.clip(product, -1e30, 1e30)


def quotient(value: Array, divisor: float) -> Array:
  """value / divisor; with a constant for its divisor the compiler would multiply by the reciprocal, which rounds twice.

  Args:
    value: float, any shape.
    divisor: not 0.

  Returns:
    Of the value's shape and dtype; NaN stays NaN.
  """
  return value / jnp.where(value == value, divisor, 1).astype(value.dtype)


def to_uint8(image: Array) -> Array:
  """Float pixels in [0, 1] as the nearest of 256 steps; uint8 as it is."""
  return jnp.clip(jnp.floor(image * 255 + 0.5), 0, 255).astype(jnp.uint8) if is_float(image) else image


def on_floats(fn: Callable[[Array], Array], image: Array) -> Array:
  """A function of float images on uint8 ones too, rounded to the nearest.

  Args:
    fn: float image in [0, 1] -> the same.
    image: uint8 or float in [0, 1].

  Returns:
    What `fn` returns, of the image's dtype.
  """
  return fn(image) if is_float(image) else to_uint8(fn(image.astype(jnp.float32) / 255))
