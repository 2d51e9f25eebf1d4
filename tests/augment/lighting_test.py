"""Light on grey images shows what was drawn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

GREY = 0.4
BATCH = {'image': jnp.full((64, 20, 16, 3), GREY)}
STILL = dict(gain=(1.0, 1.0), tint=0.0, gamma=(1.0, 1.0), gradient=0.0, spot=0.0)


def drawn(batch=BATCH, **settings):
  make = augment.random_lighting(**(STILL | settings))
  return np.asarray(jax.jit(lambda key: make(key, batch, None)['image'])(jax.random.key(0)))


def spans(values, low, high):
  """Whether values lie in a range and come near its ends."""
  margin = 0.1 * (high - low)
  return low - 1e-4 <= values.min() < low + margin and high - margin < values.max() <= high + 1e-4


def test_gain():
  light = drawn(gain=(0.5, 1.5)) / GREY
  assert np.ptp(light, (1, 2, 3)).max() < 1e-5 and spans(light[:, 0, 0, 0], 0.5, 1.5)


def test_tint_is_of_channels_and_leaves_grey_images():
  light = drawn(tint=0.3) / GREY
  assert np.ptp(light, (1, 2)).max() < 1e-5 and spans(light[:, 0, 0], 0.7, 1.3)
  assert np.ptp(light[:, 0, 0], 1).min() > 0
  grey = {'image': BATCH['image'][:8, ..., :1]}
  assert (drawn(grey, tint=0.3) == grey['image']).all()


def test_gamma():
  assert spans(np.log(drawn(gamma=(0.5, 2.0))) / np.log(GREY), 0.5, 2.0)


def test_gradient_is_a_plane_in_any_direction():
  light = drawn(gradient=0.5)[..., 0] / GREY
  assert np.abs(np.diff(light, 2, 1)).max() < 1e-5 and np.abs(np.diff(light, 2, 2)).max() < 1e-5
  assert np.allclose(light.mean((1, 2)), 1, atol=1e-5) and 0.5 <= light.min() < 0.6 and 1.4 < light.max() <= 1.5
  turns = np.arctan2(light[:, 1, 0] - light[:, 0, 0], light[:, 0, 1] - light[:, 0, 0])
  assert all(((low <= turns) & (turns < low + np.pi / 2)).any() for low in (-np.pi, -np.pi / 2, 0, np.pi / 2))


def test_spots_are_light_and_shadow():
  light = drawn(spot=0.6, spot_radius=(0.2, 0.2))[..., 0] / GREY
  excess = (light - 1).reshape(64, -1)
  strongest = np.take_along_axis(excess, np.abs(excess).argmax(1)[:, None], 1)[:, 0]
  assert spans(strongest, -0.6, 0.6) and (excess * np.sign(strongest)[:, None] > -1e-5).all()
  assert len(set(np.abs(excess).argmax(1))) > 30 and (np.abs(excess).min(1) < 0.02).all()


def test_compiled_is_the_same_and_uint8_rounds_it():
  image = jnp.asarray(np.random.default_rng(0).integers(0, 256, (4, 16, 20, 3), np.uint8))
  run = lambda image: augment.random_lighting()(jax.random.key(5), {'image': image}, None)['image']
  eager, compiled, pixels = run(image / 255.0), jax.jit(run)(image / 255.0), run(image)
  assert np.allclose(eager, compiled, atol=1e-5) and pixels.dtype == np.uint8
  assert np.abs(np.asarray(pixels) / 255.0 - eager).max() < 0.51 / 255


@pytest.mark.parametrize(
  'settings',
  (
    dict(gain=(1.0, 0.5)),
    dict(tint=-0.1),
    dict(gamma=(0.0, 1.0)),
    dict(gradient=2.0),
    dict(spot=3),
    dict(spot_radius=(0, 1)),
  ),
)
def test_bad_arguments_are_named(settings):
  with pytest.raises(InputError, match=f'random_lighting.{next(iter(settings))}:'):
    augment.random_lighting(**settings)
