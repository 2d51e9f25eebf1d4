"""MART against a transcription of its formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import mart
from jaxaug.train.objectives.mart import boosted_cross_entropy, mart_outer
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
RNG = np.random.default_rng(0)
BATCH = {
  'image': RNG.random((5, 3, 3, 1), np.float32),
  'adversarial': RNG.random((5, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]],
}
PARAMS = NETWORK.init(jax.random.key(0), BATCH['image'])['params']


def test_loss_and_gradient_are_those_of_the_formula():
  label = BATCH['label']

  def formula(params):
    p, q = (jax.nn.softmax(NETWORK.apply({'params': params}, BATCH[name])) for name in ('image', 'adversarial'))
    boosted = -jnp.log((label * q).sum(-1)) - jnp.log(1 - ((1 - label) * q).max(-1))
    return (boosted + 5 * (p * jnp.log(p / q)).sum(-1) * (1 - (label * p).sum(-1))).mean()

  ours = jax.value_and_grad(lambda params: mart_outer(NETWORK, weight=5.0)(params, {}, jax.random.key(1), BATCH)[0])(PARAMS)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.value_and_grad(formula)(PARAMS))


def test_boosted_cross_entropy_is_finite_where_the_network_is_sure():
  for logits in ([[200.0, 0.0, -200.0]], [[-200.0, 200.0, 0.0]]):
    value, gradient = jax.value_and_grad(lambda z: boosted_cross_entropy(z, jnp.array([[1.0, 0, 0]])).sum())(
      jnp.array(logits)
    )
    assert np.isfinite(value) and np.isfinite(gradient).all()
  assert np.isclose(value, 600.0)  # -log p_y is 400, -log(1 - p_max) 200


def test_a_negative_weight_is_refused():
  with pytest.raises(InputError, match='objective.weight: -1'):
    mart(NETWORK, weight=-1.0)
