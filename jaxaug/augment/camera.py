"""Random cameras: where they stand, and what their sensor makes of it."""

import math

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.noise import gaussian_noise
from jaxaug.augment.per_image import per_image
from jaxaug.augment.ranges import between, check_range
from jaxaug.augment.targets import Motion, by_matrix, moving
from jaxaug.types import Augment, Key


def random_viewpoint(
  degrees: float = 10.0, zoom: tuple = (0.85, 1.15), shift: float = 0.08, tilt: float = 0.04, fill: float = 0.0
) -> Augment:
  """Turns about the image's centre, zooms, shifts and tilts, in one reading.

  Args:
    degrees: in [0, 180]; the angle is drawn from -degrees to degrees.
    zoom: (low, high), above 0; above 1 is nearer.
    shift: in [0, 1]; each way by -shift to shift, as a share of the shorter side.
    tilt: in [0, .2]; each of the image's corners is moved each way by -tilt to tilt more, likewise and
      times the zoom.
    fill: value of what comes in from outside, in the image's own range; in `mask` it is background, 0.

  Returns:
    Augment of `image` [B, H, W, C], uint8 (nearest neighbour) or float (bilinear); `mask`, `boxes` and `keypoints` go along, as
    `jaxaug.augment.carry` has them.

  Raises:
    InputError: an argument out of range.

  Source: Tobin et al., Domain Randomization, 2017, section III.A (position, orientation and field of view of the camera), here
  of a camera before a flat scene.
  """
  where = 'random_viewpoint'
  check_range(degrees, 0, 180, f'{where}.degrees')
  check_range(zoom, 0.1, 10, f'{where}.zoom')
  check_range(shift, 0, 1, f'{where}.shift')
  check_range(tilt, 0, 0.2, f'{where}.tilt')

  def one(key: Key, height: int, width: int) -> Motion:
    side = min(height, width)
    turn, near, across, down, *bent = between(key, (-degrees, degrees), zoom, *[(-shift, shift)] * 2, *[(-tilt, tilt)] * 8)
    flat = ops.affine_matrix(turn, side * across, side * down, near, 0, height, width)
    corners = ops.move_points(jnp.array([[0.0, 0], [width, 0], [width, height], [0, height]]), flat)
    matrix = ops.perspective_matrix(corners + near * side * jnp.stack(bent).reshape(4, 2), height, width)
    return by_matrix(lambda image, fill: ops.perspective(image, matrix, fill=fill), matrix)

  return moving(one, fill)


def random_sensor(defocus: tuple = (0.0, 0.02), exposure: float = 0.3, noise: tuple = (0.0, 0.04)) -> Augment:
  """Blurs, multiplies by 2^stops, adds Gaussian noise, in this order.

  Args:
    defocus: (low, high) of the blur's sigma, as shares of the shorter side, at least 0.
    exposure: at least 0; stops are drawn from -exposure to exposure.
    noise: (low, high) of the noise's sigma, white being 1.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1].

  Raises:
    InputError: an argument out of range.

  Source: Tobin et al., Domain Randomization, 2017, section III.A (type and amount of noise); Tremblay et al., Training Deep
  Networks with Synthetic Data, 2018, section 4.1 (brightness, noise).
  """
  where = 'random_sensor'
  check_range(defocus, 0, 1, f'{where}.defocus')
  check_range(exposure, 0, 10, f'{where}.exposure')
  check_range(noise, 0, 1, f'{where}.noise')

  def seen(key, image):
    side = min(image.shape[:2])
    radius = min(math.ceil(3 * defocus[1] * side), side - 1)
    key_values, key_noise = jax.random.split(key)
    width, stops, sigma = between(key_values, defocus, (-exposure, exposure), noise)
    blurred = ops.gaussian_blur(image, jnp.maximum(side * width, 1e-3), radius)  # 1e-3 blurs nothing, 0 would divide by 0
    exposed = ops.brightness(blurred, 2**stops)
    noisy = gaussian_noise(sigma)(key_noise, {'image': exposed[None]}, None)['image'][0]
    return noisy.astype(image.dtype)

  return per_image(lambda key, image: ops.on_floats(lambda floats: seen(key, floats), image))
