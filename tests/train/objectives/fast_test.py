"""One step from a random start."""

import jax
import numpy as np
import pytest

from jaxaug import models
from jaxaug.evaluate import frozen
from jaxaug.train.objectives import adversary, fast
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
BATCH = {
  'image': np.random.default_rng(0).random((5, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]],
}


def test_loss_is_cross_entropy_after_one_signed_step():
  from jaxaug import attacks

  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  loss, aux = fast(NETWORK, epsilon=0.1, step=1.25)(params, {}, jax.random.key(1), BATCH)
  key_attack = jax.random.split(jax.random.split(jax.random.split(jax.random.key(1))[0])[0], 1)[0]
  ball, model = attacks.threat_model('linf', 0.1), frozen(NETWORK, {'params': params})
  keys = jax.vmap(lambda key: jax.random.fold_in(key, 0))(attacks.example_keys(key_attack, BATCH))  # the first restart
  start = jax.vmap(ball.init)(keys, BATCH['image'])
  gradient = jax.grad(lambda image: model.loss({**BATCH, 'image': image}).sum())(start)
  image = np.clip(start + 0.125 * np.sign(gradient), BATCH['image'] - 0.1, BATCH['image'] + 0.1).clip(0, 1)
  np.testing.assert_allclose(aux.loss, model.loss({**BATCH, 'image': image}), atol=1e-5)
  assert set(aux.metrics) == {'robust_accuracy'} and np.isclose(loss, aux.loss.mean())


def test_no_step_is_refused():
  with pytest.raises(InputError, match='objective.step: 0'):
    fast(NETWORK, step=0.0)


def test_its_gradient_holds_the_image():
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  inner = adversary(NETWORK, dict(epsilon=0.1, steps=1, step_size=0.125, keep='last'))
  image = inner(params, {}, jax.random.split(jax.random.key(1))[0], BATCH)['image']
  formula = lambda p: -(BATCH['label'] * jax.nn.log_softmax(NETWORK.apply({'params': p}, image))).sum(-1).mean()
  ours = jax.grad(lambda p: fast(NETWORK, epsilon=0.1, step=1.25)(p, {}, jax.random.key(1), BATCH)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
