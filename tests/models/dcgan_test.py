"""Convolutional GANs: sides, range, and rows that do not see each other."""

import jax
import numpy as np
import pytest

from jaxaug.models import ConvDiscriminator, ConvGenerator
from jaxaug.types import InputError

CONDITION = np.eye(2, dtype=np.float32)[[0, 1, 1]]
Z = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


@pytest.mark.parametrize(('conditioning', 'norm'), (('concat', 'batch'), ('projection', 'pixel')))
def test_shapes_ranges_and_rows(conditioning, norm):
  generator = ConvGenerator((8, 12, 3), 2, conditioning, norm)
  variables = jax.jit(generator.init)(jax.random.key(0), Z, CONDITION)
  made = np.asarray(jax.jit(generator.apply)(variables, Z, CONDITION))
  assert made.shape == (3, 8, 12, 3) and np.abs(made).max() < 1 and made.std() > 0.1
  np.testing.assert_allclose(generator.apply(variables, Z[1:2], CONDITION[1:2]), made[1:2], atol=1e-5)
  assert np.abs(generator.apply(variables, Z, CONDITION[::-1])[0] - made[0]).max() > 1e-3

  discriminator = ConvDiscriminator(2, conditioning, 'batch', minibatch_std=3)
  variables = jax.jit(discriminator.init)(jax.random.key(1), made, CONDITION)
  score = jax.jit(discriminator.apply)(variables, made, CONDITION)
  assert score.shape == (3,)
  assert np.abs(discriminator.apply(variables, made, CONDITION[::-1])[0] - score[0]) > 1e-6


def test_sides_that_4_does_not_divide_are_refused():
  with pytest.raises(InputError, match=r'dcgan.shape: \(6, 8, 1\) must be \(H, W, C\), H and W divisible by 4'):
    ConvGenerator((6, 8, 1)).init(jax.random.key(0), Z, CONDITION)
  with pytest.raises(InputError, match='divisible by 4'):
    ConvDiscriminator().init(jax.random.key(0), np.zeros((3, 8, 6, 1), np.float32), CONDITION)
