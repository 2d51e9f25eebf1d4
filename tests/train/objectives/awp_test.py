"""Weights at their worst nearby."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import awp, pgd_at, trades
from jaxaug.train.objectives.awp import steepest_weights
from jaxaug.train.objectives.pgd_at import pgd_outer
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
RNG = np.random.default_rng(0)
BATCH = {'image': RNG.random((5, 3, 3, 1), np.float32), 'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]]}
PARAMS = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
ATTACK = dict(epsilon=0.0, steps=1, step_size=0.0)  # the image itself: what is left is the weights


def test_each_layer_moves_by_gamma_of_its_size_along_the_gradient():
  gradient = jax.tree.map(lambda a: RNG.normal(size=a.shape).astype(np.float32), PARAMS)
  moved = steepest_weights(PARAMS, gradient, 0.1)
  for w, g, v in zip(*map(jax.tree.leaves, (PARAMS, gradient, moved))):
    if w.ndim == 1:
      assert not v.any()
    else:
      assert np.isclose(np.linalg.norm(v), 0.1 * np.linalg.norm(w), rtol=1e-4)
      assert np.isclose((v * g).sum(), np.linalg.norm(v) * np.linalg.norm(g), rtol=1e-4)


def test_its_gradient_is_that_at_the_moved_weights():
  outer = lambda params: pgd_outer(NETWORK)(params, {}, jax.random.key(2), {**BATCH, 'adversarial': BATCH['image']})[0]
  moved = jax.tree.map(jnp.add, PARAMS, steepest_weights(PARAMS, jax.grad(outer)(PARAMS), 0.05))
  ours = jax.value_and_grad(awp(NETWORK, gamma=0.05, of='pgd_at', attack=ATTACK), has_aux=True)(
    PARAMS, {}, jax.random.key(1), BATCH
  )
  (loss, _), gradient = ours
  assert np.isclose(loss, outer(moved), atol=1e-5) and loss > outer(PARAMS)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), gradient, jax.grad(outer)(moved))


@pytest.mark.parametrize('of,base', [('trades', trades), ('pgd_at', pgd_at)])
def test_without_perturbation_it_is_the_base(of, base):
  ours = awp(NETWORK, gamma=0.0, of=of, attack=ATTACK)(PARAMS, {}, jax.random.key(1), BATCH)[0]
  assert np.isclose(ours, base(NETWORK, attack=ATTACK)(PARAMS, {}, jax.random.key(1), BATCH)[0], atol=1e-6)


def test_what_cannot_be_is_named():
  with pytest.raises(InputError, match='objective.gamma: -1'):
    awp(NETWORK, gamma=-1.0)
  with pytest.raises(InputError, match="objective.of: 'trade' is unknown"):
    awp(NETWORK, of='trade')
