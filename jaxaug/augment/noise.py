"""Noise, drawn for each image: Gaussian, shot, impulse."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.per_image import per_image
from jaxaug.types import Augment, InputError


def _on_floats(fn: Callable) -> Augment:
  """A random function of one float image, each image with a key of its own."""
  return per_image(lambda key, image: ops.on_floats(lambda floats: fn(key, floats), image))


def gaussian_noise(sigma: float = 0.08, clip: bool = True) -> Augment:
  """x + sigma n, n ~ N(0, 1) for each value, cut off at black and white.

  Args:
    sigma: at least 0, may be traced; ImageNet-C takes .08, .12, .18, .26, .38.
    clip: whether values are cut off; randomised smoothing counts copies that are not. On uint8 they always are.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: sigma below 0.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019.
  """
  if isinstance(sigma, (int, float)) and sigma < 0:
    raise InputError(f'gaussian_noise.sigma: {sigma} must be at least 0')

  def noisy(key, image):
    moved = image + sigma * jax.random.normal(key, image.shape, image.dtype)
    return jnp.clip(moved, 0, 1) if clip else moved

  return _on_floats(noisy)


def shot_noise(photons: float = 60.0) -> Augment:
  """Poisson(photons x) / photons for each value, cut off at white.

  Args:
    photons: counted at white; fewer are noisier; above 0. ImageNet-C takes 60, 25, 12, 5, 3.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: photons not above 0.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019.
  """
  if isinstance(photons, (int, float)) and not photons > 0:
    raise InputError(f'shot_noise.photons: {photons} must be above 0')
  return _on_floats(
    lambda key, image: jnp.clip(jax.random.poisson(key, image * photons) / photons, 0, 1).astype(image.dtype)
  )


def impulse_noise(amount: float = 0.03) -> Augment:
  """Each value becomes white or black, with probability amount / 2 each.

  Args:
    amount: in [0, 1], may be traced; ImageNet-C takes .03, .06, .09, .17, .27.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: amount outside [0, 1].

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019; scikit-image `random_noise(mode='s&p')`.
  """
  if isinstance(amount, (int, float)) and not 0 <= amount <= 1:
    raise InputError(f'impulse_noise.amount: {amount} must be in [0, 1]')

  def one(key, image):
    share = jax.random.uniform(key, image.shape)
    return jnp.where(share < amount / 2, 0, jnp.where(share < amount, 1, image)).astype(image.dtype)

  return _on_floats(one)
