"""Layers of GANs against their formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models.gan_layers import PRODUCTS, Layer, Norm, Score, batch_deviation, beside, largest_singular_value, unit
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(6, 4, 4, 3)).astype(np.float32)
CONDITION = np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 1, 0]]


def made(layer, *args):
  variables = jax.jit(lambda key: layer.init(key, *args))(jax.random.key(0))
  return variables, jax.jit(lambda variables: layer.apply(variables, *args))


def test_the_power_iteration_finds_the_largest_singular_value_and_its_gradient():
  matrix = RANDOM.normal(size=(7, 4)).astype(np.float32)
  u = unit(jnp.ones(4))
  for _ in range(200):
    sigma, u = largest_singular_value(matrix, u)
  left, values, right = np.linalg.svd(matrix)
  np.testing.assert_allclose(sigma, values[0], rtol=1e-4)
  slope = jax.grad(lambda matrix: largest_singular_value(matrix, u)[0])(matrix)
  np.testing.assert_allclose(slope, left[:, :1] * right[:1], atol=1e-2)


def test_spectral_normalisation_in_the_layer_goes_to_1():
  layer = Layer('down', 5, spectral=True, bias=False)
  variables = jax.jit(lambda key: layer.init(key, X))(jax.random.key(0))
  run = jax.jit(lambda variables: layer.apply(variables, X, True, mutable=['batch_stats']))
  for _ in range(100):
    y, moved = run(variables)
    variables = {**variables, **moved}
  kernel = np.asarray(variables['params']['kernel'])
  sigma = np.linalg.svd(kernel.reshape(-1, 5))[1][0]
  plain = Layer('down', 5, bias=False).apply({'params': {'kernel': kernel / sigma}}, X)
  np.testing.assert_allclose(y, plain, rtol=1e-3, atol=1e-4)
  assert set(moved['batch_stats']) == {'u'}


@pytest.mark.parametrize('product', PRODUCTS)
def test_weights_keep_the_deviation(product):
  along = product.endswith(('_time', '_wave'))
  x = RANDOM.normal(size=(8, 64, 32) if along else (8, 8, 8, 32)).astype(np.float32)
  for weights in ('he', 'equalized'):
    variables, run = made(Layer(product, 64, weights, gain=1.0), x)
    y = np.asarray(run(variables))
    inside = y[:, y.shape[1] // 4 : -y.shape[1] // 4] if along else y[:, 1:-1, 1:-1]
    assert abs(inside.std() - 1) < 0.1
  kernel = Layer(product, 64, 'normal').init(jax.random.key(0), x)['params']['kernel']
  assert abs(np.asarray(kernel).std() - 0.02) < 2e-3


def test_a_slow_layer_gives_the_same_at_first_and_moves_less():
  x = np.eye(3, dtype=np.float32)
  slope = {}
  for rate in (1.0, 0.01):
    layer = Layer('dense', 4, 'equalized', rate=rate)
    variables = layer.init(jax.random.key(0), x)
    slope[rate] = layer.apply(variables, x), jax.grad(lambda v: layer.apply(v, x).sum())(variables)['params']
  np.testing.assert_allclose(slope[1.0][0], slope[0.01][0], rtol=1e-5)
  for name in ('kernel', 'bias'):
    np.testing.assert_allclose(0.01 * slope[1.0][1][name], slope[0.01][1][name], rtol=1e-5)


def test_norms_and_classes_that_scale_and_shift():
  variables, _ = made(Norm('pixel'), X, CONDITION, True)
  kernel = np.asarray(variables['params']['Layer_0']['kernel'])
  told = (CONDITION @ kernel)[:, None, None]
  wanted = (1 + told[..., :3]) * X / np.sqrt((X**2).mean(-1, keepdims=True)) + told[..., 3:]
  np.testing.assert_allclose(Norm('pixel').apply(variables, X, CONDITION, True), wanted, rtol=1e-4, atol=1e-5)
  none = np.zeros((6, 0), np.float32)
  variables, _ = made(Norm('batch'), X, none, True)
  y, moved = Norm('batch').apply(variables, X, none, True, mutable=['batch_stats'])
  np.testing.assert_allclose(np.asarray(y).std((0, 1, 2)), 1, rtol=1e-3)
  np.testing.assert_allclose(jax.tree.leaves(moved)[0], 0.1 * X.mean((0, 1, 2)), atol=1e-5)
  assert all(leaf.size for leaf in jax.tree.leaves(variables))  # checkpoints refuse arrays without entries
  assert (Norm('none').apply({}, X, none, True) == X).all()


def test_the_condition_is_as_long_as_z():
  z = RANDOM.normal(size=(6, 9)).astype(np.float32)
  y = np.asarray(beside(z, CONDITION))
  np.testing.assert_allclose(np.linalg.norm(y[:, 9:], axis=1), 3)
  assert (y[:, :9] == z).all()


def test_the_deviation_of_a_group():
  found = batch_deviation(X, 3)
  first = X.reshape(6, -1)[[0, 2, 4]].std(0).mean(), X.reshape(6, -1)[[1, 3, 5]].std(0).mean()
  np.testing.assert_allclose(found, np.tile(first, 3), rtol=1e-5)
  assert (np.asarray(batch_deviation(np.ones((4, 2), np.float32), 32)) < 1e-3).all()
  with pytest.raises(InputError, match="minibatch_std: 4 does not divide a device's 6 rows"):
    batch_deviation(X, 4)


def test_projection_adds_an_inner_product():
  features = RANDOM.normal(size=(6, 5)).astype(np.float32)
  variables, run = made(Score('projection', 'he', False, 0), features, CONDITION, False)
  weights = {name: np.asarray(tree['kernel']) for name, tree in variables['params'].items()}
  wanted = features @ weights['score'][:, 0] + ((CONDITION @ weights['classes']) * features).sum(1)
  np.testing.assert_allclose(run(variables), wanted, rtol=1e-4, atol=1e-5)
  variables, _ = made(Score('concat', 'he', False, 2), features, CONDITION, False)
  assert variables['params']['score']['kernel'].shape == (6, 1) and set(variables['params']) == {'score'}


def test_unknown_names_are_told():
  with pytest.raises(InputError, match="gan.weights: 'hee' is unknown"):
    Layer('dense', 2, 'hee').init(jax.random.key(0), X)
  with pytest.raises(InputError, match="gan.norm: 'layer' is unknown"):
    Norm('layer').init(jax.random.key(0), X, CONDITION, False)
  with pytest.raises(InputError, match="gan.conditioning: 'project' is unknown. Did you mean"):
    Score('project', 'he', False, 0).init(jax.random.key(0), X[:, 0, 0], CONDITION, False)
