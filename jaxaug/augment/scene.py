"""Random textures for what is object and for what is not."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.ranges import between, check_range
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, check_name

KINDS = ('flat', 'gradient', 'stripes', 'checkerboard', 'noise')


def foreground(batch: Batch, threshold: float) -> Array:
  """Which pixels are object: those of `mask` above 0, or without one those with a channel brighter than a threshold.

  Args:
    batch: `image` [B, H, W, C], uint8 or float; `mask` int [B, H, W].
    threshold: of brightness, black 0 and white 1. Right for objects on black only.

  Returns:
    bool [B, H, W].
  """
  if 'mask' in batch:
    return batch['mask'] > 0
  image = batch['image']
  return image.max(-1) > threshold * (1 if ops.is_float(image) else 255)


def check_texture(threshold: float, cell: tuple, kinds: Sequence[str], where: str) -> None:
  """Raises InputError where an argument that textures share is out of range.

  Args:
    threshold, cell, kinds: as `random_texture` takes them.
    where: named in the message.
  """
  check_range(threshold, 0, 1, f'{where}.threshold')
  check_range(cell, 0.02, 10, f'{where}.cell')
  if not kinds:
    raise InputError(f'{where}.kinds: at least one of {", ".join(KINDS)}')
  for kind in kinds:
    check_name(kind, KINDS, f'{where}.kinds')


def texture(key: Key, height: int, width: int, channels: int, cell: tuple, kinds: Sequence[str]) -> Array:
  """One of the kinds, drawn, between two random colours.

  Args:
    key: consumed.
    height, width, channels: of the texture.
    cell: (low, high) of its grain, as shares of the shorter side.
    kinds: out of KINDS.

  Returns:
    float32 [H, W, C] in [0, 1].
  """
  key_pattern, key_lattice = jax.random.split(key)
  side = min(height, width)
  share, degrees, phase, kind, *colors = between(
    key_pattern, cell, (0, 360), (0, 1), (0, len(kinds)), *[(0, 1)] * (2 * channels)
  )
  size = side * share
  points = tuple(int(length / (side * cell[0])) + 2 for length in (height, width))  # enough for the smallest cell
  patterns = {
    'flat': jnp.zeros((height, width, 1)),
    'gradient': ops.ramp(height, width, degrees),
    'stripes': ops.stripes(height, width, degrees, 2 * size, phase),
    'checkerboard': ops.checkerboard(height, width, degrees, 2 * size, phase),
    'noise': ops.value_noise(jax.random.uniform(key_lattice, points), height, width, size),
  }
  chosen = jnp.stack([patterns[name] for name in kinds])[kind.astype(jnp.int32)]
  one, other = jnp.stack(colors).reshape(2, 1, 1, channels)
  return ops.blend(one, other, chosen)


def random_texture(
  threshold: float = 0.02, amount: tuple = (0.0, 0.5), cell: tuple = (0.08, 0.4), kinds: tuple = KINDS
) -> Augment:
  """Object pixels x <- x + amount (texture - x); all others stay bit for bit.

  Args:
    threshold: brightness above which a pixel is object, where the batch has no `mask`.
    amount: (low, high) in [0, 1].
    cell: (low, high) of the width of stripes, squares and grains of noise, as shares of the shorter side.
    kinds: of textures, one is drawn for each image, out of 'flat', 'gradient', 'stripes', 'checkerboard', 'noise'.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: Tobin et al., Domain Randomization, 2017, section III.A: a random colour, a gradient between two, a checkerboard of two.
  """
  check_texture(threshold, cell, kinds, 'random_texture')
  check_range(amount, 0, 1, 'random_texture.amount')

  def one(key, image, front):
    key_amount, key_texture = jax.random.split(key)
    share = between(key_amount, amount)[0] * front[..., None]
    paint = texture(key_texture, *image.shape, cell, kinds)
    return ops.on_floats(lambda floats: ops.blend(floats, paint, share).astype(floats.dtype), image)

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    keys = jax.random.split(key, len(batch['image']))
    return {**batch, 'image': jax.vmap(one)(keys, batch['image'], foreground(batch, threshold))}

  return augment


def random_background(
  threshold: float = 0.02, probability: float = 0.8, other: float = 0.3, cell: tuple = (0.08, 0.4), kinds: tuple = KINDS
) -> Augment:
  """What is not object becomes a texture or another image of the batch; object pixels stay bit for bit.

  Args:
    threshold: brightness above which a pixel is object, where the batch has no `mask`.
    probability: that an image gets another background.
    other: that this background is another image, not a texture. Its label is not mixed in.
    cell, kinds: of textures, as `random_texture` takes them.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: Tremblay et al., Training Deep Networks with Synthetic Data, 2018, section 3 (photographs as backgrounds); Tobin et
  al., Domain Randomization, 2017, section III.A (textures).
  """
  check_texture(threshold, cell, kinds, 'random_background')
  check_range(probability, 0, 1, 'random_background.probability')
  check_range(other, 0, 1, 'random_background.other')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    images = batch['image']
    count = len(images)

    def one(key, own, image, front):
      key_choice, key_texture = jax.random.split(key)
      used, borrowed, step = between(key_choice, (0, 1), (0, 1), (1, max(count, 2)))  # the next image, to the one before
      stranger = images[(own + step.astype(jnp.int32)) % count]
      paint = texture(key_texture, *image.shape, cell, kinds)
      paint = (paint if ops.is_float(image) else ops.to_uint8(paint)).astype(image.dtype)
      back = jnp.where(borrowed < other, stranger, paint)
      return jnp.where(front[..., None] | (used >= probability), image, back)

    keys = jax.random.split(key, count)
    return {**batch, 'image': jax.vmap(one)(keys, jnp.arange(count), images, foreground(batch, threshold))}

  return augment
