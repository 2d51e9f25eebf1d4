"""Losses and penalties of GANs against hand formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.synthesize.gan_losses import LOSSES, clipped, gradient_penalty, r1

A, B = np.float32([2.0, -0.5]), np.float32([0.25, -3.0])
SIGMOID = lambda x: 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
  ('name', 'discriminator', 'generator'),
  (
    ('minimax', -np.log(SIGMOID(A)) - np.log(1 - SIGMOID(B)), np.log(1 - SIGMOID(B))),
    ('logistic', -np.log(SIGMOID(A)) - np.log(1 - SIGMOID(B)), -np.log(SIGMOID(B))),
    ('hinge', np.maximum(0, 1 - A) + np.maximum(0, 1 + B), -B),
    ('wasserstein', B - A, -B),
  ),
)
def test_losses(name, discriminator, generator):
  np.testing.assert_allclose(LOSSES[name].discriminator(A, B), discriminator.mean(), rtol=1e-5)
  np.testing.assert_allclose(LOSSES[name].generator(B), generator.mean(), rtol=1e-5)


def test_the_slope_of_a_linear_discriminator_is_its_weights():
  w = np.float32([1.0, -2.0, 0.5])
  linear = lambda w, x: x @ w
  x, y = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
  np.testing.assert_allclose(r1(linear, w, x), (w**2).sum() / 2, rtol=1e-6)
  np.testing.assert_allclose(jax.grad(lambda w: r1(linear, w, x))(w), w, rtol=1e-6)
  found = gradient_penalty(linear, w, x, y, jax.random.key(0))
  np.testing.assert_allclose(found, (np.linalg.norm(w) - 1) ** 2, rtol=1e-5)


def test_the_gradient_penalty_looks_between_real_and_fake():
  square = lambda w, x: w * (x**2).sum(-1) / 2  # of slope w x
  key = jax.random.key(0)
  x, y = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
  found = gradient_penalty(square, 2.0, x, y, jax.random.clone(key))
  t = np.asarray(jax.random.uniform(key, (5, 1)))
  np.testing.assert_allclose(found, ((2 * np.linalg.norm(t * x + (1 - t) * y, axis=1) - 1) ** 2).mean(), rtol=1e-5)
  np.testing.assert_allclose(r1(square, 2.0, x), 2 * (x**2).sum(-1).mean(), rtol=1e-5)


def test_clipping():
  assert (clipped({'w': jnp.float32([-1, 0.005, 2])}, 0.01)['w'] == np.float32([-0.01, 0.005, 0.01])).all()
