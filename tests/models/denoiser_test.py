"""The denoiser keeps shapes, is told what it is told, and works row by row."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.models.denoiser import waves
from jaxaug.types import InputError


@pytest.mark.parametrize(('name', 'shape'), (('', (3, 2)), ('', (8, 4, 2)), ('row', (8, 4, 2)), ('series', (7, 2))))
def test_rows_in_rows_out_and_row_by_row(name, shape):
  network = models.create_denoiser(name, shape, width=8, depth=1)
  assert isinstance(network, models.ImageDenoiser) == (name == '' and len(shape) == 3)
  assert isinstance(network, models.SeriesDenoiser) == (name == 'series')
  x, level, condition = np.random.default_rng(0).normal(size=(4, *shape)), np.arange(4.0), np.eye(4)[:, :3]
  variables = jax.jit(network.init)(jax.random.key(0), x, level, condition)
  assert not np.asarray(jax.jit(network.apply)(variables, x, level, condition)).any()  # the last layer starts at zero
  variables = jax.tree.map(lambda a: a + 0.1, variables)
  run = jax.jit(network.apply)
  whole = run(variables, x, level, condition)
  assert whole.shape == x.shape
  np.testing.assert_allclose(whole[1:2], run(variables, x[1:2], level[1:2], condition[1:2]), rtol=1e-4)
  moved = run(variables, x, level + 1, condition), run(variables, x, level, condition[::-1])
  assert all(np.abs(whole - other).max() > 1e-3 for other in moved)


def test_waves_tell_levels_apart():
  found = waves(jnp.array([0.0, 0.1, 3.0]), 8)
  assert found.shape == (3, 8)
  np.testing.assert_allclose(found[0], [1, 1, 1, 1, 0, 0, 0, 0])
  np.testing.assert_allclose((found**2).sum(1), 4, rtol=1e-5)


def test_an_unknown_name_is_told():
  with pytest.raises(InputError, match="denoiser: 'rwo' is unknown. Did you mean 'row'"):
    models.create_denoiser('rwo', (3,))


def test_sides_that_four_does_not_divide_are_told():
  assert isinstance(models.create_denoiser('', (5, 8, 1)), models.RowDenoiser)
  with pytest.raises(InputError, match='H and W divisible by 4'):
    models.create_denoiser('image', (5, 8, 1)).init(
      jax.random.key(0), jnp.zeros((1, 5, 8, 1)), jnp.zeros(1), jnp.zeros((1, 0))
    )


def test_the_series_network_is_of_series():
  with pytest.raises(InputError, match=r'series denoiser: \(8, 4, 2\) must be \(T, C\)'):
    models.create_denoiser('series', (8, 4, 2)).init(
      jax.random.key(0), jnp.zeros((1, 8, 4, 2)), jnp.zeros(1), jnp.zeros((1, 0))
    )
