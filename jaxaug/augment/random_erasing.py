"""Random Erasing."""

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.per_image import per_image
from jaxaug.types import Augment, InputError

TRIES = 10


def random_erasing(
  probability: float = 0.5, smallest: float = 0.02, largest: float = 0.4, aspect: float = 0.3, fill: str = 'noise'
) -> Augment:
  """Paints over a rectangle that lies inside the image.

  Args:
    probability: of an image, in [0, 1].
    smallest, largest: area, as a share of the image.
    aspect: the ratio of height to width is drawn from aspect to 1 / aspect.
    fill: 'noise' (each pixel uniform, as in the source) or 'zero'.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: Zhong et al., Random Erasing Data Augmentation, 2020, algorithm 1; a box that does not fit is drawn again, here up to 10
  times, there without end (an image with none that fits stays as it is).
  """
  if not 0 <= probability <= 1 or not 0 < smallest <= largest < 1 or not 0 < aspect <= 1:
    raise InputError(
      f'random_erasing: probability {probability}, smallest {smallest}, largest {largest}, aspect {aspect} must be in [0, 1], '
      'with 0 < smallest <= largest < 1 and aspect above 0'
    )
  if fill not in ('noise', 'zero'):
    raise InputError(f"random_erasing.fill: {fill!r} must be 'noise' or 'zero'")

  def one(key, image):
    height, width, _ = image.shape
    key_used, key_area, key_aspect, key_y, key_x, key_noise = jax.random.split(key, 6)
    area = jax.random.uniform(key_area, (TRIES,), minval=smallest, maxval=largest) * height * width
    ratio = jax.random.uniform(key_aspect, (TRIES,), minval=aspect, maxval=1 / aspect)
    tall, wide = jnp.round(jnp.sqrt(area * ratio)), jnp.round(jnp.sqrt(area / ratio))
    fits = (tall < height) & (wide < width)
    tall, wide = tall[jnp.argmax(fits)], wide[jnp.argmax(fits)]
    top = jnp.floor(jax.random.uniform(key_y) * (height - tall + 1))
    left = jnp.floor(jax.random.uniform(key_x) * (width - wide + 1))
    noise = jax.random.uniform(key_noise, image.shape)
    noise = noise.astype(image.dtype) if ops.is_float(image) else ops.to_uint8(noise)
    paint = noise if fill == 'noise' else jnp.zeros_like(image)
    used = fits.any() & jax.random.bernoulli(key_used, probability)
    return jnp.where(used, ops.erase(image, top, left, tall, wide, paint), image)

  return per_image(one)
