"""What is put before a network to wash attacks out of its input. Worth only what remains against an attack that knows of it."""

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.attacks import example_keys
from jaxaug.types import Augment, Batch, InputError, Key, Model


def _each(op) -> Augment:
  """The op on every image."""
  return lambda key, batch, model: {**batch, 'image': jax.vmap(op)(batch['image'])}


def bits(kept: int = 3) -> Augment:
  """Keeps the highest bits of each value.

  Args:
    kept: bits, 1 to 8.

  Returns:
    Augment that replaces `image` [B, H, W, C], uint8 or float in [0, 1], whose gradient is 1 straight through.

  Raises:
    InputError: kept out of range.

  Source: Xu, Evans and Qi, Feature Squeezing: Detecting Adversarial Examples in Deep Neural Networks, 2018, section 3.1, with Pillow's
  posterize in place of rounding.
  """
  if not 1 <= kept <= 8:
    raise InputError(f'bits.kept: {kept} must be from 1 to 8')
  return _each(lambda image: ops.posterize(image, kept))


def jpeg(quality: int = 75) -> Augment:
  """Saves and reads each image as JPEG.

  Args:
    quality: of libjpeg, 1 to 100.

  Returns:
    Augment that replaces `image` [B, H, W, C], uint8 or float in [0, 1], C 1 or 3, whose gradient is 1 straight through.

  Raises:
    InputError: quality out of range; when it is run, other channels.

  Source: Das et al., Keeping the Bad Guys Out: Protecting and Vaccinating Deep Learning with JPEG Compression, 2017.
  """
  if not 1 <= quality <= 100:
    raise InputError(f'jpeg.quality: {quality} must be in 1 to 100')
  return _each(lambda image: ops.jpeg(image, quality))


def median(size: int = 3) -> Augment:
  """Puts the median of its square neighbourhood in place of each value.

  Args:
    size: odd side of the square, at least 1.

  Returns:
    Augment that replaces `image` [B, H, W, C], uint8 or float in [0, 1]; its gradient is that of the value chosen.

  Raises:
    InputError: an even size or one below 1.

  Source: Xu, Evans and Qi, Feature Squeezing: Detecting Adversarial Examples in Deep Neural Networks, 2018, section 3.2.
  """
  if size < 1 or size % 2 == 0:
    raise InputError(f'median.size: {size} must be odd and at least 1')
  return _each(lambda image: ops.median(image, size))


def resize_pad(smallest: float = 0.9, fill: float = 0.0) -> Augment:
  """Shrinks each image to a random size and puts it at a random place of a frame of the old size.

  Args:
    smallest: share of the side that is left at least, in (0, 1]; cut off to whole pixels, at least one.
    fill: value of the frame.

  Returns:
    Augment that replaces `image` [B, H, W, C], uint8 or float in [0, 1]; bilinear, differentiable. What is drawn depends on an example's
    `id`.

  Raises:
    InputError: smallest out of range; when it is run, a batch with mask, boxes or keypoints, which would stay where they were.

  Source: Xie et al., Mitigating Adversarial Effects through Randomization, 2018, section 3 (299 to 330 pixels in a frame of 331);
  there the frame is larger than the image, which a network of one input size does not take.
  """
  if not 0 < smallest <= 1:
    raise InputError(f'resize_pad.smallest: {smallest} must be above 0 and at most 1')

  def one(key, image):
    height, width = image.shape[:2]
    key_size, key_top, key_left = jax.random.split(key, 3)
    rows = jax.random.randint(key_size, (), max(1, int(smallest * height)), height + 1)
    columns = jnp.maximum(1, (rows * width + height // 2) // height)
    top = jax.random.randint(key_top, (), 0, height - rows + 1)
    left = jax.random.randint(key_left, (), 0, width - columns + 1)
    y = (jnp.arange(height) + 0.5 - top) * (height / rows)
    x = (jnp.arange(width) + 0.5 - left) * (width / columns)
    return ops.bilinear(image, *jnp.meshgrid(y, x, indexing='ij'), fill)

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    for name in ('mask', 'boxes', 'keypoints'):
      if name in batch:
        raise InputError(f'resize_pad: does not move {name}; leave {name} out of the batch')
    return {**batch, 'image': jax.vmap(one)(example_keys(key, batch), batch['image'])}

  return augmented


SANITIZERS = {'bits': bits, 'jpeg': jpeg, 'median': median, 'resize_pad': resize_pad}
RANDOM_SANITIZERS = ('resize_pad',)  # an attack on these follows the mean over draws
