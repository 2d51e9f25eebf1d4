"""CROWN and what it certifies: a hand-written bound, exact where the network is linear, sound, never looser than IBP."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.attacks import margin, pgd, threat_model
from jaxaug.certify import certified_margin, crown, ibp, linf_box, verified
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
FIRST, SECOND = np.float32(RNG.normal(size=(9, 16))), np.float32(RNG.normal(size=(16, 4)))
SHIFT, END = np.float32(RNG.normal(size=(1, 16))), np.float32(RNG.normal(size=(1, 4)))
IMAGE = RNG.random((3, 3, 3, 1), np.float32)
LABEL = jnp.array([0, 3, 2])
SIDE = np.float32(RNG.normal(size=(16, 16)) / 4)


def shallow(image):
  return nn.relu(image.reshape(len(image), -1) @ FIRST + SHIFT) @ SECOND + END


def curved(image):
  return jnp.tanh(nn.relu(image.reshape(len(image), -1) @ FIRST + SHIFT)) @ SECOND


def residual(image):
  x = nn.relu(image.reshape(len(image), -1) @ FIRST + SHIFT)
  return nn.relu(x + nn.relu(x @ SIDE) @ SIDE) @ SECOND


def network(name):
  """(logits_fn, image [2, H, W, C]) with random weights and biases."""
  random = np.random.default_rng(1)
  if name == 'residual':
    return residual, random.random((2, 3, 3, 1), np.float32)
  hyper = {'cnn': {'widths': (2, 6, 6, 6), 'hidden': 16, 'mean': (0.3,), 'std': (0.2,)}, 'mlp': {'hidden': (32, 32, 32)}}
  module, image = models.create(name, 10, **hyper[name]), random.random((2, 8, 8, 1), np.float32)
  variables = jax.jit(module.init)(jax.random.key(0), image)
  shaken = jax.tree.map(lambda a: a + np.float32(0.2) * random.random(a.shape, np.float32) * (a.ndim == 1), variables)
  return jax.jit(lambda image: module.apply(shaken, image)), image


def golden_network(root):
  variables = models.load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz')
  return jax.jit(lambda image: models.CNN(10).apply(variables, image))


def points(low, high, count):
  """float32 [count, ...] in the box of one image: half corners, half anywhere."""
  random = np.random.default_rng(0)
  share = random.random((count, *low.shape), np.float32)
  share[::2] = share[::2] > 0.5
  return np.clip(np.asarray(low) + share * np.asarray(high - low), low, high)


def differences(label, classes):
  """[K - 1, K], rows e_label - e_k in the order of `certified_margin`."""
  others = [(label + 1 + k) % classes for k in range(classes - 1)]
  return np.eye(classes, dtype=np.float32)[[label]] - np.eye(classes, dtype=np.float32)[others]


def hidden_bounds(epsilon):
  """float64 low, high [3, 16] before the ReLU of `shallow`, and the pixels' centre and radius [3, 9]."""
  low, high = (np.float64(end).reshape(3, 9) for end in linf_box(IMAGE, epsilon))
  centre, radius = (high + low) / 2, (high - low) / 2
  middle, spread = centre @ FIRST + SHIFT, radius @ np.abs(FIRST)
  return middle - spread, middle + spread, centre, radius


def test_the_margins_of_ibp_are_those_with_the_last_layer_merged():
  low, high, _, _ = hidden_bounds(0.03)
  margins = jax.jit(lambda image: certified_margin(shallow, image, LABEL, 0.03))(IMAGE)
  for i, label in enumerate(LABEL):
    rows = differences(int(label), 4)
    weight = rows @ SECOND.T
    expected = np.maximum(weight, 0) @ np.maximum(low[i], 0) + np.minimum(weight, 0) @ np.maximum(high[i], 0) + rows @ END[0]
    np.testing.assert_allclose(margins[i], expected, atol=1e-3)
  apart = ibp(shallow, *linf_box(IMAGE, 0.03))
  best = apart.low[0, 0] - apart.high[0, 1:]
  assert (margins[0] > best + 0.1).all()


def test_one_hidden_layer_as_written_by_hand():
  low, high, centre, radius = hidden_bounds(0.1)
  margins = jax.jit(lambda image: certified_margin(shallow, image, LABEL, 0.1, method='crown'))(IMAGE)
  crossing, better = (low < 0) & (high > 0), 0
  for i, label in enumerate(LABEL):
    rows = differences(int(label), 4)
    weight = rows @ SECOND.T
    slope = np.where(crossing[i], high[i] / (high[i] - low[i]), low[i] >= 0)
    lower = np.where(crossing[i], high[i] >= -low[i], low[i] >= 0)
    back = np.maximum(weight, 0) * lower + np.minimum(weight, 0) * slope
    constant = -(np.minimum(weight, 0) * slope * np.where(crossing[i], low[i], 0)).sum(-1) + rows @ END[0] + back @ SHIFT[0]
    to_image = back @ FIRST.T
    lines = to_image @ centre[i] - np.abs(to_image) @ radius[i] + constant
    intervals = (
      np.maximum(weight, 0) @ np.maximum(low[i], 0) + np.minimum(weight, 0) @ np.maximum(high[i], 0) + rows @ END[0]
    )
    np.testing.assert_allclose(margins[i], np.maximum(lines, intervals), atol=1e-3)
    better += (lines > intervals).sum()
  assert crossing.any(-1).all() and better > 3


def test_it_is_exact_where_no_relu_changes_sides():
  bounds = jax.jit(lambda low, high: crown(shallow, low, high))(*linf_box(IMAGE, 1e-4))
  low, high, _, radius = hidden_bounds(1e-4)
  assert not ((low < 0) & (high > 0)).any()
  gradient = jax.vmap(jax.jacobian(lambda image: shallow(image[None])[0]))(jnp.asarray(IMAGE)).reshape(3, 4, 9)
  box = [np.asarray(end).reshape(3, 9) for end in linf_box(IMAGE, 1e-4)]
  centre = shallow(((box[0] + box[1]) / 2).reshape(IMAGE.shape))
  spread = np.einsum('bkp,bp->bk', np.abs(gradient), radius)
  np.testing.assert_allclose(bounds.low, centre - spread, atol=1e-3)
  np.testing.assert_allclose(bounds.high, centre + spread, atol=1e-3)


@pytest.mark.parametrize('name', ('cnn', 'mlp', 'residual'))
def test_it_is_sound_and_no_looser_than_ibp(name):
  logits_fn, image = network(name)
  box = linf_box(image, 0.02)
  linear, interval = jax.jit(lambda low, high: (crown(logits_fn, low, high), ibp(logits_fn, low, high)))(*box)
  for i, (low, high) in enumerate(zip(*box)):
    logits = np.asarray(logits_fn(points(low, high, 5000)))
    assert (linear.low[i] <= logits.min(0)).all() and (linear.high[i] >= logits.max(0)).all()
  slack = 1e-4 * (interval.high - interval.low)
  assert (linear.low >= interval.low - slack).all() and (linear.high <= interval.high + slack).all()
  assert (linear.high - linear.low).mean() < 0.9 * (interval.high - interval.low).mean()


def test_it_is_sound_and_tighter_on_the_golden_network(root, golden):
  logits_fn = golden_network(root)
  box = linf_box(golden['image'][:2] / np.float32(255), 0.01)
  linear, interval = jax.jit(lambda low, high: (crown(logits_fn, low, high), ibp(logits_fn, low, high)))(*box)
  for i, (low, high) in enumerate(zip(*box)):
    logits = np.asarray(logits_fn(points(low, high, 500)))
    assert (linear.low[i] <= logits.min(0)).all() and (linear.high[i] >= logits.max(0)).all()
  assert (linear.high - linear.low).mean() < 0.8 * (interval.high - interval.low).mean()


def test_what_is_no_relu_ends_the_way_back_with_its_own_bounds():
  box = linf_box(IMAGE, 0.05)
  bounds, interval = jax.jit(lambda low, high: (crown(curved, low, high), ibp(curved, low, high)))(*box)
  for i, (low, high) in enumerate(zip(*box)):
    logits = np.asarray(curved(points(low, high, 5000)))
    assert (bounds.low[i] <= logits.min(0)).all() and (bounds.high[i] >= logits.max(0)).all()
  np.testing.assert_allclose(bounds.low, interval.low, atol=1e-4)


def test_other_affine_steps_are_carried_back_exactly():
  def logits_fn(image):
    x = jnp.concatenate([image[:, ::-1], 2 - image / 4], 2).transpose(0, 2, 1, 3)
    x = jnp.pad(x, ((0, 0), (1, 0), (0, 0), (0, 0)), constant_values=0.5) - image.mean((1, 2, 3), keepdims=True)
    x = nn.avg_pool(x, (2, 2), (1, 1)) + jnp.where(jnp.arange(2).reshape(1, 1, 2, 1) > 0, x[:, 1:, 1:], -x[:, 1:, :2])
    return x.reshape(len(x), -1)[:, :5]

  gradient = jax.vmap(jax.jacobian(lambda image: logits_fn(image[None])[0]))(jnp.asarray(IMAGE)).reshape(3, 5, 9)
  low, high = linf_box(IMAGE, 0.1)
  centre, radius = (low + high) / 2, ((high - low) / 2).reshape(3, 9)
  spread = np.einsum('bkp,bp->bk', np.abs(gradient), radius)
  bounds = jax.jit(lambda low, high: crown(logits_fn, low, high))(low, high)
  np.testing.assert_allclose(bounds.low, logits_fn(centre) - spread, atol=3e-5)
  np.testing.assert_allclose(bounds.high, logits_fn(centre) + spread, atol=3e-5)


def test_a_call_is_carried_back_by_what_it_computes_not_by_its_own_gradient():
  product = jax.custom_vjp(lambda image, weight: image @ weight)
  product.defvjp(
    lambda image, weight: (image @ weight, weight), lambda weight, cotangent: (7 * cotangent @ weight.T, weight)
  )
  low, high = linf_box(IMAGE, 0.1)
  bounds = crown(lambda image: product(image.reshape(len(image), -1), FIRST[:, :4]), low, high)
  middle, spread = ((high + low) / 2).reshape(3, 9) @ FIRST[:, :4], ((high - low) / 2).reshape(3, 9) @ np.abs(FIRST[:, :4])
  np.testing.assert_allclose(bounds.low, middle - spread, atol=1e-4)
  np.testing.assert_allclose(bounds.high, middle + spread, atol=1e-4)


def test_pixels_and_constants_as_logits():
  low, high = linf_box(IMAGE, 0.1)
  bounds = crown(lambda image: image.reshape(len(image), -1), low, high)
  np.testing.assert_allclose(bounds.low, low.reshape(3, 9), atol=1e-5)
  constant = jnp.arange(4.0)[None]
  upper = crown(lambda image: jnp.zeros((len(image), 1)) + constant, low, high).high
  np.testing.assert_allclose(upper, np.repeat(constant, 3, 0), rtol=1e-4, atol=1e-20)


def test_epsilon_0_gives_the_logits_and_bounds_grow_with_epsilon():
  logits_fn, image = network('mlp')
  bounds = jax.jit(jax.vmap(lambda epsilon: crown(logits_fn, *linf_box(image, epsilon))))(jnp.float32([0, 0.001, 0.01, 0.1]))
  logits = logits_fn(image)
  assert (bounds.low[0] <= logits).all() and (logits <= bounds.high[0]).all()
  assert (bounds.high[0] - bounds.low[0]).max() < 1e-3
  assert (jnp.diff(bounds.low, axis=0) < 0).all() and (jnp.diff(bounds.high, axis=0) > 0).all()


@pytest.mark.parametrize('method', ('ibp', 'crown'))
def test_pgd_finds_nothing_where_it_is_verified(method):
  image = np.random.default_rng(5).random((64, 3, 3, 1), np.float32)
  label = shallow(image).argmax(-1)
  attack = pgd(threat_model('linf', 0.1), steps=20, step_size=0.02, loss=margin, unroll=False)
  batch = {'image': jnp.asarray(image), 'label': jax.nn.one_hot(label, 4), 'id': jnp.arange(64)}
  moved = jax.jit(lambda key: attack(key, batch, models.as_model(shallow))['image'])(jax.random.key(0))
  fooled = shallow(moved).argmax(-1) != label
  sure = jax.jit(lambda image, label: verified(shallow, image, label, 0.1, method=method))(image, label)
  assert not (sure & fooled).any() and fooled.sum() > 5 and sure.sum() > 5


def test_the_golden_network_is_verified_at_small_radii_and_more_so_by_crown(root, golden):
  logits_fn = golden_network(root)
  image, label = golden['image'][:20] / np.float32(255), jnp.asarray(golden['label'][:20], jnp.int32)
  margins = jax.jit(
    lambda epsilon: [certified_margin(logits_fn, image, label, epsilon, method=method) for method in ('ibp', 'crown')]
  )
  interval, linear = margins(5e-4)
  assert (linear >= interval - 1e-4).all()
  clean = np.asarray(logits_fn(image)).argmax(-1) == label
  shares = [np.asarray((each > 0).all(-1)) for each in (interval, linear)]
  assert 0.2 < shares[0].mean() < shares[1].mean() <= clean.mean() and not (shares[1] & ~clean).any()


def test_a_wrong_label_and_one_that_is_no_class_are_never_verified():
  label = shallow(IMAGE).argmax(-1)
  assert verified(shallow, IMAGE, label, 0.0, method='crown').all()
  for wrong in ((label + 1) % 4, label - 4, label + 4):
    assert not verified(shallow, IMAGE, wrong, 0.0).any()


def test_a_row_is_bounded_alike_in_any_batch_and_the_specification_is_linear():
  box = linf_box(IMAGE, 0.05)
  bounded = jax.jit(lambda low, high, specification=None: crown(shallow, low, high, specification))
  whole = bounded(*box)
  np.testing.assert_allclose(bounded(box.low[1:2], box.high[1:2]).low, whole.low[1:2], atol=1e-5)
  flipped = bounded(*box, jnp.broadcast_to(-2 * jnp.eye(4), (3, 4, 4)))
  np.testing.assert_allclose(flipped.low, -2 * whole.high, atol=1e-5)


def test_the_gradient_of_the_margins_is_that_of_finite_differences():
  def loss(weights):
    logits_fn = lambda image: nn.relu(image.reshape(len(image), -1) @ weights[0] + SHIFT) @ weights[1]
    return jax.nn.softplus(-certified_margin(logits_fn, IMAGE, LABEL, 0.05, method='crown')).mean()

  weights, loss = [jnp.asarray(FIRST), jnp.asarray(SECOND)], jax.jit(loss)
  gradient = jax.jit(jax.grad(loss))(weights)
  assert all(np.isfinite(leaf).all() and np.abs(leaf).max() > 0 for leaf in gradient)
  square = sum((leaf**2).sum() for leaf in gradient)
  step = 1e-3 / square**0.5
  moved = [loss([w + sign * step * g for w, g in zip(weights, gradient)]) for sign in (1, -1)]
  np.testing.assert_allclose((moved[0] - moved[1]) / (2 * step), square, rtol=0.05)


def test_the_gradient_of_the_margins_has_a_gradient():
  def loss(weights):
    logits_fn = lambda image: nn.relu(image.reshape(len(image), -1) @ weights + SHIFT) @ SECOND
    return certified_margin(logits_fn, IMAGE[:1], LABEL[:1], 0.15, method='crown').sum()

  weights, square = jnp.asarray(FIRST), jax.jit(lambda w: (jax.grad(loss)(w) ** 2).sum())
  way = np.float32(RNG.normal(size=FIRST.shape))
  slope = (jax.jit(jax.grad(square))(weights) * way).sum()
  both = [square(weights + sign * 1e-3 * way) for sign in (1, -1)]
  np.testing.assert_allclose(slope, (both[0] - both[1]) / 2e-3, rtol=0.1)


def test_no_rows_have_no_bounds():
  logits_fn, image = network('cnn')
  assert crown(logits_fn, image, image, jnp.zeros((2, 0, 10))).low.shape == (2, 0)


def test_a_known_image_inside_of_jit():
  inside = jax.jit(
    lambda weights: certified_margin(lambda x: x.reshape(len(x), -1) @ weights, jnp.asarray(IMAGE), LABEL, 0.1)
  )
  assert np.isfinite(inside(FIRST[:, :4])).all()


@pytest.mark.parametrize(
  'run, words',
  (
    (lambda: verified(shallow, IMAGE, LABEL, 0.1, method='crwn'), "method: 'crwn' .*Did you mean 'crown'"),
    (lambda: verified(shallow, IMAGE, LABEL, -1), 'epsilon: -1'),
    (lambda: verified(shallow, IMAGE, LABEL, 0.1, (1, 0)), 'bounds'),
    (lambda: verified(shallow, IMAGE, LABEL[:2], 0.1), r'label: int32 \[2\]'),
    (lambda: verified(shallow, IMAGE, jnp.eye(4)[LABEL], 0.1), r'label: float32 \[3, 4\]'),
    (lambda: verified(jnp.sin, IMAGE[:, 0, :, 0], LABEL, 0.1, method='crown'), "'sin' is unknown"),
    (lambda: crown(shallow, IMAGE, IMAGE[:1]), 'crown: low'),
    (lambda: crown(shallow, IMAGE, IMAGE, jnp.eye(4)), r'crown.specification: \[4, 4\]'),
  ),
  ids=range(8),
)
def test_what_cannot_be_bounded_is_named(run, words):
  with pytest.raises(InputError, match=words):
    run()


def test_one_class_and_images_outside_of_the_pixels_are_not_certified():
  with pytest.raises(InputError, match='gives 1 class'):
    certified_margin(lambda image: image.sum((1, 2, 3))[:, None], IMAGE, np.zeros(3, np.int32), 0.1)
  steep = lambda image: jnp.stack([9 * image.sum((1, 2, 3)), image.sum((1, 2, 3))], -1)
  image = np.stack([IMAGE[0], IMAGE[0] + 2])
  assert jax.jit(lambda image: verified(steep, image, np.zeros(2, np.int32), 0.01))(image).tolist() == [True, False]


def test_a_way_back_without_a_bound_leaves_that_of_ibp():
  shallow = lambda image: jax.nn.relu(jnp.maximum(image.reshape(len(image), -1), -jnp.inf)) @ np.ones((9, 2), np.float32)
  box = linf_box(IMAGE, 0.1)
  assert all(np.isfinite(end).all() for end in crown(shallow, *box))
