"""Random geometry: flips, affine, perspective, elastic, shuffled cells. What lies on the image goes along."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.augment.targets import Motion, by_matrix, moving
from jaxaug.types import Augment, InputError


def _check_probability(name: str, probability: float) -> None:
  if not 0 <= probability <= 1:
    raise InputError(f'{name}: {probability} must be in [0, 1]')


def random_flip(horizontal: float = 0.5, vertical: float = 0.0, visibility: float = 0.1) -> Augment:
  """Mirrors columns, and rows, each in a share of the cases.

  Args:
    horizontal, vertical: probability that columns, and rows, are mirrored.
    visibility: a box of which less than this share is on the image is not valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float; targets as in `jaxaug.augment.carry`.

  Raises:
    InputError: an argument outside [0, 1].

  Source: torchvision `RandomHorizontalFlip`, `RandomVerticalFlip`.
  """
  _check_probability('random_flip.horizontal', horizontal)
  _check_probability('random_flip.vertical', vertical)

  def one(key, height, width) -> Motion:
    across, down = jax.random.bernoulli(key, jnp.array([horizontal, vertical]))

    def pixels(image, fill):
      image = jnp.where(across, ops.flip_left_right(image), image)
      return jnp.where(down, ops.flip_up_down(image), image)

    return by_matrix(pixels, ops.flip_matrix(across, down, height, width))

  return moving(one, visibility=visibility)


def random_affine(
  degrees: float = 15.0,
  translate: float = 0.1,
  scale: tuple[float, float] = (0.9, 1.1),
  shear: float = 0.0,
  probability: float = 1.0,
  fill: float = 0.0,
  mask_fill: int = 0,
  visibility: float = 0.1,
) -> Augment:
  """Shear, size, turn about the centre and shift, each drawn evenly from its range.

  Args:
    degrees: turned by up to this, either way.
    translate: shifted by up to this share of each side, either way, by fractions of pixels too.
    scale: (smallest, largest) factor of the size.
    shear: degrees along x, up to this, either way, below 90.
    probability: that an image is moved at all.
    fill: value of what comes in from outside.
    mask_fill: its label in the mask.
    visibility: a box of which less than this share is left is no longer valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 (nearest) or float (bilinear); targets as in `jaxaug.augment.carry`.

  Raises:
    InputError: an argument out of range.

  Source: torchvision `RandomAffine`, which shifts by whole pixels.
  """
  low, high = scale
  if degrees < 0 or not 0 <= translate <= 1 or not 0 < low <= high or not 0 <= shear < 90:
    raise InputError(
      f'random_affine: degrees {degrees} must be at least 0, translate {translate} in [0, 1], '
      f'0 < smallest <= largest of scale {tuple(scale)}, shear {shear} in [0, 90)'
    )
  _check_probability('random_affine.probability', probability)

  def one(key, height, width) -> Motion:
    key_used, key_degrees, key_shift, key_scale, key_shear = jax.random.split(key, 5)
    used = jax.random.bernoulli(key_used, probability)
    between = lambda key, most: jnp.where(used, jax.random.uniform(key, minval=-most, maxval=most), 0)
    across, down = jnp.where(used, jax.random.uniform(key_shift, (2,), minval=-translate, maxval=translate), 0)
    factor = jnp.where(used, jax.random.uniform(key_scale, minval=low, maxval=high), 1)
    matrix = ops.affine_matrix(
      between(key_degrees, degrees), across * width, down * height, factor, between(key_shear, shear), height, width
    )
    return by_matrix(lambda image, fill: ops.affine(image, matrix, fill=fill), matrix)

  return moving(one, fill, mask_fill, visibility)


def random_perspective(
  distortion: float = 0.5, probability: float = 0.5, fill: float = 0.0, mask_fill: int = 0, visibility: float = 0.1
) -> Augment:
  """Each corner of the image moves inwards by up to a share of half the sides.

  Args:
    distortion: that share, in [0, 2/3): from 2/3 on the four corners may fold over.
    probability: that an image is moved at all.
    fill: value of what comes in from outside.
    mask_fill: its label in the mask.
    visibility: a box of which less than this share is left is no longer valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 (nearest) or float (bilinear); targets as in `jaxaug.augment.carry`.

  Raises:
    InputError: an argument out of range.

  Source: torchvision `RandomPerspective(distortion_scale)`, which moves corners by whole pixels and allows 1.
  """
  if not 0 <= distortion < 2 / 3:
    raise InputError(f'random_perspective.distortion: {distortion} must be in [0, 2/3)')
  _check_probability('random_perspective.probability', probability)
  inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)

  def one(key, height, width) -> Motion:
    key_used, key_corners = jax.random.split(key)
    share = jax.random.uniform(key_corners, (4, 2), maxval=distortion) * jax.random.bernoulli(key_used, probability)
    half = np.array([[width / 2, height / 2]], np.float32)
    matrix = ops.perspective_matrix(half * (1 - inwards) + share * inwards * half, height, width)
    return by_matrix(lambda image, fill: ops.perspective(image, matrix, fill=fill), matrix)

  return moving(one, fill, mask_fill, visibility)


def elastic(
  alpha: float = 34.0,
  sigma: float = 4.0,
  probability: float = 1.0,
  fill: float = 0.0,
  mask_fill: int = 0,
  visibility: float = 0.1,
) -> Augment:
  """Reads each pixel displaced by alpha times a field of uniform noise in (-1, 1), blurred by sigma.

  Inside the image displacements have a standard deviation of about alpha / (6 sigma) pixels, differences between neighbours one
  of about alpha / (9 sigma^2), which should stay below a third: the image folds where it reaches 1.

  Args:
    alpha: at least 0.
    sigma: of the Gaussian, in pixels, above 0; its kernel ends at 4 sigma.
    probability: that an image is moved at all.
    fill: value of what comes in from outside.
    mask_fill: its label in the mask.
    visibility: a box of which less than this share is left is no longer valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 (nearest) or float (bilinear); targets as in `jaxaug.augment.carry`, points and boxes
    to the accuracy of `jaxaug.ops.elastic_points`.

  Raises:
    InputError: an argument out of range.

  Source: Simard et al., Best Practices for Convolutional Neural Networks, 2003, section 2 (alpha 34, sigma 4 at 29 pixels);
  albumentations `ElasticTransform`. torchvision's `ElasticTransform(alpha)` is `alpha / 2` here.
  """
  if alpha < 0 or sigma <= 0:
    raise InputError(f'elastic: alpha {alpha} must be at least 0, sigma {sigma} above 0')
  _check_probability('elastic.probability', probability)

  def one(key, height, width) -> Motion:
    key_used, key_field = jax.random.split(key)
    noise = jax.random.uniform(key_field, (height, width, 2))
    field = 2 * ops.gaussian_filter(noise, sigma, 'mirror') - 1
    down, across = jnp.moveaxis(alpha * jax.random.bernoulli(key_used, probability) * field, -1, 0)
    return Motion(
      lambda image, fill: ops.elastic(image, down, across, fill=fill),
      lambda points: ops.elastic_points(points, down, across),
      lambda boxes: ops.elastic_boxes(boxes, down, across),
    )

  return moving(one, fill, mask_fill, visibility)


def random_grid_shuffle(cells: int = 4, probability: float = 0.5, visibility: float = 0.1) -> Augment:
  """Cuts the image in cells x cells equal cells and lays them in random order.

  Args:
    cells: to a side; must divide the sides of the image.
    probability: that an image is shuffled at all.
    visibility: a box of which less than this share is on the image is not valid.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float; targets as in `jaxaug.augment.carry`. A keypoint goes with its cell; a box
    that is cut becomes the box around all of its pieces.

  Raises:
    InputError: cells below 1, probability outside [0, 1]; when run, cells that do not divide the sides.

  Source: Chen et al., Destruction and Construction Learning, 2019, section 3.1; albumentations `RandomGridShuffle`, which
  makes several boxes of one that is cut.
  """
  if cells < 1:
    raise InputError(f'random_grid_shuffle.cells: {cells} must be at least 1')
  _check_probability('random_grid_shuffle.probability', probability)

  def one(key, height, width) -> Motion:
    key_used, key_order = jax.random.split(key)
    still = jnp.arange(cells * cells)
    order = jnp.where(jax.random.bernoulli(key_used, probability), jax.random.permutation(key_order, still), still)
    return Motion(
      lambda image, fill: ops.grid_shuffle(image, order, cells),
      lambda points: ops.grid_shuffle_points(points, order, cells, height, width),
      lambda boxes: ops.grid_shuffle_boxes(boxes, order, cells, height, width),
    )

  return moving(one, visibility=visibility)
