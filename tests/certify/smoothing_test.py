"""Smoothing: SciPy's quantiles, the exact radius of a linear model, never above it."""

import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom, norm

from jaxaug.certify import lower_bound, smooth, smoothed_radius
from jaxaug.types import InputError

WEIGHTS = np.float32([1.0, -2.0, 2.0, 4.0])  # length 5


def linear(image):
  """Two classes; the distance to the boundary is |w x| / 5."""
  value = image.reshape(len(image), -1) @ WEIGHTS
  return jnp.stack([value, jnp.zeros_like(value)], -1)


def at(distance):
  """An image of that L2 distance from the boundary, on the side of class 0."""
  return (distance / 5 * WEIGHTS).reshape(2, 2, 1)


def test_the_published_radius():
  assert abs(smoothed_radius(99_000, 100_000, 0.25, 0.001) - 0.5725) < 5e-5


@pytest.mark.parametrize('hits, trials, alpha', ((990, 1000, 0.001), (1, 10, 0.05), (10, 10, 0.01), (600, 1000, 0.2)))
def test_the_bound_is_where_so_many_hits_are_that_unlikely(hits, trials, alpha):
  bound = lower_bound(hits, trials, alpha)
  np.testing.assert_allclose(binom.sf(hits - 1, trials, bound), alpha, rtol=1e-9)
  assert lower_bound(0, trials, alpha) == 0 and smoothed_radius(trials // 2, trials, 1.0, alpha) == 0


def test_the_radius_of_a_linear_model_is_nearly_its_distance_and_never_more():
  distances = np.array([0.05, 0.2, 0.4])
  predictions, radii = smooth(linear, np.stack([at(d) for d in distances]), sigma=0.25, n=20_000, key=jax.random.key(0))
  assert (predictions == 0).all() and (radii <= distances).all()
  p = norm.cdf(distances / 0.25)
  expected = smoothed_radius(np.round(p * 20_000).astype(int), 20_000, 0.25, 0.001)
  np.testing.assert_allclose(radii, expected, atol=0.012)


def test_one_image_the_other_side_and_the_boundary():
  run = lambda image, **k: smooth(
    linear, image, **{'sigma': 0.25, 'n': 2000, 'batch_size': 300, 'key': jax.random.key(1), **k}
  )
  prediction, radius = run(-at(0.3))
  assert prediction == 1 and prediction.shape == () and 0.2 < radius < 0.3
  assert tuple(run(at(0.0))) == (-1, 0.0)
  assert run(at(0.3)) == run(at(0.3)) and run(at(0.3))[1] != run(at(0.3), key=jax.random.key(2))[1]


@pytest.mark.parametrize(
  'keywords, words',
  (
    ({'sigma': 0.0}, 'sigma 0.0'),
    ({'n': 0}, 'n 0'),
    ({'alpha': 1.0}, 'alpha 1.0'),
    ({'image': np.zeros((2, 2), np.float32)}, 'smooth.image'),
    ({'image': np.zeros((2, 2, 1), np.uint8)}, 'uint8'),
  ),
)
def test_bad_input_is_named(keywords, words):
  with pytest.raises(InputError, match=words):
    smooth(linear, **{'image': at(0.1), 'sigma': 0.25, 'key': jax.random.key(0), **keywords})


def test_one_class_has_no_radius():
  with pytest.raises(InputError, match='gives 1 class'):
    smooth(lambda image: image.sum((1, 2, 3))[:, None], np.zeros((4, 4, 1), np.float32), sigma=0.25, key=jax.random.key(0))


def test_answers_that_are_no_number_certify_nothing():
  broken = lambda image: jnp.where(image.reshape(len(image), -1)[:, :1] > 2, linear(image), jnp.nan)
  assert tuple(smooth(broken, at(0.3), sigma=0.25, n=500, key=jax.random.key(0))) == (-1, 0.0)


def test_copies_are_counted_alike_on_any_number_of_devices():
  key = jax.random.key(3)
  mark = np.uint32(zlib.crc32(at(0.2).tobytes()))
  counting = jax.random.split(jax.random.fold_in(key, mark))[1]
  noise = [jax.random.normal(jax.random.fold_in(counting, batch), (300, 2, 2, 1)) for batch in range(3)]
  noisy = at(0.2)[None] + 0.25 * jnp.concatenate(noise)[:700]  # three batches, the last one cut, on two devices
  hits = int((linear(noisy).argmax(-1) == 0).sum())
  _, radius = smooth(linear, at(0.2), sigma=0.25, n=700, key=key, batch_size=300)
  assert radius == smoothed_radius(hits, 700, 0.25, 0.001)


def test_an_image_has_its_radius_in_any_order_and_batch():
  images = np.stack([at(d) for d in (0.1, -0.2, 0.3)])
  run = lambda image: smooth(linear, image, sigma=0.25, n=500, batch_size=300, key=jax.random.key(2))
  prediction, radius = run(images)
  assert (run(images[::-1])[0] == prediction[::-1]).all() and (run(images[::-1])[1] == radius[::-1]).all()
  assert run(images[2]) == (prediction[2], radius[2])
