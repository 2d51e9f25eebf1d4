"""Rows go through a machine at their own pace: what has ended stays, what has not goes on to its next run."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import apgd, apgd_targeted, deepfool, fab, square, threat_model
from jaxaug.attacks.machine import Machine, Rows, as_augment, choose, next_run, ranked, wrong
from jaxaug.models import as_model
from jaxaug.types import Array, InputError


class Count(NamedTuple):
  """Adds one to the image at each step; a run is three steps, the row with label i is fooled at i steps in all."""

  run: Array
  evaluations: Array
  total: Array
  image: Array
  fooled: Array
  ended: Array


def counting(runs):
  def begin(rows, run):
    no = jnp.zeros(len(run), bool)
    return Count(run, jnp.zeros_like(run), jnp.zeros_like(run), rows.origin, no, no)

  def step(logits_fn, state, rows):
    total = state.run * 3 + state.evaluations + 1
    moved = state._replace(
      evaluations=state.evaluations + 1, total=total, image=state.image + 1, fooled=total == rows.label.argmax(-1)
    )
    return next_run(state, moved, moved.evaluations >= 3, rows, begin, runs)

  return Machine(lambda rows: begin(rows, jnp.zeros(len(rows.origin), jnp.int32)), step, 3 * runs)


def rows_of(labels):
  keys = jax.random.split(jax.random.key(0), len(labels))
  return Rows(
    keys, jnp.zeros((len(labels), 1, 1, 1)), jax.nn.one_hot(jnp.array(labels), 9), jnp.zeros((len(labels), 1), int)
  )


@pytest.mark.parametrize('runs', (1, 2))
def test_every_row_ends_when_it_should(runs):
  machine, rows = counting(runs), rows_of([1, 3, 4, 6, 8])
  state = machine.start(rows)
  for _ in range(machine.steps + 2):
    state = machine.step(None, state, rows)
  steps = np.array([1, 3, 4, 6, 8])
  hit = steps <= 3 * runs
  assert (state.fooled == hit).all() and state.ended.all()
  assert (state.image[:, 0, 0, 0] == np.where(hit, steps, 3 * runs)).all()  # `image` is kept from run to run


def test_rows_are_chosen_one_by_one_and_wrong_is_wrong():
  flags = jnp.array([True, False])
  first, second = {'a': jnp.ones((2, 3)), 'b': jnp.ones(2)}, {'a': jnp.zeros((2, 3)), 'b': jnp.zeros(2)}
  chosen = choose(flags, first, second)
  assert (chosen['a'] == jnp.array([[1.0] * 3, [0.0] * 3])).all() and (chosen['b'] == jnp.array([1.0, 0.0])).all()
  logits = jnp.array([[0.0, 2.0, 1.0], [3.0, 0.0, 1.0], [jnp.nan, 1.0, 0.0]])
  assert (wrong(logits, jax.nn.one_hot(jnp.array([1, 2, 1]), 3)) == jnp.array([False, True, True])).all()
  assert (ranked(logits[:2], 2) == jnp.array([[2, 0], [2, 1]])).all()


def test_as_an_augment_written_out_and_looped_are_the_same():
  batch = {'image': jnp.zeros((2, 1, 1, 1)), 'label': jax.nn.one_hot(jnp.array([2, 5]), 9)}
  model = as_model(lambda image: jnp.zeros((len(image), 9)))
  for unroll in (True, False):
    moved = as_augment(counting(1), unroll=unroll)(jax.random.key(0), batch, model)
    assert (moved['image'].ravel() == jnp.array([2.0, 3.0])).all() and moved['label'] is batch['label']
  with pytest.raises(InputError, match='uint8'):
    as_augment(counting(1))(jax.random.key(0), {**batch, 'image': jnp.zeros((2, 1, 1, 1), jnp.uint8)}, model)


def test_more_targets_than_other_classes_are_refused():
  batch = {'image': jnp.zeros((2, 4, 4, 1)), 'label': jnp.eye(3)[:2]}
  model = as_model(lambda image: image.reshape(len(image), -1)[:, :3])
  for make in (apgd_targeted, fab):
    with pytest.raises(InputError, match='targets: 3 must be below the 3 classes'):
      make(threat_model('linf', 0.1), targets=3)(jax.random.key(0), batch, model)


def test_unless_asked_otherwise_all_other_classes_are_aimed_at():
  batch = {'image': jnp.full((2, 4, 4, 1), 0.5), 'label': jnp.eye(3)[:2]}
  model = as_model(lambda image: image.reshape(len(image), -1)[:, :3] + jnp.eye(3)[:2] * 0.01)
  for make in (lambda ball, **k: apgd_targeted(ball, loss='margin', **k), fab):
    attack = lambda **keywords: make(threat_model('linf', 0.1), steps=3, unroll=False, **keywords)
    moved = lambda **keywords: jax.jit(lambda key: attack(**keywords)(key, batch, model)['image'])(jax.random.key(0))
    assert (moved() == moved(targets=2)).all() and (moved() != batch['image']).any()


@pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
def test_a_state_keeps_its_dtypes_where_jax_computes_in_float64(norm):
  weights = np.random.default_rng(0).normal(size=(36, 3))
  with jax.enable_x64(True):
    batch = {'image': jnp.full((2, 6, 6, 1), 0.5, jnp.float32), 'label': jnp.eye(3, dtype=jnp.float32)[:2]}
    model = as_model(lambda image: (image - 0.5).reshape(len(image), -1) @ weights)
    ball = threat_model(norm, 0.1)
    makers = [lambda ball: apgd(ball, steps=2, restarts=2, unroll=False), lambda ball: fab(ball, steps=2, unroll=False)]
    makers += [lambda ball: square(ball, queries=3, unroll=False)]
    makers += [lambda ball: deepfool(ball, steps=2, unroll=False)] if norm != 'l1' else []
    for attack in (make(ball) for make in makers):
      assert attack(jax.random.key(0), batch, model)['image'].dtype == jnp.float32
