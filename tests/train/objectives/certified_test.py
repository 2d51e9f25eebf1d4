"""Training for a certificate: the loss on linear networks, where the worst case is known."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import models
from jaxaug.train.objectives import certified
from jaxaug.train.objectives.certified import worst_cross_entropy
from jaxaug.types import InputError


class Linear(nn.Module):
  @nn.compact
  def __call__(self, image, train=False):
    return nn.Dense(2, use_bias=False)(image.reshape(len(image), -1))


WEIGHT = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
PARAMS = {'Dense_0': {'kernel': jnp.asarray(WEIGHT)}}
IMAGE = np.random.default_rng(0).uniform(0.3, 0.7, (8, 3, 3, 1)).astype(np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(2, dtype=np.float32)[np.arange(8) % 2]}
GAP = (IMAGE.reshape(8, -1) @ WEIGHT * np.where(np.eye(2)[np.arange(8) % 2] > 0, 1, -1)).sum(-1)
REACH = np.abs(WEIGHT[:, 0] - WEIGHT[:, 1]).sum()


@pytest.mark.parametrize('method', ['ibp', 'crown'])
@pytest.mark.parametrize('strength', [1.0, 0.5, None])
def test_the_loss_is_the_closed_form(method, strength):
  batch = BATCH if strength is None else {**BATCH, 'strength': np.full(8, strength, np.float32)}
  _, aux = jax.jit(lambda p: certified(Linear(), epsilon=0.1, method=method, clean=0.4)(p, {}, jax.random.key(0), batch))(
    PARAMS
  )
  share = strength or 1.0
  worst = np.log1p(np.exp(-(GAP - 0.1 * share * REACH)))
  natural = np.asarray(optax.softmax_cross_entropy(IMAGE.reshape(8, -1) @ WEIGHT, BATCH['label']))
  kept = 1 - 0.6 * share
  np.testing.assert_allclose(aux.loss, kept * natural + (1 - kept) * worst, atol=1e-3)
  assert np.isclose(aux.metrics['certified_accuracy'], (GAP > 0.1 * share * REACH).mean())


@pytest.mark.parametrize('method', ['ibp', 'crown'])
def test_its_gradient_is_that_of_the_closed_form(method):
  batch = {**BATCH, 'strength': np.full(8, 0.5, np.float32)}
  objective = certified(Linear(), epsilon=0.1, method=method, clean=0.4)
  found = jax.jit(jax.grad(objective, has_aux=True))(PARAMS, {}, jax.random.key(0), batch)[0]['Dense_0']['kernel']
  sign = np.where(np.arange(8) % 2, -1, 1)

  def formula(weight):
    value = IMAGE.reshape(8, -1) @ weight
    worst = jax.nn.softplus(-(value @ np.array([1, -1]) * sign - 0.05 * jnp.abs(weight[:, 0] - weight[:, 1]).sum()))
    return (0.7 * optax.softmax_cross_entropy(value, BATCH['label']) + 0.3 * worst).mean()

  np.testing.assert_allclose(found, jax.grad(formula)(jnp.asarray(WEIGHT)), atol=1e-4)


def test_a_pixel_that_is_rounded_out_of_the_box_counts_as_on_its_edge():
  at = lambda value: {**BATCH, 'image': np.concatenate([np.full((1, 3, 3, 1), value, np.float32), IMAGE[1:]])}
  loss = jax.jit(lambda batch: certified(Linear(), epsilon=0.1)(PARAMS, {}, jax.random.key(0), batch)[0])
  np.testing.assert_allclose(loss(at(np.nextafter(np.float32(1), np.float32(2)))), loss(at(1.0)), rtol=1e-5)


def test_a_few_steps_raise_certified_accuracy():
  network = models.create('mlp', 2, hidden=(16,))
  image = np.random.default_rng(0).random((32, 8, 8, 1), np.float32)
  label = np.eye(2, dtype=np.float32)[(image.mean((1, 2, 3)) > 0.5).astype(int)]
  image = np.clip(image + 0.3 * np.where(label[:, :1, None, None] > 0, -1, 1), 0, 1)
  params = network.init(jax.random.key(0), image)['params']
  batch, objective = {'image': image, 'label': label}, certified(network, epsilon=0.02, clean=0.0)
  optimizer = optax.adam(1e-2)

  @jax.jit
  def step(params, state, strength):
    (_, aux), gradient = jax.value_and_grad(objective, has_aux=True)(
      params, {}, jax.random.key(0), {**batch, 'strength': strength}
    )
    updates, state = optimizer.update(gradient, state)
    return optax.apply_updates(params, updates), state, aux.metrics['certified_accuracy']

  state, seen = optimizer.init(params), []
  for i in range(80):
    params, state, accuracy = step(params, state, jnp.full(32, min(i / 40, 1.0)))
    seen.append(float(accuracy))
  assert seen[10] < 0.7 and seen[-1] > 0.9


def test_worst_cross_entropy_is_finite_for_any_margin():
  margin = jnp.array([[1e4, 1e4], [-1e4, 0.0], [0.0, 0.0]])
  np.testing.assert_allclose(worst_cross_entropy(margin), [0.0, 1e4, np.log(3)], rtol=1e-5)
  assert np.isfinite(jax.grad(lambda m: worst_cross_entropy(m).sum())(margin)).all()


def test_bad_values_are_refused():
  with pytest.raises(InputError, match='clean 2'):
    certified(Linear(), clean=2.0)
  with pytest.raises(InputError, match="objective.method: 'lp' is unknown"):
    certified(Linear(), method='lp')
