"""Several views of each image beside the image itself: SimCLR's pair, SwAV's multi-crop."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.compose import compose
from jaxaug.augment.jitter import color_jitter, random_resized_crop
from jaxaug.augment.per_image import per_image, standard
from jaxaug.types import Augment, Batch, InputError, Key, Model


def views(augment: Augment, count: int = 2, into: str = 'views') -> Augment:
  """Runs an augmentation several times on the same images, each time with a key of its own.

  Args:
    augment: of `image`; its other changes are dropped.
    count: V, at least 1.
    into: name of the entry that is added.

  Returns:
    Augment that leaves `image` and adds `into` [B, V, H, W, C].

  Raises:
    InputError: count below 1.
  """
  if count < 1:
    raise InputError(f'views.count: {count} must be at least 1')

  def many(key: Key, batch: Batch, model: Model) -> Batch:
    made = [augment(one, batch, model)['image'] for one in jax.random.split(key, count)]
    return {**batch, into: jnp.stack(made, 1)}

  return many


def random_grayscale(probability: float = 0.2) -> Augment:
  """Grey in as many channels as there were, in a share of the cases.

  Args:
    probability: in [0, 1].

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float.

  Raises:
    InputError: probability outside [0, 1].

  Source: Chen et al., SimCLR, 2020, appendix A.
  """
  if not 0 <= probability <= 1:
    raise InputError(f'random_grayscale.probability: {probability} must be in [0, 1]')
  return per_image(lambda key, image: jnp.where(jax.random.bernoulli(key, probability), ops.grayscale(image), image))


def random_blur(probability: float = 0.5, smallest: float = 0.1, largest: float = 2.0, radius: int = 0) -> Augment:
  """Gaussian blur of random width, in a share of the cases.

  Args:
    probability: in [0, 1].
    smallest, largest: sigma in pixels.
    radius: of the kernel; 0 takes a twentieth of the image's side, as the source does, at least 1.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float.

  Raises:
    InputError: an argument out of range.

  Source: Chen et al., SimCLR, 2020, appendix A.
  """
  if not 0 <= probability <= 1 or not 0 < smallest <= largest or radius < 0:
    raise InputError(
      f'random_blur: probability {probability} in [0, 1], 0 < smallest {smallest} <= largest {largest}, radius {radius} >= 0'
    )

  def one(key, image):
    key_used, key_sigma = jax.random.split(key)
    sigma = jax.random.uniform(key_sigma, minval=smallest, maxval=largest)
    blurred = ops.gaussian_blur(image, sigma, radius or max(1, image.shape[0] // 20))
    return jnp.where(jax.random.bernoulli(key_used, probability), blurred, image)

  return per_image(one)


def _distorted(strength: float, blur: bool, flip: bool, crop: Mapping) -> Augment:
  steps = [random_resized_crop(**crop), standard(padding=0, flip=flip)]
  steps += [color_jitter(0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength, 0.8), random_grayscale(0.2)]
  return compose(*steps, *([random_blur()] if blur else []))


def simclr(strength: float = 0.5, blur: bool = False, flip: bool = True, smallest: float = 0.08) -> Augment:
  """Adds two views: resized crop, flip, colour jitter, grey, and blur where asked for.

  Args:
    strength: of the colours; the source takes 1 for ImageNet, .5 for CIFAR-10.
    blur: whether to blur; the source does for ImageNet, not for CIFAR-10.
    flip: whether to mirror.
    smallest: area of a crop, as a share of the image.

  Returns:
    Augment that adds `views` [B, 2, H, W, C].

  Source: Chen et al., SimCLR, 2020, appendix A and B.9.
  """
  return views(_distorted(strength, blur, flip, dict(smallest=smallest)), 2)


def multicrop(
  large: int = 2, small: int = 6, large_size: int = 0, small_size: int = 0, boundary: float = 0.14, strength: float = 1.0
) -> Augment:
  """Adds a few large views and many small ones.

  Args:
    large, small: how many of each.
    large_size, small_size: sides in pixels; 0 takes the image's own, and 3/7 of it (the source's 224 and 96).
    boundary: area that divides them: large views show boundary to 1 of the image, small ones .05 to boundary.
    strength: of the colours.

  Returns:
    Augment that adds `views` [B, large, ...] and `views_small` [B, small, ...].

  Raises:
    InputError: boundary outside (.05, 1).

  Source: Caron et al., SwAV, 2020, section 3.3 and appendix A.1 (2 x 224 + 6 x 96).
  """
  if not 0.05 < boundary < 1:
    raise InputError(f'multicrop.boundary: {boundary} must be between 0.05 and 1')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    side = batch['image'].shape[1]
    key_large, key_small = jax.random.split(key)
    whole = _distorted(strength, True, True, dict(smallest=boundary, size=large_size))
    detail = _distorted(
      strength, True, True, dict(smallest=0.05, largest=boundary, size=small_size or max(1, round(side * 3 / 7)))
    )
    batch = views(whole, large)(key_large, batch, model)
    return views(detail, small, 'views_small')(key_small, batch, model)

  return augment
