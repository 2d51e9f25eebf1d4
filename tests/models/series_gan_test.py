"""Convolutional GANs of series: shapes, what conditions and attributes reach, phase shuffle."""

import jax
import numpy as np
import pytest

from jaxaug.models import SeriesDiscriminator, SeriesGenerator, WaveDiscriminator, WaveGenerator, phase_shuffle
from jaxaug.models.series_gan import scales
from jaxaug.types import InputError

ATTRIBUTES = np.array([[0.3, -1.2], [2.0, 0.0], [0.1, 0.7]], np.float32)  # real numbers, no classes
Z = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


@pytest.mark.parametrize('conditioning', ('concat', 'projection'))
@pytest.mark.parametrize(
  ('pair', 'shape'), (((SeriesGenerator, SeriesDiscriminator), (29, 2)), ((WaveGenerator, WaveDiscriminator), (130, 1)))
)
def test_rows_alone_and_what_attributes_reach(pair, shape, conditioning):
  generator = pair[0](shape, 4, conditioning)
  variables = jax.jit(generator.init)(jax.random.key(0), Z, ATTRIBUTES)
  draw = jax.jit(generator.apply)
  made = np.asarray(draw(variables, 9 * Z, ATTRIBUTES))
  assert made.shape == (3, *shape) and made.dtype == np.float32
  assert (np.abs(made).max() <= 1) == (pair[0] is WaveGenerator)
  np.testing.assert_allclose(draw(variables, 9 * Z[1:2], ATTRIBUTES[1:2]), made[1:2], rtol=1e-3, atol=1e-4)
  moved = ATTRIBUTES + np.float32([[0.5, 0], [0, 0], [0, 0]])
  other = np.asarray(draw(variables, 9 * Z, moved))
  assert np.abs(other[0] - made[0]).max() > 1e-3 and np.abs(other[1:] - made[1:]).max() < 1e-5

  discriminator = pair[1](4, conditioning)
  variables = jax.jit(discriminator.init)(jax.random.key(1), made, ATTRIBUTES)
  assert set(variables) == {'params'}  # nothing that mixes rows: penalties of a slope are for each row
  score = jax.jit(discriminator.apply)
  found = score(variables, made, ATTRIBUTES)
  assert found.shape == (3,)
  np.testing.assert_allclose(score(variables, made[1:2], ATTRIBUTES[1:2]), found[1:2], rtol=1e-3, atol=1e-4)
  assert np.abs(score(variables, made, moved)[0] - found[0]) > 1e-6


def test_layers_go_down_to_eight_steps_or_a_few_more():
  assert [scales(steps, 2) for steps in (5, 16, 29, 32, 128)] == [1, 1, 2, 2, 4]
  assert [scales(steps, 4) for steps in (16, 128, 1024, 2048, 4096)] == [1, 2, 3, 4, 4]


def test_phase_shuffle_moves_each_row_and_mirrors_its_ends():
  x = np.arange(8, dtype=np.float32)[None, :, None].repeat(200, 0)
  moved = np.asarray(jax.jit(lambda key: phase_shuffle(key, x, 2))(jax.random.key(0)))[..., 0]
  whole = np.array([2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 6, 5])
  wanted = np.stack([whole[n : n + 8] for n in range(5)])
  which = (moved[:, None] == wanted[None]).all(2)
  assert which.any(1).all()
  assert which.sum(0).min() > 20  # each of the five about 40 times


def test_the_wave_discriminator_shuffles_where_it_is_given_randomness():
  discriminator = WaveDiscriminator(4)
  x = np.random.default_rng(1).normal(size=(3, 130, 1)).astype(np.float32)
  variables = discriminator.init(jax.random.key(0), x, ATTRIBUTES)
  score = lambda seed: discriminator.apply(variables, x, ATTRIBUTES, rngs={'shuffle': jax.random.key(seed)})
  assert np.abs(score(0) - score(1)).max() > 1e-6
  np.testing.assert_array_equal(score(0), score(0))


def test_images_are_refused():
  with pytest.raises(InputError, match=r'series generator: \(8, 8, 1\) must be \(T, C\)'):
    SeriesGenerator((8, 8, 1)).init(jax.random.key(0), Z, ATTRIBUTES)
