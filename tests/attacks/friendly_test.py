"""PGD that counts and stops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import attacks, models
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
MODEL = models.as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)
IMAGE = np.random.default_rng(0).uniform(0.3, 0.7, (12, 3, 3, 1)).astype(np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(2, dtype=np.float32)[np.argmax(IMAGE.reshape(12, -1) @ WEIGHT, -1)]}


def run(patience, steps=10):
  ball = attacks.threat_model('linf', 0.2)
  attack = attacks.friendly(ball, steps=steps, step_size=0.02, patience=patience, random_start=False)
  return jax.jit(lambda batch: attack(jax.random.key(0), batch, MODEL))(BATCH)


def by_hand():
  """On a linear model the sign never changes: after k steps the margin fell by k 0.02 |w|_1."""
  w = WEIGHT[:, 0] - WEIGHT[:, 1]
  value = IMAGE.reshape(12, -1) @ w
  own = np.where(BATCH['label'][:, 0] > 0, 1, -1)
  return np.array([next((k for k in range(10) if s * v - k * 0.02 * np.abs(w).sum() < 0), 10) for s, v in zip(own, value)])


def test_the_count_is_the_closed_form():
  expected = by_hand()
  assert len(set(expected)) > 3 and (run(10)['fooled_after'] == expected).all()
  assert (run(0)['fooled_after'] == expected).all()


@pytest.mark.parametrize('patience', [0, 2])
def test_rows_stop_patience_steps_after_they_are_fooled(patience):
  moved = np.abs(np.asarray(run(patience)['image']) - IMAGE).max((1, 2, 3))
  np.testing.assert_allclose(moved, 0.02 * np.minimum(by_hand() + patience, 10), atol=1e-6)


def test_much_patience_is_plain_pgd():
  ball = attacks.threat_model('linf', 0.2)
  plain = attacks.pgd(ball, steps=10, step_size=0.02, random_start=False, keep='last')(jax.random.key(0), BATCH, MODEL)
  np.testing.assert_allclose(run(10)['image'], plain['image'], atol=1e-6)


def test_the_radius_may_be_one_a_row_and_nan_counts_as_fooled():
  radius = jnp.linspace(0.0, 0.2, 12)
  ball = attacks.threat_model('linf', radius)
  attack = attacks.friendly(ball, steps=10, step_size=0.05, patience=10)
  moved = np.abs(np.asarray(attack(jax.random.key(0), BATCH, MODEL)['image']) - IMAGE).max((1, 2, 3))
  assert moved[0] == 0 and (moved <= np.asarray(radius)).all() and moved[-1] > 0.15
  broken = models.as_model(lambda image: jnp.full((len(image), 2), jnp.nan))
  assert (attack(jax.random.key(0), BATCH, broken)['fooled_after'] == 0).all()


def test_negative_numbers_are_refused():
  with pytest.raises(InputError, match='patience -1'):
    attacks.friendly(attacks.threat_model('linf', 0.1), steps=1, step_size=0.1, patience=-1)


def test_steps_may_be_one_a_row_and_the_truth_says_what_fools():
  budget = jnp.arange(12) % 5
  ball = attacks.threat_model('linf', 0.2)
  attack = lambda steps: attacks.friendly(ball, steps=steps, step_size=0.02, patience=10, random_start=False)
  done = attack(budget)(jax.random.key(0), BATCH, MODEL)
  np.testing.assert_allclose(np.abs(done['image'] - IMAGE).max((1, 2, 3)), 0.02 * budget, atol=1e-6)
  assert (done['fooled_after'] == np.minimum(by_hand(), budget)).all()
  told = attack(10)(jax.random.key(0), {**BATCH, 'truth': BATCH['label'][:, ::-1]}, MODEL)
  assert (told['fooled_after'] == 0).all() and (
    told['image'] == run(10)['image']
  ).all()  # wrong from the start; climbed alike
