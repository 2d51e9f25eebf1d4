"""Perceptrons of GANs: shapes of every modality, and what the condition reaches."""

import jax
import numpy as np
import pytest

from jaxaug.models import PerceptronDiscriminator, PerceptronGenerator

CONDITION = np.eye(2, dtype=np.float32)[[0, 1, 1]]
Z = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


@pytest.mark.parametrize('shape', ((5,), (6, 2), (3, 5, 1)))
@pytest.mark.parametrize('conditioning', ('concat', 'projection'))
def test_shapes(shape, conditioning):
  generator = PerceptronGenerator(shape, 8, 1, conditioning, 'batch')
  variables = jax.jit(generator.init)(jax.random.key(0), Z, CONDITION)
  made = np.asarray(jax.jit(generator.apply)(variables, 9 * Z, CONDITION))
  assert made.shape == (3, *shape) and made.dtype == np.float32
  assert (np.abs(made).max() <= 1) == (len(shape) == 3)
  alone = generator.apply(variables, 9 * Z[1:2], CONDITION[1:2])
  np.testing.assert_allclose(alone, made[1:2], rtol=1e-4, atol=1e-5)
  other = generator.apply(variables, 9 * Z, CONDITION[::-1])
  assert np.abs(other[0] - made[0]).max() > 1e-3 and np.abs(other[1] - made[1]).max() < 1e-5

  discriminator = PerceptronDiscriminator(8, 1, conditioning, spectral=True)
  variables = jax.jit(discriminator.init)(jax.random.key(1), made, CONDITION)
  score = jax.jit(discriminator.apply)(variables, made, CONDITION)
  assert score.shape == (3,) and set(variables) == {'params', 'batch_stats'}
  assert np.abs(discriminator.apply(variables, made, CONDITION[::-1])[0] - score[0]) > 1e-6
