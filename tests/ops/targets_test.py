"""Points and boxes move as pixels do."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import ops

MATRICES = {
  'shear': jnp.array([1.0, 0.3, 0, 0, 1.0, 0]),
  'translate': jnp.array([1.0, 0, 5.0, 0, 1.0, -3.0]),
  'rotate': ops.rotation_matrix(25.0, 40, 50),
  'scale': jnp.array([0.7, 0.1, 2.0, -0.2, 1.4, 1.0]),
}


@pytest.mark.parametrize('name', MATRICES)
def test_a_bright_square_moves_where_its_centre_is_said_to_be(name):
  image = np.zeros((40, 50, 1), np.float32)
  image[18:22, 23:27] = 1
  moved = np.asarray(ops.affine(image, MATRICES[name]))[..., 0]
  y, x = np.mgrid[:40, :50] + 0.5
  seen = np.array([(moved * x).sum(), (moved * y).sum()]) / moved.sum()
  said = ops.move_points(jnp.array([[25.0, 20.0]]), MATRICES[name])[0]
  assert np.abs(seen - said).max() < 0.3


def test_rotation_matrix_is_rotate():
  image = np.random.default_rng(0).random((9, 14, 1)).astype(np.float32)
  for degrees in (0.0, 33.0, -120.0):
    by_matrix = ops.affine(image, ops.rotation_matrix(degrees, 9, 14))
    assert np.allclose(by_matrix, ops.rotate(image, degrees), atol=1e-4)


def test_boxes_are_hulls_and_are_cut_off():
  box = jnp.array([[10.0, 5.0, 20.0, 15.0]])
  turned = ops.move_boxes(box, ops.rotation_matrix(90.0, 40, 40))
  assert np.allclose(turned, [[5, 20, 15, 30]], atol=1e-4)  # counter-clockwise
  wide = ops.move_boxes(box, ops.rotation_matrix(45.0, 20, 30))  # about the box's own centre: (15, 10)
  assert np.allclose(wide, [[15 - 50**0.5, 10 - 50**0.5, 15 + 50**0.5, 10 + 50**0.5]], atol=1e-3)
  cut, left = ops.clip_boxes(jnp.array([[-5.0, 0, 5, 10], [30, 30, 40, 40], [2, 2, 2, 5]]), 20, 20)
  assert cut.tolist() == [[0, 0, 5, 10], [20, 20, 20, 20], [2, 2, 2, 5]] and left.tolist() == [0.5, 0, 0]


def test_inside_is_half_open():
  points = jnp.array([[0.0, 0.0], [10.0, 5.0], [9.9, 4.9], [-0.1, 2.0]])
  assert ops.inside(points, 5, 10).tolist() == [True, False, True, False]


def test_perspective_moves_points_by_the_inverse():
  matrix = jnp.array([0.9, 0.2, 3.0, -0.1, 1.1, 2.0, 4e-3, -3e-3])
  points = np.random.default_rng(0).uniform(5, 35, (20, 2)).astype(np.float32)
  moved = np.asarray(ops.move_points(jnp.asarray(points), matrix), np.float64)
  m = np.append(np.asarray(matrix, np.float64), 1).reshape(3, 3)
  back = np.c_[moved, np.ones(20)] @ m.T
  assert np.allclose(back[:, :2] / back[:, 2:], points, atol=1e-3)
  flat = jnp.concatenate([MATRICES['scale'], jnp.zeros(2)])
  assert np.allclose(ops.move_points(jnp.asarray(points), flat), ops.move_points(jnp.asarray(points), MATRICES['scale']))


def field(alpha=34.0, sigma=4.0):
  noise = jnp.asarray(np.random.default_rng(0).uniform(-1, 1, (32, 32, 2)).astype(np.float32))
  return jnp.moveaxis(alpha * ops.gaussian_blur(noise, sigma, 16), -1, 0)


def test_elastic_points_are_read_where_they_came_from():
  down, across = field()
  points = np.random.default_rng(1).uniform(4, 28, (300, 2)).astype(np.float32)
  moved = ops.elastic_points(jnp.asarray(points), down, across)
  x, y = jnp.clip(moved, 0.5, 31.5).T
  shift = ops.bilinear(jnp.stack([across, down], -1), y[None], x[None])[0]
  assert np.abs(moved + shift - points).max() < 0.02 and np.abs(moved - points).max() > 1.5
  still = jnp.zeros((32, 32))
  assert (ops.elastic_points(jnp.asarray(points), still, still) == points).all()
  assert np.allclose(ops.elastic_points(jnp.asarray(points), still + 2, still - 1), points + np.array([1, -2]), atol=1e-5)


def test_elastic_boxes_are_around_the_moved_square():
  down, across = field()
  image = np.zeros((32, 32, 1), np.uint8)
  image[9:24, 7:21] = 1
  rows, columns, _ = np.nonzero(ops.elastic(image, down, across))
  seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
  box = ops.elastic_boxes(jnp.array([[7.0, 9, 21, 24]]), down, across)[0]
  assert np.abs(box - seen).max() < 1.0 and np.abs(box - np.array([7, 9, 21, 24])).max() > 1.0


def test_cells_take_their_points_and_boxes_along():
  order = jnp.array([3, 0, 1, 2])  # place 0 shows cell 3
  points = jnp.array([[1.0, 2.0], [12.0, 3.0], [19.0, 9.5]])
  moved = ops.grid_shuffle_points(points, order, 2, 10, 20)
  assert moved.tolist() == [[11, 2], [2, 8], [9, 4.5]]
  boxes = jnp.array([[1.0, 1, 4, 3], [8, 1, 12, 3], [8, 4, 12, 6], [5, 5, 5, 5]])
  hulls = ops.grid_shuffle_boxes(boxes, order, 2, 10, 20)
  assert hulls.tolist() == [[11, 1, 14, 3], [0, 1, 20, 8], [0, 0, 20, 10], [5, 5, 5, 5]]
