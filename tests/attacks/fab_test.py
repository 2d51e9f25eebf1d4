"""FAB: the smallest change there is on a linear model; deterministic; inside the ball whatever it returns."""

import functools

import jax
import numpy as np
import pytest

from jaxaug.attacks import fab, threat_model
from jaxaug.attacks.fab import fab_machine
from jaxaug.attacks.machine import Rows, ranked
from jaxaug.models import as_model
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
WEIGHTS = np.float32(RNG.normal(size=(36, 4)))
IMAGE = 0.45 + 0.1 * RNG.random((10, 6, 6, 1), np.float32)  # away from the box
EACH = pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
DUAL = {'linf': lambda w: np.abs(w).sum(0), 'l2': lambda w: np.sqrt((w**2).sum(0)), 'l1': lambda w: np.abs(w).max(0)}


def logits_fn(image):
  return image.reshape(len(image), -1) @ WEIGHTS


LABEL = np.asarray(logits_fn(IMAGE)).argmax(-1)
BATCH = {'image': IMAGE, 'label': np.eye(4, dtype=np.float32)[LABEL]}


def nearest(norm):
  """[10]: distance to the nearest other class."""
  logits = np.asarray(logits_fn(IMAGE)).astype(float)
  away = []
  for row, own in zip(logits, LABEL):
    gaps = row[own] - row
    reach = DUAL[norm](np.float64(WEIGHTS) - WEIGHTS[:, own : own + 1])
    away.append(min(gaps[k] / reach[k] for k in range(4) if k != own))
  return np.array(away)


@functools.cache
def run(norm, epsilon, targeted=True, steps=15):
  rows = Rows(jax.random.split(jax.random.key(0), 10), IMAGE, BATCH['label'], np.asarray(ranked(logits_fn(IMAGE), 3)))
  machine = fab_machine(threat_model(norm, epsilon), steps, 3 if targeted else 2, targeted)
  state = machine.start(rows)
  step = jax.jit(lambda state: machine.step(logits_fn, state, rows))
  for _ in range(machine.steps):
    state = step(state)
  return state


@EACH
@pytest.mark.parametrize('targeted', (True, False))
def test_it_finds_the_smallest_change_on_a_linear_model(norm, targeted):
  state, least = run(norm, 1e-5, targeted), nearest(norm)  # nothing so near: all runs go to their end
  assert state.ended.all() and not state.fooled.any()
  assert (np.asarray(logits_fn(state.image)).argmax(-1) != LABEL).all()
  found = np.array([threat_model(norm, 1.0).distance(a, b) for a, b in zip(state.image, IMAGE)])
  slack = 1.12 if norm == 'l1' else 1.06  # one pixel meets the box
  assert (found >= least * (1 - 1e-4)).all() and (found <= least * slack).all()


@EACH
def test_a_ball_holds_what_it_can_and_nothing_leaves_it(norm):
  least = nearest(norm)
  epsilon = float(np.sort(least)[4:6].mean())
  moved = jax.jit(
    lambda batch: fab(threat_model(norm, epsilon), steps=15, targets=3, unroll=False)(
      jax.random.key(0), batch, as_model(logits_fn)
    )
  )(BATCH)['image']
  fooled = np.asarray(logits_fn(moved)).argmax(-1) != LABEL
  assert fooled[least < epsilon / 1.06].all() and not fooled[least > epsilon * 1.001].any()
  change = np.float64(moved) - IMAGE
  length = {
    'linf': np.abs(change).max((1, 2, 3)),
    'l2': np.sqrt((change**2).sum((1, 2, 3))),
    'l1': np.abs(change).sum((1, 2, 3)),
  }
  assert (length[norm] <= epsilon).all() and not change[~fooled].any()


def test_it_draws_nothing_when_targeted_and_refuses_nothing_to_do():
  made = fab(threat_model('linf', 0.02), steps=4, targets=2, unroll=False)
  run = jax.jit(lambda key: made(key, BATCH, as_model(logits_fn))['image'])
  assert (run(jax.random.key(0)) == run(jax.random.key(1))).all()
  for keywords in ({'steps': 0}, {'targets': 0}):
    with pytest.raises(InputError, match='fab: steps'):
      fab(threat_model('linf', 0.1), **keywords)
