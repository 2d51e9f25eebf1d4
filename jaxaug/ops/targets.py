"""What lies on an image and moves with it: points and boxes. Deterministic maths on one example.

Coordinates are continuous: pixel (row i, column j) covers [j, j + 1] x [i, i + 1], its centre is (j + .5, i + .5). A matrix
(a, b, c, d, e, f) says where an output place (x, y) is read from, (a x + b y + c, d x + e y + f), as `ops.affine` takes it, one of
eight as `ops.perspective` does; what lies on the image moves by its inverse.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.sample import bilinear
from jaxaug.types import Array

STEPS, SHARE = 40, 0.6  # of the fixed point iteration that inverts a displacement, and how far each step goes
ALONG = np.linspace(0, 1, 17, dtype=np.float32)  # places on a side of a box
NONE, ALL = np.zeros_like(ALONG), np.ones_like(ALONG)
SIDES = ((ALONG, NONE), (ALONG, ALL), (NONE, ALONG), (ALL, ALONG))
BORDER = np.concatenate([np.stack(side, 1) for side in SIDES])  # of the unit square, (x, y)


def move_points(points: Array, matrix: Array) -> Array:
  """Where points of the input lie on the output.

  Args:
    points: float [N, 2], (x, y) in pixels.
    matrix: float32 [6] or [8], invertible.

  Returns:
    float [N, 2].
  """
  a, b, c, d, e, f = matrix[:6]
  x, y = points[:, 0] - c, points[:, 1] - f
  if len(matrix) == 8:  # X (g x + h y + 1) = a x + b y + c is (a - g X) x + (b - h X) y = X - c
    g, h = matrix[6:]
    a, b, d, e = a - g * points[:, 0], b - h * points[:, 0], d - g * points[:, 1], e - h * points[:, 1]
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
    matrix: float32 [6] or [8], invertible; of eight, one that moves no part of a box through infinity.

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


def elastic_points(points: Array, down: Array, across: Array) -> Array:
  """Where points of the input lie on the output of `ops.elastic`: the p with p + displacement(p) = point.

  Args:
    points: float [N, 2], (x, y) in pixels.
    down, across: float32 [H, W], displacements in pixels; read between pixels bilinearly, outside as at the border.

  Returns:
    float [N, 2], by 40 steps p <- p + .6 (point - displacement(p) - p). Measured on the fields of Simard et al., 2003 (32 pixels,
    alpha 34, sigma 4): 999 in 1,000 points to .002 pixels, all to .1. Where displacements fall by more than a pixel from one
    pixel to the next the image folds, and a point may lie in several places.
  """
  height, width = down.shape
  field = jnp.stack([across, down], -1)

  def displacement(places):
    x, y = jnp.clip(places[:, 0], 0.5, width - 0.5), jnp.clip(places[:, 1], 0.5, height - 0.5)
    return bilinear(field, y[None], x[None])[0]

  step = lambda _, places: places + SHARE * (points - displacement(places) - places)
  return jax.lax.fori_loop(0, STEPS, step, points)


def elastic_boxes(boxes: Array, down: Array, across: Array) -> Array:
  """The upright boxes around what `ops.elastic` makes of boxes, not cut off.

  Args:
    boxes: float [N, 4], (left, top, right, bottom) in pixels.
    down, across: float32 [H, W], displacements in pixels.

  Returns:
    float [N, 4], around 17 places on each side.
  """
  border = boxes[:, None, :2] * (1 - BORDER)[None] + boxes[:, None, 2:] * BORDER[None]
  moved = elastic_points(border.reshape(-1, 2), down, across).reshape(border.shape)
  return jnp.concatenate([moved.min(1), moved.max(1)], 1)


def _cells(order: Array, cells: int, height: int, width: int) -> tuple[Array, Array]:
  """(boxes float [cells^2, 4] of the input's cells, by how much each moves, float [cells^2, 2])."""
  rows, columns = np.divmod(np.arange(cells * cells), cells)
  size = np.array([width // cells, height // cells], np.float32)
  corner = jnp.asarray(np.stack([columns, rows], 1) * size)
  return jnp.concatenate([corner, corner + size[None]], 1), corner[jnp.argsort(order)] - corner


def grid_shuffle_points(points: Array, order: Array, cells: int, height: int, width: int) -> Array:
  """Where points of the input lie on the output of `ops.grid_shuffle`: they move with their cell.

  Args:
    points: float [N, 2], (x, y) in pixels.
    order: int32 [cells^2], a permutation.
    cells: to a side.
    height, width: of the image, multiples of cells.

  Returns:
    float [N, 2]; a point outside moves with the cell nearest to it.
  """
  _, shift = _cells(order, cells, height, width)
  size = jnp.array([width // cells, height // cells])
  place = jnp.clip(jnp.floor(points / size[None]), 0, cells - 1).astype(jnp.int32)
  return points + shift[place[:, 1] * cells + place[:, 0]]


def grid_shuffle_boxes(boxes: Array, order: Array, cells: int, height: int, width: int) -> Array:
  """The upright boxes around all the pieces that `ops.grid_shuffle` makes of boxes.

  Args:
    boxes: float [N, 4], (left, top, right, bottom) in pixels.
    order: int32 [cells^2], a permutation.
    cells: to a side.
    height, width: of the image, multiples of cells.

  Returns:
    float [N, 4]; one of no area on the image stays where it is.
  """
  cell, shift = _cells(order, cells, height, width)
  low = jnp.maximum(boxes[:, None, :2], cell[None, :, :2])
  high = jnp.minimum(boxes[:, None, 2:], cell[None, :, 2:])
  piece = (low < high).all(-1, keepdims=True)
  low = jnp.where(piece, low + shift[None], jnp.inf).min(1)
  high = jnp.where(piece, high + shift[None], -jnp.inf).max(1)
  return jnp.where(piece.any(1), jnp.concatenate([low, high], 1), boxes)
