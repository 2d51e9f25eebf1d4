"""Colours and crops drawn for each image: colour jitter, random resized crop."""

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.per_image import per_image
from jaxaug.augment.targets import Motion, by_matrix, moving
from jaxaug.types import Augment, InputError


def color_jitter(
  brightness: float = 0.4, contrast: float = 0.4, saturation: float = 0.4, hue: float = 0.1, probability: float = 1.0
) -> Augment:
  """Brightness, contrast and saturation by factors from max(0, 1 - s) to 1 + s, hue by up to h turns, in random order.

  Args:
    brightness, contrast, saturation: s, at least 0.
    hue: h in [0, .5].
    probability: that an image is changed at all.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: torchvision `ColorJitter`; Chen et al., SimCLR, 2020, appendix A (s and h times .8 and .2, probability .8).
  """
  if min(brightness, contrast, saturation) < 0 or not 0 <= hue <= 0.5 or not 0 <= probability <= 1:
    raise InputError(
      f'color_jitter: brightness {brightness}, contrast {contrast}, saturation {saturation} must be at least 0, '
      f'hue {hue} in [0, 0.5], probability {probability} in [0, 1]'
    )

  def one(key, image):
    key_used, key_order, key_factors, key_hue = jax.random.split(key, 4)
    spread = jnp.array([brightness, contrast, saturation])
    low = jnp.maximum(1 - spread, 0)
    factors = low + jax.random.uniform(key_factors, (3,)) * (1 + spread - low)
    turn = jax.random.uniform(key_hue, minval=-hue, maxval=hue)
    steps = (
      lambda image: ops.brightness(image, factors[0]),
      lambda image: ops.contrast(image, factors[1]),
      lambda image: ops.color(image, factors[2]),
      lambda image: ops.hue(image, turn) if hue else image,
    )
    order = jax.random.permutation(key_order, len(steps))
    done = image
    for place in range(len(steps)):
      done = jax.lax.switch(order[place], steps, done)
    return jnp.where(jax.random.bernoulli(key_used, probability), done, image)

  return per_image(one)


def random_resized_crop(
  smallest: float = 0.08, largest: float = 1.0, aspect: float = 0.75, size: int = 0, visibility: float = 0.1
) -> Augment:
  """A window of random area and shape, stretched to one size.

  Args:
    smallest, largest: area of the window, as a share of the image.
    aspect: the ratio of width to height is drawn from aspect to 1 / aspect, evenly in its logarithm.
    size: side of the result in pixels; 0 keeps the image's own.
    visibility: a box of which less than this share is left is no longer valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 (nearest) or float (bilinear, not antialiased); `mask`, `boxes` and `keypoints` go
    along, as `jaxaug.augment.carry` has them.

  Raises:
    InputError: an argument out of range.

  Source: Szegedy et al., Going Deeper with Convolutions, 2015, section 6; torchvision `RandomResizedCrop`. A window that does
  not fit is drawn again up to 10 times; then the largest one of an allowed shape in the middle is taken.
  """
  if not 0 < smallest <= largest <= 1 or not 0 < aspect <= 1 or size < 0:
    raise InputError(
      f'random_resized_crop: 0 < smallest {smallest} <= largest {largest} <= 1, aspect {aspect} in (0, 1], size {size} at least 0'
    )

  def one(key, height, width) -> Motion:
    key_area, key_aspect, key_y, key_x = jax.random.split(key, 4)
    area = jax.random.uniform(key_area, (10,), minval=smallest, maxval=largest) * height * width
    ratio = jnp.exp(jax.random.uniform(key_aspect, (10,), minval=jnp.log(aspect), maxval=-jnp.log(aspect)))
    tall, wide = jnp.round(jnp.sqrt(area / ratio)), jnp.round(jnp.sqrt(area * ratio))
    fits = (tall <= height) & (wide <= width) & (tall > 0) & (wide > 0)
    any_fits, first = fits.any(), jnp.argmax(fits)
    middle_tall, middle_wide = min(height, round(width / aspect)), min(width, round(height / aspect))
    tall, wide = jnp.where(any_fits, tall[first], middle_tall), jnp.where(any_fits, wide[first], middle_wide)
    place = lambda key, room: jnp.where(any_fits, jnp.floor(jax.random.uniform(key) * (room + 1)), room // 2)
    top, left = place(key_y, height - tall), place(key_x, width - wide)
    shape = (size or height, size or width)
    pixels = lambda image, fill: ops.resized_crop(image, top, left, tall, wide, shape)
    return by_matrix(pixels, ops.window_matrix(top, left, tall, wide, shape))

  return moving(one, visibility=visibility)
