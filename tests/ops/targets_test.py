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
