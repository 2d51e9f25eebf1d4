"""A forward pass in training mode."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import OBJECTIVES, apply_train
from jaxaug.train.objectives.apply import smoothed
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((6, 8, 8, 1), np.float32)


def test_batch_statistics_move_and_dropout_follows_its_key():
  network = models.create('wide_resnet', 3, depth=10, width=1, dropout=0.5)
  variables = network.init(jax.random.key(0), IMAGE)
  run = jax.jit(lambda key: apply_train(network, variables['params'], variables['batch_stats'], key, IMAGE))
  (a, stats), (b, _), (c, _) = run(jax.random.key(1)), run(jax.random.key(1)), run(jax.random.key(2))
  assert (a == b).all() and (a != c).any()
  assert any((x != y).any() for x, y in zip(jax.tree.leaves(stats), jax.tree.leaves(variables['batch_stats'])))


def test_a_network_without_statistics_keeps_none():
  network = models.create('mlp', 3, hidden=(4,))
  params = network.init(jax.random.key(0), IMAGE)['params']
  logits, stats = apply_train(network, params, {}, jax.random.key(1), IMAGE)
  assert stats == {} and jnp.allclose(logits, network.apply({'params': params}, IMAGE))


def test_labels_are_smoothed_as_the_formula_says():
  np.testing.assert_allclose(smoothed(jnp.array([[1.0, 0.0]]), 0.2), [[0.9, 0.1]], atol=1e-6)


@pytest.mark.parametrize('name', ('erm', 'pgd_at', 'trades', 'free', 'certified'))
def test_smoothing_out_of_range_is_named(name):
  network = models.create('mlp', 3, hidden=(4,))
  batch = {'image': IMAGE, 'label': np.eye(3, dtype=np.float32)[np.arange(6) % 3]}
  for wrong in (-0.5, 1.0):
    made = OBJECTIVES[name](network, label_smoothing=wrong)
    run = (lambda *a: made.objective(*a, IMAGE)) if name == 'free' else made
    with pytest.raises(InputError, match='objective.label_smoothing'):
      jax.eval_shape(lambda key: run(network.init(key, IMAGE)['params'], {}, key, batch), jax.random.key(0))


STILL = dict(epsilon=0.0, steps=1, step_size=0.0)


@pytest.mark.parametrize(
  'name, settings',
  (
    ('gairat', dict(attack=STILL)),
    ('union', dict(attacks=dict(linf=STILL))),
    ('feature_at', dict(layer='Dense_0', epsilon=0.0)),
    ('mma', dict(attack=STILL)),
    ('awp', dict(attack=STILL, of='pgd_at')),
    ('awp', dict(attack=STILL, of='trades')),
  ),
)
def test_smoothed_labels_are_labels_that_come_smoothed(name, settings):
  network = models.create('mlp', 3, hidden=(4,))
  batch = {'image': IMAGE, 'label': np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]}
  params = network.init(jax.random.key(0), IMAGE)['params']
  soft = {**batch, 'label': np.float32(0.7 * batch['label'] + 0.1)}
  key = lambda: jax.random.key(1)
  one = OBJECTIVES[name](network, **settings, label_smoothing=0.3)(params, {}, key(), batch)[0]
  other = OBJECTIVES[name](network, **settings)(params, {}, key(), soft)[0]
  np.testing.assert_allclose(one, other, rtol=1e-5)
  assert not np.isclose(one, OBJECTIVES[name](network, **settings)(params, {}, key(), batch)[0])
