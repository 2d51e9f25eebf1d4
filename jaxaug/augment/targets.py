"""Masks, boxes and keypoints go where the image goes."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.augment.apply_policy import Draws, op_names, run_draws
from jaxaug.augment.policy import Policy
from jaxaug.augment.space import space
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model

TARGETS = ('mask', 'boxes', 'boxes_valid', 'keypoints', 'keypoints_valid')

# op -> (value, height, width) -> matrix of jaxaug.ops.affine; what is not here leaves pixels where they are
MATRICES = {
  'ShearX': lambda value, height, width: ops.shear_matrix(value, 0),
  'ShearY': lambda value, height, width: ops.shear_matrix(0, value),
  'TranslateX': lambda value, height, width: ops.translation_matrix(value, 0),
  'TranslateY': lambda value, height, width: ops.translation_matrix(0, value),
  'Rotate': ops.rotation_matrix,
}
STILL = np.array([1, 0, 0, 0, 1, 0], np.float32)


def check_visibility(visibility: float) -> None:
  """Raises InputError unless it is in [0, 1].

  Args:
    visibility: share of a box.
  """
  if not 0 <= visibility <= 1:
    raise InputError(f'visibility: {visibility} must be in [0, 1]')


class Motion(NamedTuple):
  """Where the pixels of one image go."""

  pixels: Callable[[Array, float], Array]  # (image [H, W, C], fill) -> [h, w, C]; integers by nearest neighbour
  points: Callable[[Array], Array]  # float [N, 2], (x, y) in pixels -> where they then lie
  boxes: Callable[[Array], Array]  # float [N, 4] -> the upright boxes around where they then lie, not cut off


def by_matrix(pixels: Callable[[Array, float], Array], matrix: Array) -> Motion:
  """A motion of which a matrix says all that does not concern pixels.

  Args:
    pixels: as in Motion.
    matrix: float32 [6] or [8], as `jaxaug.ops.move_points` takes it.

  Returns:
    Motion.
  """
  return Motion(pixels, lambda points: ops.move_points(points, matrix), lambda boxes: ops.move_boxes(boxes, matrix))


def move_targets(
  targets: Mapping[str, Array], motion: Motion, height: int, width: int, mask_fill: int = 0, visibility: float = 0.1
) -> dict[str, Array]:
  """What lies on one image, moved as the image is.

  Args:
    targets: of one image, any of TARGETS, as `carry` takes them.
    motion: of that image.
    height, width: of the moved image.
    mask_fill: label of what comes in from outside.
    visibility: a box of which less than this share lies on the moved image is no longer valid.

  Returns:
    Those that are there, with `boxes_valid` beside `boxes`, `keypoints_valid` beside `keypoints`.
  """
  moved = {}
  if 'mask' in targets:
    moved['mask'] = motion.pixels(targets['mask'][..., None], mask_fill)[..., 0]
  if 'boxes' in targets:
    boxes, left = ops.clip_boxes(motion.boxes(targets['boxes']), height, width)
    valid = targets.get('boxes_valid', jnp.ones(len(boxes), bool)) & (left >= visibility) & (left > 0)
    moved |= {'boxes': boxes, 'boxes_valid': valid}
  if 'keypoints' in targets:
    points = motion.points(targets['keypoints'])
    valid = targets.get('keypoints_valid', jnp.ones(len(points), bool)) & ops.inside(points, height, width)
    moved |= {'keypoints': points, 'keypoints_valid': valid}
  return moved


def moving(
  draw_fn: Callable[[Key, int, int], Motion], fill: float = 0.0, mask_fill: int = 0, visibility: float = 0.1
) -> Augment:
  """Lifts a random motion of one image to batches, each image with a key of its own; targets that are there go along.

  Args:
    draw_fn: (key, height, width) -> Motion.
    fill: value of what comes in from outside the image, in its own range.
    mask_fill: its label in the mask.
    visibility: a box of which less than this share is left is no longer valid, in [0, 1].

  Returns:
    Augment of `image` [B, H, W, C] and, as `carry` has them, `mask`, `boxes` and `keypoints`.

  Raises:
    InputError: visibility outside [0, 1].
  """
  check_visibility(visibility)

  def one(key, image, targets):
    motion = draw_fn(key, *image.shape[:2])
    image = motion.pixels(image, fill)
    return image, move_targets(targets, motion, *image.shape[:2], mask_fill, visibility)

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    keys = jax.random.split(key, len(batch['image']))
    image, moved = jax.vmap(one)(keys, batch['image'], {name: batch[name] for name in TARGETS if name in batch})
    return {**batch, 'image': image, **moved}

  return augment


def _matrices(draws: Draws, policy: Policy, height: int, width: int) -> Array:
  """float32 [L, B, 6], of every step and image."""

  def one(op, used, value):
    known = jnp.stack([MATRICES.get(name, lambda *_: jnp.asarray(STILL))(value, height, width) for name in op_names(policy)])
    return jnp.where(used, known[op], STILL)

  return jax.vmap(jax.vmap(one))(draws.op, draws.used, draws.value)


def carry(
  batch: Batch, draws: Draws, policy: Policy, form: str, mask_fill: int = 0, visibility: float = 0.1
) -> dict[str, Array]:
  """The entries that lie on the image, moved as a policy moved it.

  Args:
    batch: `image` [B, H, W, C] and any of `mask` int [B, H, W]; `boxes` float [B, N, 4], (left, top, right, bottom) in pixels;
      `boxes_valid` bool [B, N]; `keypoints` float [B, N, 2], (x, y) in pixels; `keypoints_valid` bool [B, N].
    draws: what moved the images.
    policy: they were drawn from.
    form: of `run_draws`.
    mask_fill: label of what comes in from outside.
    visibility: a box of which less than this share is left at the end is no longer valid.

  Returns:
    The entries of those that are there; a box or point that has left the image is flagged in `boxes_valid` or
    `keypoints_valid`, which are added where missing, and stays so. Boxes are upright hulls, cut off after every step.
  """
  height, width = batch['image'].shape[1:3]
  moved = {}
  if 'mask' in batch:
    known = space(policy.source)
    table = {name: spec if name in MATRICES else known['Identity'] for name, spec in known.items()}
    raised = batch['mask'].astype(jnp.int32)[..., None] - mask_fill  # ops fill with 0
    moved['mask'] = (run_draws(raised, draws, policy, form, table)[..., 0] + mask_fill).astype(batch['mask'].dtype)
  lying = {name: batch[name] for name in TARGETS[1:] if name in batch}
  if 'boxes' not in lying and 'keypoints' not in lying:
    return moved

  def step(lying, left, matrix):
    motion = by_matrix(None, matrix)
    if 'boxes' in lying:
      left = left * ops.clip_boxes(motion.boxes(lying['boxes']), height, width)[1]
    return move_targets(lying, motion, height, width, visibility=0), left

  left = jnp.ones(lying['boxes'].shape[:2]) if 'boxes' in lying else jnp.ones((len(batch['image']), 1))  # of each box
  for matrix in _matrices(draws, policy, height, width):
    lying, left = jax.vmap(step)(lying, left, matrix)
  if 'boxes' in lying:
    lying['boxes_valid'] &= left >= visibility
  return moved | lying
