"""IBP: exact where intervals are, a hand-written bound, each operation against samples, never inside what is reached."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.certify import Bounds, ibp, linf_box
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
WEIGHT, BIAS = np.float32(RNG.normal(size=(9, 4))), np.float32(RNG.normal(size=(1, 4)))
FIRST, SECOND = np.float32(RNG.normal(size=(9, 16))), np.float32(RNG.normal(size=(16, 4)))
IMAGE = RNG.random((3, 3, 3, 1), np.float32)
NETWORKS = {
  'cnn': (models.create('cnn', 10, widths=(4, 6, 6, 8), hidden=16, mean=(0.3,), std=(0.2,)), (8, 8, 1)),
  'mlp': (models.create('mlp', 10, hidden=(32, 32), mean=(0.3,), std=(0.2,)), (4, 4, 1)),
  'preact_resnet': (models.create('preact_resnet', 10, depth=8), (8, 8, 1)),
}


def linear(image):
  return image.reshape(len(image), -1) @ WEIGHT + BIAS


def shallow(image):
  return nn.relu(image.reshape(len(image), -1) @ FIRST) @ SECOND


def network(name):
  """(logits_fn, image [2, H, W, C]) of a network with random weights, biases and running statistics."""
  module, shape = NETWORKS[name]
  random = np.random.default_rng(1)
  variables = jax.jit(module.init)(jax.random.key(0), jnp.zeros((1, *shape)))
  shaken = jax.tree.map(lambda a: a + np.float32(0.2) * random.random(a.shape, np.float32) * (a.ndim == 1), variables)
  return jax.jit(lambda image: module.apply(shaken, image)), random.random((2, *shape), np.float32)


def points(low, high, count, seed=0):
  """float32 [count, ...] in the box of one image: half corners, half anywhere."""
  random = np.random.default_rng(seed)
  share = random.random((count, *low.shape), np.float32)
  share[::2] = share[::2] > 0.5
  return np.clip(np.asarray(low) + share * np.asarray(high - low), low, high)


def reached(logits_fn, box, count):
  """(lowest, highest) logits [B, K] of `count` points in each box."""
  logits = [np.asarray(logits_fn(points(low, high, count))) for low, high in zip(*box)]
  return np.stack([z.min(0) for z in logits]), np.stack([z.max(0) for z in logits])


def test_a_linear_model_is_bounded_exactly():
  low, high = linf_box(IMAGE, 0.1)
  bounds = ibp(linear, low, high)
  centre, radius = (np.float64(high) + low) / 2, (np.float64(high) - low) / 2
  middle, spread = centre.reshape(3, 9) @ WEIGHT + BIAS, radius.reshape(3, 9) @ np.abs(WEIGHT)
  np.testing.assert_allclose(bounds.low, middle - spread, atol=2e-5)
  np.testing.assert_allclose(bounds.high, middle + spread, atol=2e-5)
  assert (bounds.low <= middle - spread).all() and (bounds.high >= middle + spread).all()


def test_one_hidden_layer_as_written_by_hand():
  low, high = (np.float64(end).reshape(3, 9) for end in linf_box(IMAGE, 0.05))
  split = lambda low, high, weight: (
    low @ np.maximum(weight, 0) + high @ np.minimum(weight, 0),
    high @ np.maximum(weight, 0) + low @ np.minimum(weight, 0),
  )
  hidden = (np.maximum(end, 0) for end in split(low, high, FIRST))
  for ours, expected in zip(ibp(shallow, *linf_box(IMAGE, 0.05)), split(*hidden, SECOND)):
    np.testing.assert_allclose(ours, expected, atol=5e-4)


@pytest.mark.parametrize('name', NETWORKS)
def test_no_point_in_the_ball_gets_outside(name):
  logits_fn, image = network(name)
  box = linf_box(image, 0.02)
  bounds = jax.jit(lambda low, high: ibp(logits_fn, low, high))(*box)
  lowest, highest = reached(logits_fn, box, 500 if name == 'preact_resnet' else 5000)
  assert (bounds.low <= lowest).all() and (bounds.high >= highest).all() and (highest > lowest).all()


def test_no_point_in_the_ball_gets_outside_on_the_golden_network(root, golden):
  variables = models.load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz')
  logits_fn = jax.jit(lambda image: models.CNN(10).apply(variables, image))
  box = linf_box(golden['image'][:2] / np.float32(255), 0.01)
  bounds = jax.jit(lambda low, high: ibp(logits_fn, low, high))(*box)
  lowest, highest = reached(logits_fn, box, 500)
  assert (bounds.low <= lowest).all() and (bounds.high >= highest).all()


@pytest.mark.parametrize('name', NETWORKS)
def test_epsilon_0_gives_the_logits_however_they_are_rounded(name):
  logits_fn, image = network(name)
  bounded = jax.jit(lambda low, high: ibp(logits_fn, low, high))
  bounds, wider = bounded(image, image), bounded(*linf_box(image, 0.01))
  one_by_one = jnp.concatenate([logits_fn(row[None]) for row in image])
  for logits in (logits_fn(image), one_by_one, jax.vmap(lambda row: logits_fn(row[None])[0])(image)):
    assert (bounds.low <= logits).all() and (logits <= bounds.high).all()
  assert (bounds.high - bounds.low).max() < 0.005 * (wider.high - wider.low).max()


def test_a_sum_that_cancels_is_inside_in_any_order():
  values = np.float32(np.random.default_rng(3).normal(size=64) * 1e4)
  weight = np.float32(np.random.default_rng(4).normal(size=(64, 1)))
  weight[-1] -= np.float32((values @ weight)[0] / values[-1])  # the sum is now far smaller than its terms
  summed = lambda image: (image * weight[:, 0][None]).sum(-1, keepdims=True)
  for logits_fn in (lambda image: image @ weight, summed):
    low, high = (float(end[0, 0]) for end in ibp(logits_fn, values[None], values[None]))
    for seed in range(20):
      order = np.random.default_rng(seed).permutation(64)
      total = np.float32(0)
      for i in order:
        total = np.float32(total + values[i] * weight[i, 0])
      assert low <= total <= high
    exact = np.float64(values) @ np.float64(weight[:, 0])
    assert low <= exact <= high and high - low < 1e-4 * np.abs(values).sum()


EXACT_RANGES = {
  'tanh': jnp.tanh,
  'sigmoid': nn.sigmoid,
  'exp': jnp.exp,
  'log': lambda x: jnp.log(x + 2),
  'sqrt': lambda x: jnp.sqrt(x + 2),
  'rsqrt': lambda x: jax.lax.rsqrt(x + 2),
  'square': lambda x: x**2,
  'product with itself': lambda x: x * x,
  'cube': lambda x: x**3,
  'absolute': jnp.abs,
  'reciprocal': lambda x: 1 / (x + 2),
  'inverse': lambda x: (x + 2) ** -1,
  'negative': lambda x: 3 - 2 * -x,
  'clip': lambda x: jnp.clip(x, -0.2, 0.3),
  'minimum': lambda x: jnp.minimum(0.1, x),
  'constant choice': lambda x: jnp.where(jnp.arange(4)[None] > 1, x, -x),
  'taken apart': lambda x: jnp.concatenate([x[:, ::-1], x[:, :2] * 0.5], 1)[:, 1:5],
  'padded': lambda x: jnp.pad(x, ((0, 0), (1, 0)), constant_values=7.0)[:, :4],
  'pooled': lambda x: jnp.repeat(nn.avg_pool(x[..., None], (2,), (2,))[..., 0], 2, 1),
  'highest': lambda x: jnp.repeat(nn.max_pool(x[..., None], (2,), (2,))[..., 0], 2, 1),
  'sum': lambda x: jnp.stack([x.sum(1), x.mean(1), x.max(1), x.min(1)], 1),
  'rematerialised': jax.checkpoint(lambda x: jnp.tanh(x) * 2),
  'jitted': jax.jit(lambda x: nn.relu(x) - 1),
}


@pytest.mark.parametrize('name', EXACT_RANGES)
def test_an_operation_gives_the_range_that_samples_fill(name):
  fn = EXACT_RANGES[name]
  low, high = jnp.float32([[-1.0, -0.5, 0.1, -1.2]]), jnp.float32([[0.5, -0.3, 0.2, 1.2]])
  bounds = jax.jit(lambda low, high: ibp(fn, low, high))(low, high)
  grid = np.float32(np.linspace(low[0], high[0], 1001))
  corners = points(low[0], high[0], 64)
  values = np.concatenate([np.asarray(fn(jnp.asarray(x))) for x in (grid, corners)])
  assert (bounds.low[0] <= values.min(0)).all() and (bounds.high[0] >= values.max(0)).all()
  np.testing.assert_allclose(bounds.low[0], values.min(0), atol=5e-4)
  np.testing.assert_allclose(bounds.high[0], values.max(0), atol=5e-4)


@pytest.mark.parametrize('fn', (nn.gelu, nn.silu, lambda x: x * x[:, ::-1], lambda x: x - x**2, nn.soft_sign), ids=range(5))
def test_a_value_that_is_used_twice_stays_inside(fn):
  low, high = jnp.float32([[-1.0, -0.5, 0.1, -1.2]]), jnp.float32([[0.5, -0.3, 0.2, 1.2]])
  values = np.asarray(fn(jnp.asarray(points(low[0], high[0], 2000))))
  bounds = ibp(fn, low, high)
  assert (bounds.low[0] <= values.min(0)).all() and (bounds.high[0] >= values.max(0)).all()


@jax.custom_vjp
def scaled(image, weight):
  return image * weight + 0.0


@jax.custom_vjp
def mirrored(image, weight):
  return image * weight * -1.0


@jax.custom_vjp
def shifted(image, weight):
  return image * weight + 1.0


@jax.custom_vjp
def crossed(image, weight):
  return image * weight - image[:, ::-1] * weight


@jax.custom_vjp
def rounded(image, weight):
  return jnp.round(image * weight)


@jax.custom_vjp
def squared(image, weight):
  return image * (image * weight)


def negated(weight):
  closed = jax.custom_vjp(lambda image: image * weight)
  closed.defvjp(lambda image: (closed(image), ()), lambda _, cotangent: (7 * cotangent,))
  return closed


for call in (scaled, mirrored, shifted, crossed, rounded, squared):  # gradients that are not theirs, to see whose is used
  call.defvjp(lambda image, weight: (image * weight, (weight,)), lambda saved, cotangent: (7 * cotangent, saved[0]))


@pytest.mark.parametrize('call', (scaled, mirrored, shifted, crossed, rounded, squared, None), ids=range(7))
def test_only_a_call_that_is_linear_keeps_its_own_gradient(call):
  weight = np.float32([[3.0, -2.0, 1.0, -4.0]])
  fn = (lambda image: call(image, weight)) if call else negated(weight)
  low, high = jnp.float32([[-1.0, -0.5, 0.1, -1.2]]), jnp.float32([[0.5, -0.3, 0.2, 1.2]])
  bounds = ibp(fn, low, high)
  values = np.asarray(fn(jnp.asarray(points(low[0], high[0], 2000))))
  assert (bounds.low[0] <= values.min(0)).all() and (bounds.high[0] >= values.max(0)).all()
  gradient = jax.grad(lambda shift: sum(end.sum() for end in ibp(fn, low + shift, high + shift)))(0.0)
  assert (abs(gradient - 2 * 4 * 7) < 1e-3) == (call in (scaled, None))


def test_a_call_of_two_moving_values_is_entered():
  total = jax.custom_vjp(lambda a, b: a + b)
  total.defvjp(lambda a, b: (a + b, ()), lambda _, cotangent: (cotangent, cotangent))
  low, high = jnp.float32([[-1.0, 2.0]]), jnp.float32([[1.0, 4.0]])
  np.testing.assert_allclose(ibp(lambda x: total(x, 2 * x), low, high).high, [[3.0, 12.0]], rtol=1e-5)


def test_a_quotient_through_zero_has_no_bounds():
  for fn in (lambda x: 1 / x, lambda x: x**-1):
    bounds = ibp(fn, jnp.float32([[-1.0, 1.0]]), jnp.float32([[1.0, 2.0]]))
    assert bounds.low[0, 0] == -jnp.inf and bounds.high[0, 0] == jnp.inf and 0.49 < bounds.low[0, 1] < 0.5


def test_bounds_grow_with_epsilon():
  logits_fn, image = network('cnn')
  bounds = jax.jit(jax.vmap(lambda epsilon: ibp(logits_fn, *linf_box(image, epsilon))))(jnp.float32([0, 0.001, 0.01, 0.1]))
  assert (jnp.diff(bounds.low, axis=0) < 0).all() and (jnp.diff(bounds.high, axis=0) > 0).all()
  again = jax.jit(lambda image: ibp(logits_fn, *linf_box(image, 0.01)))(image)  # one at a time
  np.testing.assert_allclose(again.low, bounds.low[2], rtol=1e-4, atol=1e-5)


def test_the_gradient_of_the_worst_loss_is_that_of_finite_differences():
  module, shape = NETWORKS['cnn']
  image, label = RNG.random((4, *shape), np.float32), jnp.arange(4)
  params = jax.jit(module.init)(jax.random.key(0), image)

  @jax.jit
  def loss(params):
    bounds = ibp(lambda image: module.apply(params, image), *linf_box(image, 0.01))
    worst = jnp.where(jax.nn.one_hot(label, 10) > 0, bounds.low, bounds.high)
    return -(jax.nn.log_softmax(worst) * jax.nn.one_hot(label, 10)).sum(-1).mean()

  gradient = jax.grad(loss)(params)
  assert all(np.isfinite(leaf).all() and np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(gradient))
  square = sum((leaf**2).sum() for leaf in jax.tree.leaves(gradient))
  step = 1e-3 / square**0.5
  moved = [loss(jax.tree.map(lambda p, g: p + sign * step * g, params, gradient)) for sign in (1, -1)]
  np.testing.assert_allclose((moved[0] - moved[1]) / (2 * step), square, rtol=0.05)


def test_weights_may_be_mapped_over():
  weights = jnp.stack([WEIGHT, 2 * WEIGHT])
  low, high = linf_box(IMAGE, 0.1)
  bounds = jax.vmap(lambda weight: ibp(lambda image: image.reshape(3, 9) @ weight, low, high))(weights)
  for i in range(2):
    np.testing.assert_allclose(bounds.low[i], ibp(lambda image: image.reshape(3, 9) @ weights[i], low, high).low, rtol=1e-5)


def test_what_does_not_depend_on_the_image_is_itself():
  constant = jnp.sort(jnp.float32([[3.0, 1.0, 2.0]]))
  bounds = ibp(lambda image: constant, *linf_box(IMAGE[:1], 0.1))
  assert isinstance(bounds, Bounds) and (bounds.low == constant).all() and (bounds.high == constant).all()
  moved = ibp(lambda image: image.reshape(1, 9)[:, :3] * jnp.sort(-constant), *linf_box(IMAGE[:1], 0.0))
  np.testing.assert_allclose(moved.low, IMAGE[:1].reshape(1, 9)[:, :3] * np.sort(-constant), rtol=1e-5)


def test_the_box_holds_the_whole_ball_and_no_more_than_the_box_of_pixels():
  image = np.float32([0.0, 0.003, 0.3, 0.7, 1.0, 0.98]).reshape(1, 2, 3, 1)
  low, high = linf_box(image, 0.1)
  exact = np.float64(image) - 0.1, np.float64(image) + 0.1
  np.testing.assert_allclose(low, np.clip(exact[0], 0, 1), atol=1e-6)
  np.testing.assert_allclose(high, np.clip(exact[1], 0, 1), atol=1e-6)
  assert (
    (low <= np.clip(exact[0], 0, 1)).all() and (high >= np.clip(exact[1], 0, 1)).all() and low.min() == 0 and high.max() == 1
  )


@pytest.mark.parametrize(
  'run, words',
  (
    (lambda: ibp(lambda x: jnp.sin(x), IMAGE, IMAGE), "'sin' is unknown"),
    (lambda: ibp(lambda x: jnp.where(x > 0, x, 0), IMAGE, IMAGE), "'gt' is unknown"),
    (lambda: ibp(lambda x: x[:, 0, :, 0] @ x[0, :, :, 0], IMAGE, IMAGE), 'dot_general of two values'),
    (lambda: ibp(lambda x: x.astype(jnp.bfloat16), IMAGE, IMAGE), 'bfloat16'),
    (lambda: ibp(linear, IMAGE, IMAGE[:2]), r'high float32 \[2, 3'),
    (lambda: ibp(linear, np.int32(IMAGE), np.int32(IMAGE)), 'low is int32'),
    (lambda: linf_box(IMAGE, np.float32(-0.1)), 'epsilon: -0.1'),
    (lambda: linf_box(IMAGE, float('nan')), 'epsilon: nan'),
    (lambda: linf_box(IMAGE, 0.1, (1.0, 0.0)), r'bounds: \(1.0, 0.0\)'),
    (lambda: linf_box(np.uint8(IMAGE), 0.1), 'image: is uint8'),
    (lambda: linf_box(2 * IMAGE - 1, 0.1), 'leave the bounds'),
    (lambda: linf_box(IMAGE, np.full(len(IMAGE), 0.1)), r'epsilon: \[\d+\], must be one number or \[\d+, 1'),
  ),
  ids=range(12),
)
def test_what_cannot_be_bounded_is_named(run, words):
  with pytest.raises(InputError, match=words):
    run()
