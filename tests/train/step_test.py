"""The step against one written out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import augment, models
from jaxaug.train import erm, evaluated, init_state, make_step
from jaxaug.train.step import average
from jaxaug.types import Adaptive

NETWORK = models.create('mlp', 3, hidden=(5,))
BATCH = {
  'image': jnp.asarray(np.random.default_rng(0).random((8, 2, 2, 1), np.float32)),
  'label': jnp.eye(3)[jnp.arange(8) % 3],
}
PLAIN = augment.fixed(augment.identity)


def start(optimizer, adaptive=PLAIN, ema=0.0):
  return init_state(NETWORK, optimizer, adaptive, jax.random.key(0), (2, 2, 1), ema)


def by_hand(params):
  return jax.grad(
    lambda p: optax.softmax_cross_entropy(NETWORK.apply({'params': p}, BATCH['image']), BATCH['label']).mean()
  )(params)


@pytest.mark.parametrize('accumulate', (1, 2, 4))
def test_sgd_step_with_and_without_accumulation(accumulate):
  optimizer = optax.sgd(0.1)
  state = start(optimizer)
  new, metrics = jax.jit(make_step(NETWORK, optimizer, erm(NETWORK), PLAIN, accumulate=accumulate))(state, BATCH)
  expected = jax.tree.map(lambda p, g: p - 0.1 * g, state.params, by_hand(state.params))
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), new.params, expected)
  assert new.step == 1 and np.isclose(metrics['gradient_norm'], optax.global_norm(by_hand(state.params)), atol=1e-5)


def test_ema_follows_its_formula_and_is_what_is_evaluated():
  optimizer = optax.sgd(0.5)
  state = start(optimizer, ema=0.9)
  step, average = jax.jit(make_step(NETWORK, optimizer, erm(NETWORK), PLAIN, ema=0.9)), state.params
  for n in range(3):
    state, _ = step(state, BATCH)
    decay = min(0.9, (1 + n) / (10 + n))
    average = jax.tree.map(lambda a, b: decay * a + (1 - decay) * b, average, state.params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), evaluated(state)['params'], average)


def test_devices_draw_differently_and_average():
  """Two devices with half the batch each equal the mean of their gradients, each under a key of its own."""
  noise = augment.fixed(
    lambda key, batch, model: {**batch, 'image': batch['image'] + jax.random.normal(key, batch['image'].shape)}
  )
  optimizer = optax.sgd(0.1)
  state = start(optimizer)
  cut = jax.tree.map(lambda a: a.reshape(2, 4, *a.shape[1:]), BATCH)
  together = jax.vmap(make_step(NETWORK, optimizer, erm(NETWORK), noise, axis='i'), (None, 0), axis_name='i')(state, cut)[0]
  gradients = []
  for device in range(2):
    key = jax.random.fold_in(jax.random.fold_in(state.key, 0), device)
    key_augment, _ = jax.random.split(jax.random.split(key, 1)[0])
    image = cut['image'][device] + jax.random.normal(key_augment, cut['image'][device].shape)
    gradients.append(
      jax.grad(lambda p: optax.softmax_cross_entropy(NETWORK.apply({'params': p}, image), cut['label'][device]).mean())(
        state.params
      )
    )
  expected = jax.tree.map(lambda p, a, b: p - 0.1 * (a + b) / 2, state.params, *gradients)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a[0], b, atol=1e-6), together.params, expected)


def test_an_adaptive_remembers_all_rows_and_their_losses():
  remember = Adaptive(
    init=lambda key, example: {'loss': jnp.zeros(8), 'image': jnp.zeros((8, 2, 2, 1))},
    augment=lambda memory, step: augment.identity,
    update=lambda memory, batch, loss: {'loss': loss, 'image': batch['image']},
  )
  optimizer = optax.sgd(0.0)
  state = start(optimizer, remember)
  step = jax.vmap(make_step(NETWORK, optimizer, erm(NETWORK), remember, accumulate=2, axis='i'), (None, 0), axis_name='i')
  memory = step(state, jax.tree.map(lambda a: a.reshape(2, 4, *a.shape[1:]), BATCH))[0].memory
  expected = optax.softmax_cross_entropy(NETWORK.apply({'params': state.params}, BATCH['image']), BATCH['label'])
  assert np.allclose(memory['loss'][0], expected, atol=1e-6) and np.allclose(memory['image'][0], BATCH['image'])


def test_the_average_forgets_its_first_weights():
  held, decay = jnp.float32(1.0), 0.999
  run = jax.jit(lambda held: jax.lax.fori_loop(0, 2000, lambda n, a: average(a, jnp.float32(0.0), n, decay), held))
  assert run(held) < 1e-12  # without the ramp .999^2000 = .135
  assert average(held, jnp.float32(0.0), jnp.int32(10**6), decay) == np.float32(0.999)
