"""Patterns are what their formulas say, on grids written out in numpy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops

Y, X = np.meshgrid(np.arange(16) + 0.5, np.arange(12) + 0.5, indexing='ij')


def test_a_ramp_goes_from_end_to_end():
  assert np.allclose(ops.ramp(16, 12, 0)[..., 0], X / 12, atol=1e-6)
  assert np.allclose(ops.ramp(16, 12, 90)[..., 0], 1 - Y / 16, atol=1e-6)
  for degrees in (20, 135, 200, 311):
    field = np.asarray(ops.ramp(16, 12, degrees)[..., 0])
    step_y, step_x = field[1, 0] - field[0, 0], field[0, 1] - field[0, 0]
    corners = field[0, 0] + np.array([step_y * (a * 16 - 0.5) + step_x * (b * 12 - 0.5) for a in (0, 1) for b in (0, 1)])
    assert np.allclose([corners.min(), corners.max()], [0, 1], atol=1e-5)
    assert np.isclose(np.degrees(np.arctan2(-step_y, step_x)) % 360, degrees, atol=1e-2)


def test_stripes_turn_and_shift():
  assert (ops.stripes(16, 12, 0, 4.0)[..., 0] == np.floor((X - 6) / 2) % 2).all()
  square = np.asarray(ops.stripes(12, 12, 0, 5.0, 0.13))
  assert (ops.stripes(12, 12, 90, 5.0, 0.13) == np.rot90(square)).all()
  assert (ops.stripes(12, 12, 0, 5.0, 0.63) == 1 - square).all() and 0 < square.mean() < 1


def test_a_checkerboard_alternates():
  board = ops.checkerboard(16, 12, 0, 4.0)[..., 0]
  assert (board == (np.floor(X / 2) + np.floor(Y / 2)) % 2).all() or (
    board == (np.floor(X / 2) + np.floor(Y / 2) + 1) % 2
  ).all()


@pytest.mark.parametrize('cell', (1.0, 2.3, 7.0))
def test_value_noise_is_linear_between_its_values(cell):
  lattice = np.random.default_rng(0).random((17, 13)).astype(np.float32)
  theirs = scipy.ndimage.map_coordinates(lattice, [Y / cell, X / cell], order=1)
  assert np.allclose(jax.jit(lambda c: ops.value_noise(lattice, 16, 12, c))(cell)[..., 0], theirs, atol=1e-5)


def test_a_spot_is_a_bell():
  field = ops.spot(16, 12, 5.5, 3.5, 2.0)[..., 0]
  assert np.allclose(field, np.exp(-((Y - 5.5) ** 2 + (X - 3.5) ** 2) / 8), atol=1e-6)
  assert field[5, 3] == 1 and field.shape == (16, 12) and field.dtype == jnp.float32
