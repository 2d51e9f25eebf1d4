"""Nothing leaves ball or box, measured without rounding; steps and projections are the best there are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq
from scipy.stats import kstest

from jaxaug.attacks import NORMS, ThreatModel, round_down, threat_model
from jaxaug.types import InputError

pytestmark = pytest.mark.optimized
SHAPE = (3, 3, 1)
PIXEL = st.one_of(st.sampled_from((0.0, 1.0, 1 / 255, 254 / 255)), st.floats(0, 1, width=32, allow_subnormal=False))
IMAGES = hnp.arrays(np.float32, SHAPE, elements=PIXEL.map(np.float32))
GRADIENTS = hnp.arrays(np.float32, SHAPE, elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False))
EPSILONS = st.one_of(st.sampled_from((8 / 255, 0.1, 0.3, 0.5, 1.5, 1e-4)), st.floats(1e-6, 3))
EACH = pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))


@functools.partial(jax.jit, static_argnums=0)
def walk(norm, epsilon, seed, image, gradient, step_size):
  """A start, a step from it before and after projection."""
  model = threat_model(norm, epsilon)
  start = model.init(jax.random.key(seed), image)
  moved = model.step(start, gradient, step_size)
  return start, moved, model.project(moved, image)


def distance(norm, image, origin):
  change = np.float64(image) - np.float64(origin)
  return {'linf': np.abs(change).max(), 'l2': np.sqrt((change**2).sum()), 'l1': np.abs(change).sum()}[norm]


@EACH
@given(
  image=IMAGES,
  gradient=GRADIENTS,
  epsilon=EPSILONS,
  step_size=st.sampled_from((0.0, 0.01, 0.1, 100.0)),
  seed=st.integers(0, 9999),
)
def test_start_and_step_stay_in_ball_and_box_exactly(norm, image, gradient, epsilon, step_size, seed):
  start, _, end = walk(norm, round_down(epsilon), seed, image, gradient, step_size)
  for point in (start, end):
    assert point.dtype == jnp.float32 and (point >= 0).all() and (point <= 1).all()
    assert distance(norm, point, image) <= epsilon


@EACH
@pytest.mark.parametrize('epsilon', (8 / 255, 0.3, 3.0))
def test_larger_images_stay_in_ball_and_box_exactly(norm, epsilon):
  rng = np.random.default_rng(0)
  image = rng.random((4, 28, 28, 3), np.float32)
  image[1] = image[1].round()
  gradient = np.float32(rng.normal(size=image.shape))
  gradient[2:] = np.sign(0.5 - image[2:])  # away from the box, so that the ball alone binds
  start, _, end = jax.vmap(lambda *a: walk(norm, round_down(epsilon), *a, 1.0))(np.arange(4), image, gradient)
  for point in (start, end):
    assert point.min() >= 0 and point.max() <= 1
    assert max(distance(norm, a, b) for a, b in zip(point, image)) <= epsilon


@EACH
@given(image=IMAGES, gradient=GRADIENTS, seed=st.integers(0, 9999))
def test_epsilon_0_returns_the_image_bit_for_bit(norm, image, gradient, seed):
  for point in walk(norm, np.float32(0), seed, image, gradient, 0.1)[::2]:
    assert np.asarray(point).tobytes() == image.tobytes()


@EACH
@given(image=IMAGES, gradient=GRADIENTS, epsilon=EPSILONS)
def test_projection_is_the_nearest_point_of_ball_and_box(norm, image, gradient, epsilon):
  _, moved, end = walk(norm, round_down(epsilon), 0, image, gradient, 0.7)
  change = np.float64(moved) - image
  if norm == 'linf':
    change = np.clip(change, -epsilon, epsilon)
  elif norm == 'l2':
    change *= min(1, epsilon / max(np.sqrt((change**2).sum()), 1e-30))
  else:
    room = np.where(change > 0, 1 - image, image)
    size = lambda shrink: np.clip(np.abs(change) - shrink, 0, room)
    excess = lambda shrink: size(shrink).sum() - epsilon
    shrink = brentq(excess, 0, np.abs(change).max()) if excess(0) > 0 else 0.0
    change = np.sign(change) * size(shrink)
  np.testing.assert_allclose(end, np.clip(image + change, 0, 1), atol=2e-6 + 6e-6 * epsilon)


def test_a_norm_measures_what_its_name_says():
  change = np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32)
  for norm in NORMS:
    np.testing.assert_allclose(threat_model(norm, 1.0).distance(change, 0 * change), distance(norm, change, 0), rtol=1e-6)


def test_projection_leaves_what_is_inside():
  image, inside = np.full(SHAPE, 0.5, np.float32), np.full(SHAPE, 0.58, np.float32)
  assert (threat_model('linf', 0.1).project(inside, image) == inside).all()
  np.testing.assert_allclose(threat_model('l2', 0.3).project(inside, image), inside, atol=1e-7)


@given(GRADIENTS, st.sampled_from((0.01, 2.0)))
def test_no_direction_of_the_same_length_climbs_higher(gradient, step_size):
  gain = lambda norm: (np.float64(gradient) * threat_model(norm, 1.0).step(jnp.zeros(SHAPE), gradient, step_size)).sum()
  exact = np.float64(gradient)
  np.testing.assert_allclose(gain('l1'), step_size * np.maximum(exact, 0).max(), rtol=1e-5)  # from black, no way down
  np.testing.assert_allclose(gain('linf'), step_size * np.abs(exact).sum(), rtol=1e-5)
  if np.abs(exact).max() > 1e-6 or not exact.any():
    np.testing.assert_allclose(gain('l2'), step_size * np.sqrt((exact**2).sum()), rtol=1e-5)


@pytest.mark.parametrize('size', (1e-14, 1e-20, 1e-30))
def test_an_l2_step_is_as_long_for_a_tiny_gradient(size):
  moved = threat_model('l2', 1.0).step(jnp.zeros(SHAPE), jnp.full(SHAPE, size), 0.5)
  np.testing.assert_allclose(distance('l2', moved, 0), 0.5, rtol=1e-4)


def test_linf_starts_fill_the_ball_evenly():
  image = np.full((10, 10, 1), 0.5, np.float32)
  starts = jax.vmap(lambda key: threat_model('linf', 0.2).init(key, image))(jax.random.split(jax.random.key(0), 20))
  noise = (np.float64(starts) - 0.5) / 0.2
  assert kstest(np.ravel(noise), 'uniform', (-1, 2)).pvalue > 1e-3
  assert len(np.unique(noise)) > 1900


def test_l2_starts_fill_the_ball_evenly():
  image, epsilon = np.full((2, 3, 1), 0.5, np.float32), 0.3
  draws = jax.vmap(lambda key: threat_model('l2', epsilon).init(key, image))(jax.random.split(jax.random.key(1), 2000))
  change = np.float64(draws).reshape(2000, 6) - 0.5
  length = np.sqrt((change**2).sum(-1)) / epsilon
  assert kstest(length**6, 'uniform').pvalue > 1e-3  # volume grows with the 6th power of the radius
  np.testing.assert_allclose(change.T @ change / 2000, np.eye(6) * epsilon**2 / 8, atol=1e-3)  # r^2 n / (n + 2) / n


def test_l1_starts_fill_the_ball_evenly():
  image, epsilon = np.full((2, 3, 1), 0.5, np.float32), 0.4
  draws = jax.vmap(lambda key: threat_model('l1', epsilon).init(key, image))(jax.random.split(jax.random.key(1), 4000))
  change = np.float64(draws).reshape(4000, 6) - 0.5
  length = np.abs(change).sum(-1) / epsilon
  assert kstest(length**6, 'uniform').pvalue > 1e-3
  share = np.abs(change[:, 0]) / epsilon / length  # of one of six: Dirichlet
  assert kstest(share, 'beta', (1, 5)).pvalue > 1e-3 and abs(np.sign(change).mean()) < 0.02


@EACH
def test_starts_may_be_normal_noise_inside_the_ball(norm):
  image = np.full((10, 10, 1), 0.5, np.float32)
  near, far = threat_model(norm, 0.4, noise=0.001), threat_model(norm, 0.4, noise=0.5)
  draw = lambda ball: jax.vmap(lambda key: ball.init(key, image))(jax.random.split(jax.random.key(0), 20))
  change = np.float64(draw(near)) - 0.5
  assert kstest(np.ravel(change) / 0.001, 'norm').pvalue > 1e-3
  assert all(distance(norm, start, image) <= 0.4 for start in np.asarray(draw(far)))


@EACH
def test_epsilon_may_be_traced_and_batched(norm):
  image, moved = np.full(SHAPE, 0.4, np.float32), np.full(SHAPE, 0.9, np.float32)
  epsilons = jnp.float32([0.0, 0.125, 0.25])
  many = jax.jit(jax.vmap(lambda epsilon: threat_model(norm, epsilon).project(moved, image)))(epsilons)
  for epsilon, end in zip((0.0, 0.125, 0.25), many):
    np.testing.assert_allclose(end, threat_model(norm, epsilon).project(moved, image), atol=1e-7)


@EACH
def test_other_bounds_are_kept(norm):
  model = threat_model(norm, 5.0 if norm == 'l1' else 0.5, (-1, 0.25))
  image, up = jnp.full(SHAPE, 0.2), jnp.ones(SHAPE)
  high = model.project(model.step(image, up, 9.0), image)
  low = model.project(model.step(image - 1.1, -up, 9.0), image - 1.1)
  assert 0.25 - 1e-6 < high.max() <= 0.25 and -1 <= low.min() < -1 + 1e-6


@pytest.mark.parametrize(
  'arguments, words',
  (
    (('l3', 0.1), "norm: 'l3' is unknown.*linf, l2, l1"),
    (('linf', -0.1), 'epsilon: -0.1'),
    (('linf', np.float32(-0.1)), 'epsilon: -0.1'),
    (('l2', jnp.float32(jnp.nan)), 'epsilon: nan'),
    (('l2', float('nan')), 'epsilon: nan'),
    (('l2', float('inf')), 'epsilon: inf'),
    (('linf', 0.1, (1.0, 0.0)), 'bounds'),
    (('linf', 0.1, (0.0, 0.0)), 'bounds'),
    (('linf', 0.1, (0.0, 1.0), -0.1), 'noise: -0.1'),
  ),
)
def test_bad_values_are_refused(arguments, words):
  with pytest.raises(InputError, match=words):
    threat_model(*arguments)


@given(st.floats(0, 1e6))
def test_round_down_is_the_largest_float32_below(value):
  rounded = round_down(value)
  assert rounded.dtype == np.float32 and float(rounded) <= value < float(np.nextafter(rounded, np.float32(np.inf)))
  assert threat_model('linf', value) == ThreatModel('linf', float(rounded), (0.0, 1.0))


def test_every_norm_is_tried_here():
  assert set(NORMS) == {'linf', 'l2', 'l1'}
