"""Updates against closed forms."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.train import make_optimizer
from jaxaug.types import InputError

PARAMS = {'kernel': jnp.full((2, 2), 2.0), 'bias': jnp.full(2, 3.0)}
GRADIENT = {'kernel': jnp.full((2, 2), 0.6), 'bias': jnp.full(2, 0.8)}


def updates(steps=1, **options):
  optimizer = make_optimizer(lambda step: 0.1, **options)
  state = optimizer.init(PARAMS)
  for _ in range(steps):
    update, state = optimizer.update(GRADIENT, state, PARAMS)
  return update


def test_sgd_decays_kernels_only():
  u = updates(name='sgd', momentum=0.0, nesterov=False, weight_decay=0.01)
  assert np.allclose(u['kernel'], -0.1 * (0.6 + 0.01 * 2)) and np.allclose(u['bias'], -0.1 * 0.8)


def test_momentum_and_nesterov():
  heavy, nesterov = (updates(2, name='sgd', momentum=0.9, nesterov=n, weight_decay=0.0)['bias'] for n in (False, True))
  assert np.allclose(heavy, -0.1 * 0.8 * 1.9) and np.allclose(nesterov, -0.1 * 0.8 * (1 + 0.9 * 1.9))


def test_clipping_bounds_the_global_norm():
  u = updates(name='sgd', momentum=0.0, nesterov=False, weight_decay=0.0, clip_norm=1.0)
  assert np.isclose(np.sqrt(sum((np.asarray(v) ** 2).sum() for v in u.values())), 0.1)


def test_adamw_decouples_decay():
  u = updates(name='adamw', weight_decay=0.01)
  assert np.allclose(u['bias'], -0.1, atol=1e-5) and np.allclose(u['kernel'], -0.1 * (1 + 0.01 * 2), atol=1e-5)


def test_an_unknown_name_lists_what_exists():
  with pytest.raises(InputError, match='sgd, adamw'):
    updates(name='adam')
