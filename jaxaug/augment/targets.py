"""Masks, boxes and keypoints go where a policy moves the image."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.augment.apply_policy import Draws, op_names, run_draws
from jaxaug.augment.policy import Policy
from jaxaug.augment.space import space
from jaxaug.types import Array, Batch

# op -> (value, height, width) -> matrix of jaxaug.ops.affine; what is not here leaves pixels where they are
MATRICES = {
  'ShearX': lambda value, height, width: ops.shear_matrix(value, 0),
  'ShearY': lambda value, height, width: ops.shear_matrix(0, value),
  'TranslateX': lambda value, height, width: ops.translation_matrix(value, 0),
  'TranslateY': lambda value, height, width: ops.translation_matrix(0, value),
  'Rotate': ops.rotation_matrix,
}
STILL = np.array([1, 0, 0, 0, 1, 0], np.float32)


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
    visibility: a box of which less than this share is left after a step is no longer valid.

  Returns:
    The entries of those that are there; a box or point that has left the image is flagged in `boxes_valid` or
    `keypoints_valid`, which are added where missing, and stays so. Boxes are upright hulls, cut off after every step.
  """
  count, height, width = batch['image'].shape[:3]
  moved = {}
  if 'mask' in batch:
    known = space(policy.source)
    table = {name: spec if name in MATRICES else known['Identity'] for name, spec in known.items()}
    raised = batch['mask'][..., None] - mask_fill  # ops fill with 0
    moved['mask'] = run_draws(raised, draws, policy, form, table)[..., 0] + mask_fill
  if 'boxes' not in batch and 'keypoints' not in batch:
    return moved
  matrices = _matrices(draws, policy, height, width)
  if 'boxes' in batch:
    boxes = batch['boxes']
    valid = batch.get('boxes_valid', jnp.ones(boxes.shape[:2], bool))
    for matrix in matrices:
      boxes, left = jax.vmap(lambda b, m: ops.clip_boxes(ops.move_boxes(b, m), height, width))(boxes, matrix)
      valid = valid & (left >= visibility) & (left > 0)
    moved |= {'boxes': boxes, 'boxes_valid': valid}
  if 'keypoints' in batch:
    points = batch['keypoints']
    valid = batch.get('keypoints_valid', jnp.ones(points.shape[:2], bool))
    for matrix in matrices:
      points = jax.vmap(ops.move_points)(points, matrix)
      valid = valid & jax.vmap(lambda p: ops.inside(p, height, width))(points)
    moved |= {'keypoints': points, 'keypoints_valid': valid}
  return moved
