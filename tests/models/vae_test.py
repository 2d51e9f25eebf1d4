"""The VAE's network: shapes of every modality, and rows that do not see each other."""

import jax
import numpy as np
import pytest

from jaxaug.models import VAE
from jaxaug.types import InputError

CONDITION = np.eye(2, dtype=np.float32)[[0, 1, 1]]


@pytest.mark.parametrize('shape', ((5,), (6, 2), (8, 4, 3)))
def test_shapes_and_rows(shape):
  network = VAE(shape, 4, 3)
  x = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
  variables = jax.jit(network.init)(jax.random.key(0), x, CONDITION)
  mean, log_variance = network.apply(variables, x, CONDITION, method='encode')
  assert mean.shape == log_variance.shape == (3, 4)
  back = network.apply(variables, mean, CONDITION, method='decode')
  assert back.shape == x.shape
  np.testing.assert_allclose(network.apply(variables, x[1:2], CONDITION[1:2]), back[1:2], rtol=1e-4, atol=1e-5)
  other = network.apply(variables, x, CONDITION[::-1], method='encode')[0]
  assert np.abs(other[0] - mean[0]).max() > 1e-4 and np.abs(other[1] - mean[1]).max() < 1e-5


def test_sides_that_4_does_not_divide_are_refused():
  with pytest.raises(InputError, match='vae.shape'):
    VAE((6, 8, 1)).init(jax.random.key(0), np.zeros((1, 6, 8, 1), np.float32), np.zeros((1, 0), np.float32))
