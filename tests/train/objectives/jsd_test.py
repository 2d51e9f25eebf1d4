"""AugMix's objective against SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from jaxaug import models
from jaxaug.train import jsd
from jaxaug.train.objectives.jsd import jensen_shannon
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
IMAGE = np.random.default_rng(0).random((5, 3, 3, 1), np.float32)
VIEWS = np.random.default_rng(1).random((5, 2, 3, 3, 1), np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]], 'views': VIEWS}


def divergence(logits):
  p = scipy.special.softmax(logits, -1)
  return np.mean([scipy.stats.entropy(v, p.mean(0), axis=-1) for v in p], 0)


def test_divergence_is_scipys_and_bounded():
  logits = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)
  np.testing.assert_allclose(jensen_shannon(logits), divergence(logits), atol=1e-5)
  assert np.allclose(jensen_shannon(np.repeat(logits[:1], 3, 0)), 0, atol=1e-6)
  far = 100 * jnp.eye(3)[:, None, :]
  assert np.allclose(jensen_shannon(far), np.log(3), atol=1e-5)
  assert np.isfinite(jax.grad(lambda logits: jensen_shannon(logits).sum())(far)).all()


def test_loss_is_cross_entropy_of_the_clean_image_and_the_divergence():
  params = NETWORK.init(jax.random.key(0), IMAGE)['params']
  loss, aux = jsd(NETWORK, weight=3.0)(params, {}, jax.random.key(1), BATCH)
  logits = np.stack([NETWORK.apply({'params': params}, x) for x in (IMAGE, VIEWS[:, 0], VIEWS[:, 1])])
  expected = -(BATCH['label'] * scipy.special.log_softmax(logits[0], -1)).sum(-1) + 3 * divergence(logits)
  assert np.allclose(aux.loss, expected, atol=1e-5) and np.isclose(loss, expected.mean(), atol=1e-5)


def test_missing_views_and_a_bad_weight_are_named():
  params = NETWORK.init(jax.random.key(0), IMAGE)['params']
  with pytest.raises(InputError, match='augment.augmix.views'):
    jsd(NETWORK)(params, {}, jax.random.key(1), {'image': IMAGE, 'label': BATCH['label']})
  with pytest.raises(InputError, match='objective.weight: -1'):
    jsd(NETWORK, weight=-1.0)


def test_its_gradient_is_that_of_the_formula():
  params = NETWORK.init(jax.random.key(0), IMAGE)['params']

  def formula(params):
    p = jnp.stack([jax.nn.softmax(NETWORK.apply({'params': params}, x)) for x in (IMAGE, VIEWS[:, 0], VIEWS[:, 1])])
    mean = p.mean(0, keepdims=True)
    return (-(BATCH['label'] * jnp.log(p[0])).sum(-1) + 3 * (p * jnp.log(p / mean)).sum(-1).mean(0)).mean()

  ours = jax.grad(lambda params: jsd(NETWORK, weight=3.0)(params, {}, jax.random.key(1), BATCH)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
