"""The spatial attack: the rotation and translation that hurt most."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.attacks import example_keys
from jaxaug.augment.targets import TARGETS, Motion, by_matrix, move_targets
from jaxaug.augment.worst_of import ascend, check_search, worst
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def rotate_translate(transform: Array, height: int, width: int) -> Motion:
  """Rotates, then translates, in one warp.

  Args:
    transform: float [3]: degrees counter-clockwise about the centre, then pixels that are read further right and further
      down, as `ops.translate_x` and `ops.translate_y` count them.
    height, width: of the image.

  Returns:
    Motion, on float images bilinear and differentiable in the transform; transform 0 is the image, bit for bit.
  """
  degrees, across, down = transform
  matrix = ops.compose_matrices(ops.rotation_matrix(degrees, height, width), ops.translation_matrix(across, down))
  return by_matrix(lambda image, fill: ops.affine(image, matrix, fill=fill), matrix)


def _grid(sizes: tuple[int, int, int]) -> np.ndarray:
  """float32 [points, 3] in [-1, 1], evenly spaced; of an odd size the middle is 0."""
  axes = [(2 * np.arange(size) - (size - 1)) / max(size - 1, 1) for size in sizes]
  return np.array(list(itertools.product(*axes)), np.float32)


def spatial_attack(
  degrees: float = 30.0, pixels: float = 3.0, k: int = 10, steps: int = 0, step_size: float = 0.1, grid: tuple[int, ...] = ()
) -> Augment:
  """Turns and shifts each image so that `model.loss` is highest: the worst of k random transforms, or of a grid; then ascent.

  Args:
    degrees: largest rotation either way; at least 0, may be traced.
    pixels: largest translation either way, on each axis; at least 0, may be traced.
    k: random transforms an image, uniform, one forward pass each. The image as it came is not among them.
    steps: gradients taken from the worst transform on, at least 0; the best iterate is kept. With k 1, the first-order attack.
    step_size: share of a range that a step moves; may be traced.
    grid: (rotations, translations across, down), evenly spaced, instead of the k; odd sizes have the image as it came among
      them. (31, 5, 5) is the paper's full search, 775 forward passes.

  Returns:
    Augment of `image` [B, H, W, C] float, bilinear, zero from outside; `mask`, `boxes` and `keypoints` go along, as
    `jaxaug.augment.carry` has them. A result depends on the image's `id`, not on its place in the batch. No gradient flows
    through it.

  Raises:
    InputError: a value out of range; images that are not float.

  Source: Engstrom et al., Exploring the Landscape of Spatial Robustness, 2019: 30 degrees, 3 pixels (of 28 or 32), worst of 10,
  the grid. Their code interpolates twice, once to rotate and once to translate, and may choose a misclassified transform over
  one of higher loss; here the loss decides alone.
  """
  check_search('spatial_attack', k, steps, step_size)
  for field, limit in (('degrees', degrees), ('pixels', pixels)):
    if isinstance(limit, (int, float)) and not limit >= 0:
      raise InputError(f'spatial_attack.{field}: {limit} must be at least 0')
  if grid and (len(grid) != 3 or not all(isinstance(size, int) and size >= 1 for size in grid)):
    raise InputError(f'spatial_attack.grid: {grid} must be three whole numbers from 1, or ()')

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    batch = jax.lax.stop_gradient(dict(batch))
    image = batch['image']
    if not jnp.issubdtype(image.dtype, jnp.floating):
      raise InputError(f'spatial_attack: image is {image.dtype}; an attack needs float pixels in [0, 1]')
    limits = jnp.array([degrees, pixels, pixels], jnp.float32)[None]
    targets = {name: batch[name] for name in TARGETS if name in batch}

    def one(transform, image, targets):
      motion = rotate_translate(transform, *image.shape[:2])
      return {'image': motion.pixels(image, 0.0), **move_targets(targets, motion, *image.shape[:2])}

    def moved(transforms):
      return {**batch, **jax.vmap(one)(transforms, image, targets)}

    def loss(transforms):
      return model.loss(moved(transforms))

    def random(index):
      keys = example_keys(jax.random.fold_in(key, index), batch)
      return limits * jax.vmap(lambda k: jax.random.uniform(k, (3,), minval=-1.0, maxval=1.0))(keys)

    if grid:
      points = jnp.asarray(_grid(grid))
      found = worst(lambda index: jnp.broadcast_to(limits * points[index][None], (len(image), 3)), len(points), loss)
    else:
      found = worst(random, k, loss)
    return moved(ascend(loss, found, -limits, limits, steps, step_size))

  return attack
