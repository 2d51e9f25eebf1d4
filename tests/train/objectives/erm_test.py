"""ERM against its formula."""

import jax
import numpy as np
import scipy.special

from jaxaug import models
from jaxaug.train import erm

NETWORK = models.create('mlp', 4, hidden=(6,))
IMAGE = np.random.default_rng(0).random((5, 3, 3, 1), np.float32)
LABEL = scipy.special.softmax(np.random.default_rng(1).random((5, 4), np.float32), -1)


def test_loss_is_cross_entropy_with_the_soft_label_smoothed():
  params = NETWORK.init(jax.random.key(0), IMAGE)['params']
  loss, aux = erm(NETWORK, label_smoothing=0.2)(params, {}, jax.random.key(1), {'image': IMAGE, 'label': LABEL})
  logits = np.asarray(NETWORK.apply({'params': params}, IMAGE))
  expected = -((0.8 * LABEL + 0.2 / 4) * scipy.special.log_softmax(logits, -1)).sum(-1)
  assert np.allclose(aux.loss, expected, atol=1e-5) and np.isclose(loss, expected.mean(), atol=1e-5)
  assert np.isclose(aux.metrics['accuracy'], (logits.argmax(-1) == LABEL.argmax(-1)).mean())


def test_its_gradient_is_that_of_the_formula():
  params, batch = NETWORK.init(jax.random.key(0), IMAGE)['params'], {'image': IMAGE, 'label': LABEL}
  smoothed = 0.8 * LABEL + 0.2 / 4
  formula = lambda params: -(smoothed * jax.nn.log_softmax(NETWORK.apply({'params': params}, IMAGE))).sum(-1).mean()
  ours = jax.grad(lambda params: erm(NETWORK, label_smoothing=0.2)(params, {}, jax.random.key(1), batch)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
