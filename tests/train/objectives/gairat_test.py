"""Weights by the steps that the attack needed."""

import jax
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import adversary, erm
from jaxaug.train.objectives import gairat as make
from jaxaug.train.objectives.gairat import geometry_weight
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
BATCH = {
  'image': np.random.default_rng(0).random((8, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[np.arange(8) % 4],
}
ATTACK = dict(epsilon=0.2, steps=4, step_size=0.08)


def test_the_weight_falls_with_the_steps_and_has_mean_one():
  kappa = np.arange(11)
  weight = np.asarray(geometry_weight(kappa, 10, -1.0))
  expected = (1 + np.tanh(-1 + 5 * (1 - 2 * kappa / 10))) / 2
  np.testing.assert_allclose(weight, expected / expected.mean(), rtol=1e-4, atol=1e-6)
  assert (np.diff(weight) < 0).all() and np.isclose(weight.mean(), 1, atol=1e-6)


def test_the_loss_is_weighed_cross_entropy_at_the_last_iterate():
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  loss, aux = make(NETWORK, attack=ATTACK)(params, {}, jax.random.key(1), BATCH)
  moved = adversary(NETWORK, ATTACK, patience=4)(params, {}, jax.random.split(jax.random.key(1))[0], BATCH)
  plain = erm(NETWORK)(params, {}, jax.random.key(2), {**BATCH, 'image': moved['image']})[1].loss
  np.testing.assert_allclose(aux.loss, plain * geometry_weight(moved['fooled_after'], 4, -1.0), atol=1e-5)
  assert np.isclose(loss, aux.loss.mean()) and len(set(np.asarray(moved['fooled_after']).tolist())) > 1


def test_weights_are_numbers_at_the_ends():
  assert np.isfinite(geometry_weight(np.full(4, 10), 10, -5.0)).all()  # no row was fooled
  np.testing.assert_array_equal(geometry_weight(np.zeros(4, np.int32), 0, -1.0), np.ones(4))  # no step was taken
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  loss = make(NETWORK, attack=ATTACK)(params, {}, jax.random.key(1), {**BATCH, 'steps': np.zeros(8, np.int32)})[0]
  assert np.isfinite(loss)


def test_steps_that_are_no_number_are_named():
  with pytest.raises(InputError, match='objective.attack.steps'):
    make(NETWORK, attack={**ATTACK, 'steps': 'ten'})


def test_burning_in_all_rows_weigh_alike():
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  weighed = lambda even: (
    make(NETWORK, attack=ATTACK)(params, {}, jax.random.key(1), {**BATCH, 'even': np.full(8, even)})[1].loss
  )
  even = make(NETWORK, attack=ATTACK, shift=float('inf'))(params, {}, jax.random.key(1), BATCH)[1].loss
  plain = make(NETWORK, attack=ATTACK)(params, {}, jax.random.key(1), BATCH)[1].loss
  np.testing.assert_allclose(weighed(True), even, atol=1e-6)
  np.testing.assert_array_equal(weighed(False), plain)
  assert (np.abs(plain - even) > 1e-3).any()


def test_its_gradient_holds_images_and_weights():
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  moved = adversary(NETWORK, ATTACK, patience=4)(params, {}, jax.random.split(jax.random.key(1))[0], BATCH)
  weight = geometry_weight(moved['fooled_after'], 4, -1.0)

  def formula(params):
    return (
      -(weight[:, None] * BATCH['label'] * jax.nn.log_softmax(NETWORK.apply({'params': params}, moved['image'])))
      .sum(-1)
      .mean()
    )

  ours = jax.grad(lambda params: make(NETWORK, attack=ATTACK)(params, {}, jax.random.key(1), BATCH)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
