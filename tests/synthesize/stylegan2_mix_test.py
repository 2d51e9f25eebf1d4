"""Style mixing: the coarse styles decide what they should, the fine ones the rest."""

import jax
import numpy as np
import pytest

from jaxaug.synthesize import gan, stylegan2_mix
from jaxaug.synthesize.generator import evaluated
from jaxaug.types import InputError

CLASSES = np.eye(2, dtype=np.float32)
GIVEN = dict(width=2, latent=4)


@pytest.fixture(scope='module')
def variables():
  generator = gan((8, 8, 1), 2, preset='stylegan2', **GIVEN)
  return evaluated(jax.jit(generator.init)(jax.random.key(0)))


def draw(variables, layers, first, second, **given):
  mix = stylegan2_mix((8, 8, 1), layers=layers, **GIVEN, **given)
  return np.asarray(jax.jit(mix)(variables, jax.random.key(1), CLASSES[first], CLASSES[second]))


def test_coarse_and_fine_conditions_reach_their_layers(variables):
  image = draw(variables, 1, [0, 1], [1, 1])
  assert image.shape == (2, 8, 8, 1) and np.abs(image).max() < 1
  np.testing.assert_allclose(draw(variables, 3, [0, 1], [1, 1]), draw(variables, 3, [0, 1], [0, 0]), atol=1e-6)
  np.testing.assert_allclose(draw(variables, 0, [0, 1], [1, 1]), draw(variables, 0, [1, 0], [1, 1]), atol=1e-6)
  for first, second in (([1, 1], [1, 1]), ([0, 1], [0, 1])):
    other = draw(variables, 1, first, second)
    assert np.abs(other[0] - image[0]).max() > 1e-3
    np.testing.assert_allclose(other[1], image[1], atol=1e-6)  # row 1 was given the same


def test_full_truncation_leaves_the_mean_alone(variables):
  image = draw(variables, 3, [0, 0], [0, 0], truncation=0.0)
  np.testing.assert_allclose(image[0], image[1], atol=1e-6)


def test_bad_input_is_told():
  with pytest.raises(InputError, match=r'stylegan2_mix.layers: 4 must be in \[0, 3\]'):
    stylegan2_mix((8, 8, 1), layers=4)
  with pytest.raises(InputError, match='gan.shape for stylegan2'):
    stylegan2_mix((8,))
