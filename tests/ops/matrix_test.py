"""Matrices against composition in homogeneous coordinates, and against the ops they belong to."""

import jax.numpy as jnp
import numpy as np

from jaxaug import ops

HEIGHT, WIDTH = 20, 31
IMAGE = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 2), np.uint8)


def square(matrix):
  rest = [0, 0] if len(matrix) == 6 else matrix[6:]
  return np.array([*matrix[:6], *rest, 1], np.float64).reshape(3, 3)


def test_two_ops_are_the_product_of_their_matrices():
  first, second = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
  both = ops.compose_matrices(jnp.asarray(first), jnp.asarray(second))
  assert np.allclose(square(both), square(first) @ square(second), atol=1e-5)
  points = jnp.array([[1.0, 2.0], [7.0, -3.0]])
  assert np.allclose(ops.move_points(points, both), ops.move_points(ops.move_points(points, first), second), atol=1e-3)


def test_flips_are_the_flips():
  for across, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
    flipped = IMAGE[:: 1 - 2 * down, :: 1 - 2 * across]
    assert (ops.affine(IMAGE, ops.flip_matrix(bool(across), bool(down), HEIGHT, WIDTH)) == flipped).all()


def test_windows_are_resized_crops():
  window = (3.0, 5.0, 8.0, 16.0)
  floats = IMAGE.astype(np.float32)
  by_matrix = ops.affine(floats, ops.window_matrix(*window, (HEIGHT, WIDTH)))
  assert np.allclose(by_matrix, ops.resized_crop(floats, *window, (HEIGHT, WIDTH)), atol=1e-2)
  corners = jnp.array([[5.0, 3.0], [21.0, 11.0]])
  assert np.allclose(ops.move_points(corners, ops.window_matrix(*window, (7, 9))), [[0, 0], [9, 7]], atol=1e-5)


def test_affine_is_shear_size_turn_shift_about_the_centre():
  degrees, across, down, scale, shear = 33.0, 4.0, -2.5, 1.3, 20.0
  turn, lean = np.radians(-degrees), np.tan(np.radians(shear))  # counter-clockwise where y points down
  move = lambda x, y: np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
  linear = np.eye(3)
  linear[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]] @ np.array([[1, -lean], [0, 1]]) * scale
  forward = move(across + WIDTH / 2, down + HEIGHT / 2) @ linear @ move(-WIDTH / 2, -HEIGHT / 2)
  ours = ops.affine_matrix(degrees, across, down, scale, shear, HEIGHT, WIDTH)
  assert np.allclose(square(ours), np.linalg.inv(forward), atol=1e-4)
  turned = ops.affine_matrix(degrees, 0.0, 0.0, 1.0, 0.0, HEIGHT, WIDTH)
  assert np.allclose(turned, ops.rotation_matrix(degrees, HEIGHT, WIDTH), atol=1e-5)


def test_perspective_lays_corners_where_it_is_told():
  whole = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
  corners = whole + np.random.default_rng(1).uniform(-5, 5, (4, 2)).astype(np.float32)
  matrix = ops.perspective_matrix(jnp.asarray(corners), HEIGHT, WIDTH)
  read = np.c_[corners, np.ones(4)] @ square(matrix).T
  assert np.allclose(read[:, :2] / read[:, 2:], whole, atol=1e-4)
  assert np.allclose(ops.move_points(jnp.asarray(whole), matrix), corners, atol=1e-4)


def test_nothing_to_do_is_exactly_nothing():
  whole = jnp.array([[0.0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]])
  identity = [1, 0, 0, 0, 1, 0]
  assert ops.affine_matrix(0.0, 0.0, 0.0, 1.0, 0.0, HEIGHT, WIDTH).tolist() == identity
  assert ops.perspective_matrix(whole, HEIGHT, WIDTH).tolist() == [*identity, 0, 0]
  assert ops.window_matrix(0.0, 0.0, HEIGHT, WIDTH, (HEIGHT, WIDTH)).tolist() == identity
