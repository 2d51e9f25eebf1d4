"""TracIn in closed form against the product of gradients that it is."""

import jax
import numpy as np

from jaxaug.attacks import cross_entropy
from jaxaug.evaluate import residual, strongest, tracin

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(7, 4)).astype(np.float32)
LABEL = RANDOM.dirichlet(np.ones(3), 7).astype(np.float32)
PARAMS = {'kernel': RANDOM.normal(size=(4, 3)).astype(np.float32), 'bias': RANDOM.normal(size=3).astype(np.float32)}


def loss(params, features, label):
  return cross_entropy((features @ params['kernel'] + params['bias'])[None], label[None])[0]


def test_it_is_the_product_of_the_last_layers_gradients():
  gradients = jax.vmap(jax.grad(loss), (None, 0, 0))(PARAMS, FEATURES, LABEL)
  flat = np.concatenate([np.asarray(leaf).reshape(7, -1) for leaf in jax.tree.leaves(gradients)], -1)
  logits = FEATURES @ PARAMS['kernel'] + PARAMS['bias']
  errors = residual(logits, LABEL)
  np.testing.assert_allclose(errors.sum(-1), 0, atol=1e-6)
  np.testing.assert_allclose(tracin(FEATURES, errors, FEATURES[:2], errors[:2]), flat[:2] @ flat.T, rtol=1e-4, atol=1e-5)


def test_a_step_on_a_helpful_image_lowers_the_loss_as_foretold():
  logits = FEATURES @ PARAMS['kernel'] + PARAMS['bias']
  errors = residual(logits, LABEL)
  influence, rate = tracin(FEATURES, errors, FEATURES[:1], errors[:1])[0], 1e-3
  before = loss(PARAMS, FEATURES[0], LABEL[0])
  for row in range(7):
    step = jax.grad(loss)(PARAMS, FEATURES[row], LABEL[row])
    after = loss(jax.tree.map(lambda p, g: p - rate * g, PARAMS, step), FEATURES[0], LABEL[0])
    np.testing.assert_allclose((before - after) / rate, influence[row], atol=0.02 + 0.02 * abs(influence[row]))


def test_the_strongest_either_way():
  helpful, harmful = strongest(np.array([[0.0, 3.0, -2.0, 1.0]]), 2)
  assert helpful.tolist() == [[1, 3]] and harmful.tolist() == [[2, 0]]
  assert strongest(np.zeros((1, 2)), 5)[0].shape == (1, 2)
