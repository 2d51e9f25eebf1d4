"""Square: in ball and box, never worse, sees no gradient, the reference's sizes and shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import margin, square, threat_model
from jaxaug.attacks.machine import Rows, choose
from jaxaug.attacks.square import _linf_search, bump, pattern, sides, square_machine
from jaxaug.models import as_model
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
WEIGHTS = np.float32(RNG.normal(size=(12 * 12 * 2, 3)))
IMAGE = RNG.random((6, 12, 12, 2), np.float32).round(1)
LABEL = np.eye(3, dtype=np.float32)[np.arange(6) % 3]
EACH = pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
EPSILON = {'linf': 0.1, 'l2': 0.6, 'l1': 4.0}
ROWS = Rows(jax.random.split(jax.random.key(0), 6), IMAGE, LABEL, np.zeros((6, 1), np.int32))


def far(image):  # a step function: its gradient is zero everywhere
  return jnp.floor(64 * (image.reshape(len(image), -1) @ WEIGHTS)) / 64 + 999 * LABEL


@EACH
def test_margins_rise_inside_ball_and_box(norm):
  machine = square_machine(threat_model(norm, EPSILON[norm]), IMAGE.shape[1:], 60)
  step = jax.jit(lambda state: machine.step(far, state, ROWS))
  state, margins = machine.start(ROWS), []
  for _ in range(machine.steps):
    state = step(state)
    margins.append(np.asarray(state.margin))
    change = np.float64(state.image) - IMAGE
    length = {
      'linf': np.abs(change).max((1, 2, 3)),
      'l2': np.sqrt((change**2).sum((1, 2, 3))),
      'l1': np.abs(change).sum((1, 2, 3)),
    }
    assert (length[norm] <= EPSILON[norm]).all() and state.image.min() >= 0 and state.image.max() <= 1
  assert (np.diff(margins, axis=0) >= 0).all() and (margins[-1] > margins[0] + 0.3).all()
  assert state.ended.all() and not state.fooled.any()
  np.testing.assert_allclose(margins[-1], margin(far(state.image), LABEL), atol=1e-4)


@pytest.mark.parametrize('norm', ('l2', 'l1'))
def test_five_pixels_a_side_are_enough(norm):
  image, weights = IMAGE[:, :5, :5], WEIGHTS[:50]
  ball, model = threat_model(norm, EPSILON[norm]), as_model(lambda image: image.reshape(len(image), -1) @ weights)
  right = np.eye(3, dtype=np.float32)[np.asarray(model.logits({'image': image})).argmax(-1)]
  rise = square(ball, queries=60)
  moved = jax.jit(lambda batch: rise(jax.random.key(0), batch, model)['image'])({'image': image, 'label': right})
  change = np.float64(moved) - image
  length = np.sqrt((change**2).sum((1, 2, 3))) if norm == 'l2' else np.abs(change).sum((1, 2, 3))
  assert (length <= EPSILON[norm]).all() and np.isfinite(moved).all()
  before, after = (np.asarray(margin(model.logits({'image': x}), right)) for x in (image, moved))
  assert (after > before).all()


@pytest.mark.parametrize('shape', ((50, 5), (5, 50)))
def test_images_may_be_long(shape):
  image = np.full((1, *shape, 1), 0.5, np.float32)
  model = as_model(lambda image: jnp.stack([image[:, 0, 0, 0], image[:, -1, -1, 0]], -1))
  batch = {'image': image, 'label': np.eye(2)[:1]}
  moved = jax.jit(lambda key: square(threat_model('l2', 0.5), queries=5)(key, batch, model))(jax.random.key(0))
  assert np.isfinite(moved['image']).all() and (np.asarray(moved['image']) != image).any()


@EACH
def test_a_row_depends_on_itself_alone_and_zero_changes_nothing(norm):
  near = as_model(lambda image: image.reshape(len(image), -1) @ WEIGHTS)
  run = jax.jit(lambda batch: square(threat_model(norm, EPSILON[norm]), queries=30)(jax.random.key(3), batch, near)['image'])
  batch = {'image': IMAGE, 'label': LABEL, 'id': np.arange(20, 26)}
  order = np.array([5, 2, 0, 1, 3, 4])
  whole = np.asarray(run(batch))
  np.testing.assert_allclose(run({k: v[order] for k, v in batch.items()}), whole[order], atol=1e-6)
  still = square(threat_model(norm, 0.0), queries=2)(jax.random.key(3), batch, near)['image']
  assert np.asarray(still).tobytes() == IMAGE.tobytes()


def test_linf_starts_with_stripes_and_paints_squares_of_two_epsilon():
  machine = square_machine(threat_model('linf', 0.1), (12, 12, 2), 400)
  rows = ROWS._replace(origin=np.full_like(IMAGE, 0.5))
  step = jax.jit(lambda state: machine.step(far, state, rows))
  first = step(machine.start(rows))
  change = np.asarray(first.image) - 0.5
  assert np.allclose(np.abs(change), 0.1, atol=1e-6) and (change == change[:, :1]).all()
  places = set()
  state = first
  for _ in range(100):
    after = step(state)
    differ = np.abs(np.asarray(after.image - state.image))
    for one, at in zip(differ, np.asarray(state.evaluations)):
      rows_, columns, _ = np.nonzero(one > 1e-6)
      side = sides(400, 12, 12, 0.8, 'linf')[at - 1]
      if len(rows_):
        assert np.ptp(rows_) < side and np.ptp(columns) < side
        places.add((int(rows_.min()), int(columns.min())))
    state = after
  assert len(places) > 15


def test_squares_that_change_nothing_are_passed_over_and_nothing_else_is():
  ball, queries, grey = threat_model('linf', 0.1), 300, IMAGE[..., :1]
  ask = lambda image: image.reshape(len(image), -1) @ WEIGHTS[: 12 * 12]
  right = np.eye(3, dtype=np.float32)[np.asarray(ask(grey)).argmax(-1)]
  ask_far = lambda image: ask(image) + 99 * right  # never fooled
  rows = ROWS._replace(origin=grey, label=right)
  machine = square_machine(ball, grey.shape[1:], queries)
  step = jax.jit(lambda state: machine.step(ask_far, state, rows))
  state, steps = machine.start(rows), 0
  while not state.ended.all():
    state, steps = step(state), steps + 1
  assert steps < queries - 5
  first, propose = _linf_search(ball, grey.shape[1:], sides(queries, 12, 12, 0.8, 'linf'))
  fold = jax.vmap(jax.random.fold_in, (0, None))
  image = jax.vmap(first)(fold(rows.key, queries), grey)
  value = margin(ask_far(image), right)

  @jax.jit
  def naive(image, value, query):
    tried = jax.vmap(propose, (0, 0, 0, None))(fold(rows.key, query), image, grey, query)
    better = margin(ask_far(tried), right) > value
    return choose(better, tried, image), jnp.where(better, margin(ask_far(tried), right), value)

  for query in range(queries):
    image, value = naive(image, value, query)
  np.testing.assert_array_equal(state.image, image)


def test_sizes_are_the_references():
  table = sides(5000, 28, 28, 0.8, 'linf')
  assert [table[i] for i in (0, 10, 11, 51, 201, 501, 1001, 2001, 4001)] == [25, 25, 18, 13, 9, 6, 4, 3, 2]
  assert [sides(5000, 28, 28, 0.8, 'l2')[i] for i in (0, 11, 51, 201, 501, 1001, 4001)] == [25, 19, 13, 9, 7, 5, 3]


def test_bumps_have_length_1_two_signs_and_square_rings():
  for norm in ('l2', 'l1'):
    for side in (3, 5, 8):
      one = bump(side, norm).astype(float)
      length = np.sqrt((one**2).sum()) if norm == 'l2' else np.abs(one).sum()
      assert abs(length - 1) < 1e-6 and (one[: side // 2] > 0).all() and (one[side // 2 :] < 0).all()
  rings = pattern(5, 5, 'l2')
  np.testing.assert_allclose(rings[2, 2] - rings[1, 2], 1.0)
  np.testing.assert_allclose(rings[1, 1] - rings[0, 3], 1 / 4)
  assert np.ptp(rings[0]) < 1e-12 and (rings > 0).all()


def test_bad_arguments_are_named():
  with pytest.raises(InputError, match='queries 0'):
    square(threat_model('linf', 0.1), queries=0)
  with pytest.raises(InputError, match='share 2'):
    square(threat_model('linf', 0.1), share=2.0)
  small = {'image': jnp.zeros((1, 4, 8, 1)), 'label': jnp.eye(2)[:1]}
  with pytest.raises(InputError, match='5 pixels'):
    square(threat_model('l2', 0.1))(jax.random.key(0), small, as_model(lambda image: image[:, 0, 0]))
