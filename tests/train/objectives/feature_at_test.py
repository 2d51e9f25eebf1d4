"""An adversary inside the network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.models import after_layer
from jaxaug.train.objectives import erm, feature_at
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6, 5))
BATCH = {
  'image': np.random.default_rng(0).random((8, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[np.arange(8) % 4],
}
VARIABLES = NETWORK.init(jax.random.key(0), BATCH['image'])


def run(**settings):
  return feature_at(NETWORK, layer='Dense_1', **settings)(VARIABLES['params'], {}, jax.random.key(1), BATCH)[1].loss


def test_without_radius_it_is_plain_and_with_it_worse():
  plain = erm(NETWORK)(VARIABLES['params'], {}, jax.random.key(1), BATCH)[1].loss
  np.testing.assert_allclose(run(epsilon=0.0), plain, atol=1e-5)
  near, far = run(epsilon=0.1, step_size=0.1), run(epsilon=0.3, step_size=0.3)
  assert (near > plain).all() and far.mean() > near.mean()
  np.testing.assert_allclose(run(epsilon=0.3, clean=1.0), plain, atol=1e-5)


def test_the_change_stays_in_its_ball_and_follows_the_gradient():
  """One step is the closed form: half the loss is at h + epsilon |h| g / |g|."""
  loss = lambda change: optax_loss(after_layer(NETWORK, 'Dense_1', lambda h: h + change).apply(VARIABLES, BATCH['image']))
  optax_loss = lambda logits: -(jax.nn.log_softmax(logits) * BATCH['label']).sum(-1)
  features = []
  after_layer(NETWORK, 'Dense_1', lambda h: features.append(h) or h).apply(VARIABLES, BATCH['image'])
  gradient = jax.grad(lambda change: loss(change).sum())(jnp.zeros((8, 5)))
  norm = lambda a: jnp.linalg.norm(a, axis=-1, keepdims=True)
  worst = loss(0.2 * norm(features[0]) * gradient / norm(gradient))
  np.testing.assert_allclose(run(epsilon=0.2, step_size=0.2, steps=1, clean=0.0), worst, atol=1e-5)


def test_a_layer_that_is_not_there_is_named_with_those_that_are():
  with pytest.raises(InputError, match="no layer 'conv9'; there are: Dense_0, Dense_1"):
    feature_at(NETWORK, layer='conv9')(VARIABLES['params'], {}, jax.random.key(1), BATCH)


def test_a_curriculum_is_refused():
  with pytest.raises(InputError, match='augment.curriculum'):
    feature_at(NETWORK, layer='Dense_1')(
      VARIABLES['params'], {}, jax.random.key(1), BATCH | {'strength': np.ones(8, np.float32)}
    )


def test_its_gradient_is_that_of_the_formula_with_the_change_held():
  params = VARIABLES['params']
  features = []
  after_layer(NETWORK, 'Dense_1', lambda h: features.append(h) or h).apply(VARIABLES, BATCH['image'])
  norm = lambda a: jnp.linalg.norm(a, axis=-1, keepdims=True)
  moved = lambda p, change: after_layer(NETWORK, 'Dense_1', lambda h: h + change).apply({'params': p}, BATCH['image'])
  error = lambda logits: -(jax.nn.log_softmax(logits) * BATCH['label']).sum(-1)
  uphill = jax.grad(lambda change: error(moved(params, change)).sum())(jnp.zeros((8, 5)))
  change = 0.2 * norm(features[0]) * uphill / norm(uphill)

  def formula(p):
    return (0.3 * error(NETWORK.apply({'params': p}, BATCH['image'])) + 0.7 * error(moved(p, change))).mean()

  objective = feature_at(NETWORK, layer='Dense_1', epsilon=0.2, step_size=0.2, steps=1, clean=0.3)
  ours = jax.grad(lambda p: objective(p, {}, jax.random.key(1), BATCH)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
