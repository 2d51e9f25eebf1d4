"""The classic augmentations of one image at a time: shift and flip, cutout."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.targets import Motion, by_matrix, moving
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def per_image(fn: Callable[[Key, Array], Array]) -> Augment:
  """Lifts a random function of one image to batches, each image with a key of its own.

  Args:
    fn: (key, image [H, W, C]) -> image [H, W, C].

  Returns:
    Augment that replaces `image`.
  """

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    keys = jax.random.split(key, len(batch['image']))
    return {**batch, 'image': jax.vmap(fn)(keys, batch['image'])}

  return augment


def standard(padding: int = 4, flip: bool = True, fill: float = 0.0, mask_fill: int = 0, visibility: float = 0.1) -> Augment:
  """Random shift by up to `padding` pixels each way, then a mirror image in half of the cases.

  Args:
    padding: pixels; 0 leaves the place as it is.
    flip: whether to mirror; wrong for digits and letters.
    fill: value of what comes in from outside.
    mask_fill: its label in the mask.
    visibility: a box of which less than this share is left is no longer valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float; `mask`, `boxes` and `keypoints` go along, as `jaxaug.augment.carry` has
    them.

  Raises:
    InputError: padding below 0, visibility outside [0, 1].

  Source: He et al., Deep Residual Learning, 2016, section 4.2 (padding 4 at 32 pixels).
  """
  if padding < 0:
    raise InputError(f'standard.padding: {padding} must be at least 0')

  def one(key, height, width) -> Motion:
    key_shift, key_flip = jax.random.split(key)
    top, left = jax.random.randint(key_shift, (2,), 0, 2 * padding + 1)
    mirrored = jax.random.bernoulli(key_flip) & flip

    def pixels(image, fill):
      image = ops.pad_crop(image, top, left, padding, fill)
      return jnp.where(mirrored, ops.flip_left_right(image), image)

    shift = ops.translation_matrix(left - padding, top - padding)
    return by_matrix(pixels, ops.compose_matrices(shift, ops.flip_matrix(mirrored, False, height, width)))

  return moving(one, fill, mask_fill, visibility)


def cutout(size: int = 16, fill: float = 0.0) -> Augment:
  """Paints a square over each image, its centre uniform over the pixels, so that part of it may fall outside.

  Args:
    size: side in pixels.
    fill: value painted.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float.

  Raises:
    InputError: size below 0.

  Source: DeVries and Taylor, Improved Regularization of CNNs with Cutout, 2017, section 3 (16 for CIFAR-10, 8 for
  CIFAR-100).
  """
  if not isinstance(size, jax.core.Tracer) and size < 0:
    raise InputError(f'cutout.size: {size} must be at least 0')

  def one(key, image):
    key_y, key_x = jax.random.split(key)
    center_y = jax.random.randint(key_y, (), 0, image.shape[0])
    center_x = jax.random.randint(key_x, (), 0, image.shape[1])
    return ops.cutout(image, center_y, center_x, size, fill)

  return per_image(one)
