"""Hue and saturation in HSV. Deterministic maths on one image."""

import jax.numpy as jnp

from jaxaug.ops.pixels import checked, on_floats
from jaxaug.types import Array


def rgb_to_hsv(image: Array) -> Array:
  """Red, green, blue to hue, saturation, value, all in [0, 1].

  Args:
    image: [..., 3] float in [0, 1].

  Returns:
    [..., 3]; hue of a grey is 0.

  Source: Smith, Color Gamut Transform Pairs, 1978; Python's `colorsys.rgb_to_hsv`.
  """
  red, green, blue = jnp.moveaxis(image, -1, 0)
  value, low = image.max(-1), image.min(-1)
  spread = value - low
  safe = jnp.where(spread > 0, spread, 1)
  sector = jnp.where(
    value == red, (green - blue) / safe, jnp.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
  )
  hue = jnp.where(spread > 0, jnp.mod(sector / 6, 1.0), 0)
  return jnp.stack([hue, spread / jnp.where(value > 0, value, 1), value], -1)


def hsv_to_rgb(image: Array) -> Array:
  """Hue, saturation, value to red, green, blue, all in [0, 1].

  Args:
    image: [..., 3] float in [0, 1].

  Returns:
    [..., 3].

  Source: Smith, Color Gamut Transform Pairs, 1978; Python's `colorsys.hsv_to_rgb`.
  """
  hue, saturation, value = jnp.moveaxis(image, -1, 0)

  def channel(offset):
    place = jnp.mod(offset + 6 * hue, 6.0)
    return value - value * saturation * jnp.clip(jnp.minimum(place, 4 - place), 0, 1)

  return jnp.stack([channel(5), channel(3), channel(1)], -1)


def hue(image: Array, turn: Array) -> Array:
  """Turns all hues by the same angle.

  Args:
    image: [H, W, 3], uint8 (rounded to the nearest) or float in [0, 1]; one channel stays as it is.
    turn: scalar, in whole turns: .5 is the opposite colour.

  Returns:
    [H, W, C] of the same dtype.

  Source: torchvision `adjust_hue`, which on PIL images rounds hues to 256 steps; not done here.
  """
  image = checked(image, (1, 3))
  if image.shape[-1] == 1:
    return image

  def turned(image):
    hsv = rgb_to_hsv(image)
    return hsv_to_rgb(jnp.concatenate([jnp.mod(hsv[..., :1] + jnp.asarray(turn, hsv.dtype), 1.0), hsv[..., 1:]], -1))

  return on_floats(turned, image)


def saturation(image: Array, factor: Array) -> Array:
  """Scales saturation in HSV, hue and value kept. Pillow's and torchvision's saturation is `color`, another thing.

  Args:
    image: [H, W, 3], uint8 (rounded to the nearest) or float in [0, 1]; one channel stays as it is.
    factor: scalar at least 0; 0 is grey, 1 the image.

  Returns:
    [H, W, C] of the same dtype.

  Source: kornia `adjust_saturation`.
  """
  image = checked(image, (1, 3))
  if image.shape[-1] == 1:
    return image

  def scaled(image):
    hsv = rgb_to_hsv(image)
    return hsv_to_rgb(
      jnp.concatenate([hsv[..., :1], jnp.clip(hsv[..., 1:2] * jnp.asarray(factor, hsv.dtype), 0, 1), hsv[..., 2:]], -1)
    )

  return on_floats(scaled, image)
