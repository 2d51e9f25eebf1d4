"""What stands inside a network: layers are read and changed where they stand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.models import after_layer, last_map, layer_outputs
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6, 5))
IMAGE = np.random.default_rng(0).random((8, 4, 4, 1), np.float32)
VARIABLES = NETWORK.init(jax.random.key(0), IMAGE)


def by_hand(change):
  """The layers' outputs, written out."""
  p = jax.tree.map(np.asarray, VARIABLES['params'])
  dense = lambda x, name: x @ p[name]['kernel'] + p[name]['bias']
  first = dense(IMAGE.reshape(8, -1), 'Dense_0')
  second = change(dense(np.maximum(first, 0), 'Dense_1'))
  return {'Dense_0': first, 'Dense_1': second, 'Dense_2': dense(np.maximum(second, 0), 'Dense_2')}


def test_a_layer_is_changed_where_it_stands():
  found = after_layer(NETWORK, 'Dense_1', lambda h: h + 1.0).apply(VARIABLES, IMAGE)
  np.testing.assert_allclose(found, by_hand(lambda h: h + 1.0)['Dense_2'], atol=1e-5)


def test_outputs_are_those_of_the_layers_in_their_order():
  found, expected = layer_outputs(NETWORK, VARIABLES, IMAGE), by_hand(lambda h: h)
  assert list(found) == list(expected)
  for name, output in found.items():
    np.testing.assert_allclose(output, expected[name], atol=1e-5)


def test_a_gradient_goes_to_a_layer():
  """Of the sum of the logits to the second layer: 1' W2, where the ReLU lets through."""
  at = lambda change: after_layer(NETWORK, 'Dense_1', lambda h: h + change).apply(VARIABLES, IMAGE).sum()
  hidden, weights = by_hand(lambda h: h)['Dense_1'], np.asarray(VARIABLES['params']['Dense_2']['kernel'])
  np.testing.assert_allclose(jax.grad(at)(jnp.zeros((8, 5))), (hidden > 0) * weights.sum(-1)[None], atol=1e-5)


@pytest.mark.parametrize('name, expected', (('mlp', ''), ('cnn', 'conv3'), ('preact_resnet', 'BatchNorm_0')))
def test_the_last_layer_with_places(name, expected):
  network = models.create(name, 4, **({'depth': 8} if name == 'preact_resnet' else {}))
  variables = jax.eval_shape(network.init, jax.random.key(0), IMAGE)
  assert last_map(network, variables, IMAGE) == expected


def test_a_layer_that_is_not_there_is_named_with_those_that_are():
  with pytest.raises(InputError, match="no layer 'conv9'; there are: Dense_0, Dense_1, Dense_2"):
    after_layer(NETWORK, 'conv9', lambda h: h).apply(VARIABLES, IMAGE)
