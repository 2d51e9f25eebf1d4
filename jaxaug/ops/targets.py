"""What lies on an image and moves with it: points and boxes. Deterministic maths on one example.

Coordinates are continuous: pixel (row i, column j) covers [j, j + 1] x [i, i + 1], its centre is (j + .5, i + .5). A matrix
(a, b, c, d, e, f) says where an output place (x, y) is read from, (a x + b y + c, d x + e y + f), as `ops.affine` takes it; what
lies on the image moves by its inverse.
"""

import jax.numpy as jnp

from jaxaug.types import Array


def move_points(points: Array, matrix: Array) -> Array:
  """Where points of the input lie on the output.

  Args:
    points: float [N, 2], (x, y) in pixels.
    matrix: float32 [6], invertible.

  Returns:
    float [N, 2].
  """
  a, b, c, d, e, f = matrix
  x, y = points[:, 0] - c, points[:, 1] - f
  determinant = a * e - b * d
  return jnp.stack([(e * x - b * y) / determinant, (a * y - d * x) / determinant], 1)


def inside(points: Array, height: int, width: int) -> Array:
  """bool [N], whether a point lies on the image.

  Args:
    points: float [N, 2], (x, y) in pixels.
    height, width: of the image.
  """
  return (points[:, 0] >= 0) & (points[:, 0] < width) & (points[:, 1] >= 0) & (points[:, 1] < height)


def move_boxes(boxes: Array, matrix: Array) -> Array:
  """The upright boxes around the moved boxes, not cut off.

  Args:
    boxes: float [N, 4], (left, top, right, bottom) in pixels.
    matrix: float32 [6], invertible.

  Returns:
    float [N, 4].
  """
  left, top, right, bottom = boxes.T
  corners = jnp.stack([left, top, right, top, right, bottom, left, bottom], 1).reshape(-1, 2)
  moved = move_points(corners, matrix).reshape(-1, 4, 2)
  return jnp.concatenate([moved.min(1), moved.max(1)], 1)


def clip_boxes(boxes: Array, height: int, width: int) -> tuple[Array, Array]:
  """Cuts boxes off at the border.

  Args:
    boxes: float [N, 4], (left, top, right, bottom) in pixels.
    height, width: of the image.

  Returns:
    (boxes float [N, 4], the share of each one's area that is left, float [N] in [0, 1]).
  """
  limit = jnp.array([width, height, width, height], boxes.dtype)[None]
  cut = jnp.clip(boxes, 0, limit)
  area = lambda b: jnp.maximum(b[:, 2] - b[:, 0], 0) * jnp.maximum(b[:, 3] - b[:, 1], 0)
  whole = area(boxes)
  return cut, jnp.where(whole > 0, area(cut) / jnp.where(whole > 0, whole, 1), 0)
