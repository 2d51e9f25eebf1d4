"""Random lighting: how bright, of which colour, from where."""

import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.per_image import per_image
from jaxaug.augment.ranges import between, check_range
from jaxaug.types import Augment


def random_lighting(
  gain: tuple = (0.6, 1.4),
  tint: float = 0.15,
  gamma: tuple = (0.7, 1.4),
  gradient: float = 0.3,
  spot: float = 0.4,
  spot_radius: tuple = (0.1, 0.4),
) -> Augment:
  """x <- min(1, x light)^exponent, light = gain (1 +- tint) (1 + slope (2 ramp - 1)) (1 + strength spot)

  Args:
    gain: (low, high) of the brightness, at least 0.
    tint: t in [0, 1]; each channel of a colour image is multiplied by 1 - t to 1 + t.
    gamma: (low, high) of the exponent, above 0; below 1 brightens.
    gradient: largest slope, in [0, 1]: light falls from 1 + slope to 1 - slope across the image, in any direction.
    spot: s in [0, 1]; one soft spot anywhere is a light or a shadow of strength -s to s.
    spot_radius: (low, high), as shares of the shorter side, above 0.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: Tobin et al., Domain Randomization, 2017, section III.A (number, place and kind of lights), here without a renderer.
  """
  where = 'random_lighting'
  check_range(gain, 0, float('inf'), f'{where}.gain')
  check_range(tint, 0, 1, f'{where}.tint')
  check_range(gamma, 0.01, 100, f'{where}.gamma')
  check_range(gradient, 0, 1, f'{where}.gradient')
  check_range(spot, 0, 1, f'{where}.spot')
  check_range(spot_radius, 0.01, float('inf'), f'{where}.spot_radius')

  def lit(key, image):
    height, width, channels = image.shape
    places = ((0, height), (0, width), spot_radius)
    brightness, degrees, slope, strength, y, x, radius, exponent, *colors = between(
      key, gain, (0, 360), (0, gradient), (-spot, spot), *places, gamma, *[(-tint, tint)] * channels
    )
    light = brightness * (1 + slope * (2 * ops.ramp(height, width, degrees) - 1))
    light = light * (1 + strength * ops.spot(height, width, y, x, min(height, width) * radius))
    if channels > 1:
      light = light * (1 + jnp.stack(colors)[None, None])
    return ops.gamma(ops.brightness(image, light), exponent).astype(image.dtype)

  return per_image(lambda key, image: ops.on_floats(lambda floats: lit(key, floats), image))
