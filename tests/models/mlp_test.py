"""The perceptron is its formula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import MLP

IMAGE = np.random.default_rng(0).random((3, 2, 3, 2), np.float32)


def weights(network):
  shapes = jax.eval_shape(network.init, jax.random.key(0), IMAGE)['params']
  return jax.tree.map(lambda a: np.float32(np.random.default_rng(1).normal(size=a.shape)), shapes)


@pytest.mark.parametrize('hidden', ((), (5,), (5, 4)))
def test_logits_are_dense_layers_with_relu_between(hidden):
  network = MLP(6, hidden, mean=(0.5, 0.1), std=(0.2, 0.3))
  params = weights(network)
  logits, features = network.apply({'params': params}, IMAGE, features=True)
  x = ((IMAGE - np.float32([0.5, 0.1])) / np.float32([0.2, 0.3])).reshape(3, -1)
  assert len(params) == len(hidden) + 1
  for i, width in enumerate(hidden):
    layer = params[f'Dense_{i}']
    x = np.maximum(x @ layer['kernel'] + layer['bias'], 0)
    assert x.shape == (3, width)
  last = params[f'Dense_{len(hidden)}']
  np.testing.assert_allclose(features, x, atol=1e-5)
  np.testing.assert_allclose(logits, x @ last['kernel'] + last['bias'], atol=1e-5)


def test_training_mode_changes_nothing_and_rows_are_independent():
  network = MLP(4, (8,))
  variables = {'params': weights(network)}
  logits = network.apply(variables, IMAGE)
  assert (network.apply(variables, IMAGE, train=True) == logits).all()
  np.testing.assert_allclose(jnp.concatenate([network.apply(variables, row[None]) for row in IMAGE]), logits, atol=1e-6)
