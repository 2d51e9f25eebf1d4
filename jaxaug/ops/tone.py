"""One value at a time: every new pixel depends on its old value and the image's histogram only.

A uint8 op is a table of 256 values, so these are exact.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import checked, is_float
from jaxaug.types import Array, InputError


def _straight_through(value: Array, slope_of: Array) -> Array:
  """`value`, with the gradient of `slope_of`."""
  return jax.lax.stop_gradient(value) + slope_of - jax.lax.stop_gradient(slope_of)


def invert(image: Array) -> Array:
  """255 - x, for floats 1 - x.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageOps.invert`, matched bit for bit.
  """
  image = checked(image)
  return 1 - image if is_float(image) else 255 - image


def solarize(image: Array, threshold: Array) -> Array:
  """Inverts what is at or above a threshold.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    threshold: scalar in the image's own range: 0 to 256, for floats 0 to 1 (above 1 changes nothing). Gradient of the
      threshold: 1 straight through, since the step has none (Hataya et al., Faster AutoAugment, 2020, section 3.2).

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageOps.solarize`, matched bit for bit.
  """
  image = checked(image)
  if not is_float(image):
    return jnp.where(image.astype(jnp.float32) < threshold, image, 255 - image)
  threshold = jnp.asarray(threshold, image.dtype)
  return jnp.where(image < threshold, image, 1 - image) + threshold - jax.lax.stop_gradient(threshold)


def solarize_add(image: Array, addition: Array, threshold: float = 128) -> Array:
  """Adds to what is below a threshold, cut off at white.

  Args:
    image: [H, W, C], uint8 or float in [0, 1].
    addition: scalar, in units of 1 / 255 whatever the dtype, 0 to 110 as the source draws it.
    threshold: in units of 1 / 255.

  Returns:
    [H, W, C] of the same dtype.

  Source: the RandAugment code for TPUs (Cubuk et al., RandAugment, 2020), `solarize_add`.
  """
  image = checked(image)
  if is_float(image):
    addition = jnp.asarray(addition, image.dtype)
    return jnp.where(image < threshold / 255, jnp.clip(image + addition / 255, 0, 1), image)
  added = jnp.clip(image.astype(jnp.int32) + jnp.asarray(addition).astype(jnp.int32), 0, 255)
  return jnp.where(image < threshold, added.astype(jnp.uint8), image)


def posterize(image: Array, bits: Array) -> Array:
  """Keeps the highest bits of each value.

  Args:
    image: [H, W, C], uint8 or float in [0, 1], which is seen as a multiple of 1 / 255.
    bits: scalar, cut off to whole numbers, 0 to 8; 8 changes nothing on uint8. For floats the gradient of the image is 1
      straight through, that of bits the slope ln 2 / 2^(bits + 1) of the mean loss.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: a plain number of bits out of range.

  Source: Pillow `ImageOps.posterize`, matched bit for bit for 1 to 8 bits; it refuses 0, which paints black here.
  """
  image = checked(image)
  if isinstance(bits, (int, float)) and not 0 <= bits <= 8:
    raise InputError(f'posterize.bits: {bits} must be from 0 to 8')
  kept = jnp.asarray(bits).astype(jnp.int32)
  mask = 255 ^ ((1 << (8 - kept)) - 1)
  if not is_float(image):
    return (image.astype(jnp.int32) & mask).astype(jnp.uint8)
  value = ((jnp.floor(image * 255 + 0.5).astype(jnp.int32) & mask) / 255).astype(image.dtype)
  bits = jnp.asarray(bits, image.dtype)
  slope = math.log(2) * 2.0 ** -(jax.lax.stop_gradient(bits) + 1)
  return _straight_through(value, image + slope * bits)


def histogram(image: Array) -> Array:
  """How often each value occurs.

  Args:
    image: [H, W, C] uint8.

  Returns:
    int32 [C, 256].
  """
  channels = image.shape[-1]
  place = image.reshape(-1, channels).astype(jnp.int32) + 256 * jnp.arange(channels)[None]
  counts = jnp.zeros(256 * channels, jnp.int32).at[place.ravel()].add(1, mode='promise_in_bounds')
  return counts.reshape(channels, 256)


def _look_up(image: Array, tables: Array) -> Array:
  """uint8 image through one table [C, 256] a channel."""
  channels = image.shape[-1]
  place = image.astype(jnp.int32) + 256 * jnp.arange(channels)[None, None]
  # written row by row into memory: else XLA on CPU computes the entry anew for every pixel
  kept = jnp.zeros((channels, 256), jnp.uint8).at[jnp.arange(channels)].set(tables.astype(jnp.uint8))
  return kept.ravel().at[place].get(mode='promise_in_bounds')


def _extremes(image: Array) -> tuple[Array, Array]:
  """(darkest, brightest) [C]; over rows first: XLA on CPU is slow over both axes at once."""
  height, width, channels = image.shape
  rows = image.reshape(height, width * channels)
  return rows.min(0).reshape(width, channels).min(0), rows.max(0).reshape(width, channels).max(0)


@functools.cache
def _stretch_table() -> tuple[np.ndarray, np.ndarray]:
  """(patterns [P, 256] of 0 or 1, pattern [256, 256] for each darkest and brightest): where Pillow's float64 is one lower.

  Pillow takes int(i * (255 / (hi - lo)) - lo * (255 / (hi - lo))), which falls below the exact quotient (i - lo) 255 /
  (hi - lo) in 12,094 of 2.8 million cases, all of them where the quotient is whole.
  """
  patterns, pattern = [bytes(256)], np.zeros((256, 256), np.int32)
  seen = {patterns[0]: 0}
  values = np.arange(256)
  for width in range(1, 256):
    darkest = np.arange(256 - width)[:, None]
    scale = 255.0 / width
    pillow = np.clip((values * scale + -darkest * scale).astype(np.int64), 0, 255)
    lower = pillow < np.clip((values - darkest) * 255 // width, 0, 255)
    for low, row in enumerate(lower):
      key = row.astype(np.uint8).tobytes()
      if key not in seen:
        seen[key] = len(patterns)
        patterns.append(key)
      pattern[low, low + width] = seen[key]
  return np.array([np.frombuffer(key, np.uint8) for key in patterns]), pattern


def autocontrast(image: Array) -> Array:
  """Stretches each channel so that its darkest value becomes 0 and its brightest 255 (1 for floats).

  Args:
    image: [H, W, C], uint8 or float in [0, 1]. A channel of one value stays.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageOps.autocontrast` without cutoff, matched bit for bit, its float64 rounding included.
  """
  image = checked(image)
  low, high = _extremes(image)
  if is_float(image):
    low, high = low[None, None], high[None, None]
    flat = high <= low
    return jnp.where(flat, image, (image - low) / jnp.where(flat, 1, high - low))
  low, high = low.astype(jnp.int32)[:, None], high.astype(jnp.int32)[:, None]
  patterns, pattern = (jnp.asarray(a) for a in _stretch_table())
  values = jnp.arange(256)[None]
  width = jnp.maximum(high - low, 1)
  stretched = jnp.clip((values - low) * 255 // width, 0, 255) - patterns[pattern[low[:, 0], high[:, 0]]]
  return _look_up(image, jnp.where(high > low, stretched, values))


def equalize(image: Array) -> Array:
  """Spreads each channel's values so that their histogram is as flat as it gets.

  Args:
    image: [H, W, C], uint8, or float in [0, 1], which is seen in 256 steps; its gradient is 1 straight through.

  Returns:
    [H, W, C] of the same dtype.

  Source: Pillow `ImageOps.equalize`, matched bit for bit.
  """
  image = checked(image)
  if is_float(image):
    steps = jnp.clip(jnp.floor(jax.lax.stop_gradient(image) * 255 + 0.5), 0, 255).astype(jnp.uint8)
    return _straight_through(equalize(steps).astype(image.dtype) / 255, image)
  counts = histogram(image)
  brightest = 255 - jnp.argmax(counts[:, ::-1] > 0, 1)
  last = jnp.take_along_axis(counts, brightest[:, None], 1)
  step = (counts.sum(1, keepdims=True) - last) // 255
  below = jnp.cumsum(counts, 1) - counts
  table = jnp.clip((below + step // 2) // jnp.maximum(step, 1), 0, 255)
  return _look_up(image, jnp.where(step > 0, table, jnp.arange(256)[None]))


def gamma(image: Array, exponent: Array) -> Array:
  """x^exponent of values in [0, 1].

  Args:
    image: [H, W, C], uint8 (rounded to the nearest) or float in [0, 1].
    exponent: scalar above 0; below 1 brightens.

  Returns:
    [H, W, C] of the same dtype.

  Source: Poynton, Digital Video and HD, 2012; torchvision `adjust_gamma` cuts off where this rounds.
  """
  image = checked(image)
  if is_float(image):
    exponent = jnp.asarray(exponent, image.dtype)
    safe = jnp.where(image > 0, image, 1)
    return jnp.where(image > 0, safe**exponent, 0)
  table = jnp.floor((jnp.arange(256) / 255.0) ** exponent * 255 + 0.5)
  return _look_up(image, jnp.broadcast_to(table, (image.shape[-1], 256)))
