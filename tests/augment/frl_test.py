"""Multipliers of classes that lose more."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

LABEL = np.eye(3, dtype=np.float32)[np.arange(30) % 3]
BATCH = {'image': np.zeros((30, 2, 2, 1), np.float32), 'label': LABEL}
CLASS = np.arange(30) % 3


def told(clean_right, robust_right):
  """Rows of which class k is right with the share given."""
  place = np.arange(30) // 3 / 10
  clean = place < np.array(clean_right)[CLASS]
  return {
    **BATCH,
    'weight': jnp.ones(30),
    'accuracy': jnp.asarray(clean),
    'robust_accuracy': jnp.asarray(clean & (place < np.array(robust_right)[CLASS])),
  }


def after(batch, steps, **settings):
  adaptive = augment.frl(**settings)
  memory = adaptive.init(jax.random.key(0), BATCH)
  for _ in range(steps):
    memory = adaptive.update(memory, batch, jnp.zeros(30))
  marked = adaptive.augment(memory, jnp.int32(0))(jax.random.key(0), BATCH, None)
  return memory, {name: np.asarray(marked[name])[:3] for name in ('weight', 'boundary_weight', 'strength')}


def test_at_first_all_weigh_the_same_and_while_limits_hold():
  for steps in (0, 20):
    marks = after(told([0.9, 0.9, 0.9], [0.5, 0.5, 0.5]), steps)[1]
    assert all(np.allclose(mark, 1.0) for mark in marks.values())


def test_multipliers_grow_by_the_excess():
  """Risks .1, .1, .4 of mean .2: class 2 is over .07 by .13 a step."""
  memory, marks = after(told([0.9, 0.9, 0.6], [0.9, 0.9, 0.6]), 5, clean=0.07, rate=0.1)
  assert np.allclose(memory['phi_natural'], [0, 0, 5 * 0.1 * 0.13], atol=1e-5)
  phi = 5 * 0.1 * 0.13
  assert np.allclose(marks['weight'], [1 - phi, 1 - phi, 1 + 2 * phi], atol=1e-5) and np.isclose(marks['weight'].mean(), 1)
  assert np.allclose(marks['boundary_weight'], 1) and np.allclose(marks['strength'], 1)


def test_the_boundary_counts_what_only_the_attack_fools():
  memory, marks = after(told([0.9, 0.9, 0.9], [0.9, 0.9, 0.3]), 3, boundary=0.1, rate=0.1)
  assert np.allclose(memory['phi_boundary'], [0, 0, 3 * 0.1 * 0.3], atol=1e-5) and not memory['phi_natural'].any()
  assert marks['boundary_weight'][2] > 1 > marks['boundary_weight'][0]


def test_remargin_widens_the_radius_in_its_place():
  memory, marks = after(told([0.9, 0.9, 0.9], [0.9, 0.9, 0.3]), 3, boundary=0.1, remargin=0.2, widest=1.15)
  assert not memory['phi_boundary'].any() and np.allclose(marks['strength'][:2], 1)
  assert np.isclose(marks['strength'][2], min(np.exp(3 * 0.2 * 0.3), 1.15))


def test_an_objective_that_does_not_tell_and_bad_limits_are_refused():
  adaptive = augment.frl()
  with pytest.raises(InputError, match='trades'):
    adaptive.update(adaptive.init(jax.random.key(0), BATCH), BATCH, jnp.zeros(30))
  with pytest.raises(InputError, match='widest'):
    augment.frl(widest=0.5)


def test_a_class_that_is_not_there_counts_for_nothing():
  batch = told((0.5, 0.5, 1.0), (0.5, 0.5, 1.0))
  here = {name: np.asarray(values)[CLASS < 2] for name, values in batch.items()}
  adaptive = augment.frl(rate=1.0, clean=0.0, boundary=0.0)
  memory = adaptive.init(jax.random.key(0), BATCH)
  for _ in range(20):
    memory = adaptive.update(memory, here, jnp.zeros(20))
  assert np.allclose(memory['phi_natural'], 0, atol=1e-5) and np.allclose(memory['phi_boundary'], 0, atol=1e-5)
