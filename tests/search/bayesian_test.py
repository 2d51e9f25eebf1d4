"""Expected improvement is its Monte Carlo mean; the process beats random search on Branin; both methods find the arm of a known table."""

import jax
import numpy as np
import pytest

from jaxaug import search
from jaxaug.augment import Policy, Step
from jaxaug.search.bayesian import expected_improvement, features, propose
from jaxaug.types import InputError
from tests.search.toy import SPACE, toy


def test_expected_improvement_is_its_monte_carlo_mean():
  random = np.random.default_rng(0)
  mean, deviation = random.normal(size=20), random.uniform(0.05, 2, 20)
  draws = mean + deviation * random.normal(size=(400_000, 20))
  np.testing.assert_allclose(expected_improvement(mean, deviation, 0.3), np.maximum(draws - 0.3, 0).mean(0), atol=6e-3)
  np.testing.assert_allclose(expected_improvement([1.0, -1.0], [0.0, 0.0], 0.3), [0.7, 0])
  assert 0 <= expected_improvement(-30.0, 0.1, 0.0) < 1e-12


def branin(x):
  a, b = 15 * x[..., 0] - 5, 15 * x[..., 1]
  return (b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10


def test_it_beats_random_search_on_branin_in_25_evaluations():
  ends = []
  for seed in range(4):
    random = np.random.default_rng(seed)
    x = random.random((5, 2))
    while len(x) < 25:
      candidates = random.random((400, 2))
      x = np.concatenate([x, candidates[propose(x, -branin(x), candidates, 1, seed)]])
    ends.append((branin(x).min(), branin(random.random((25, 2))).min()))
  found, drawn = np.array(ends).T
  assert np.median(found) < 1.0 and (found < drawn).sum() >= 3, ends  # the least value is .398


def test_proposals_are_different_candidates():
  random = np.random.default_rng(0)
  x, candidates = random.random((8, 3)), random.random((30, 3))
  chosen = propose(x, x.sum(1), candidates, 6)
  assert len(set(chosen)) == 6 and candidates[chosen[0]].sum() > np.median(candidates.sum(1))


def test_features_do_not_know_an_order():
  one = Policy(((Step(('Rotate',), 0.5, 0.2, 0.4), Step(('Invert',))), (Step(('Color',), 0.0), Step(('Rotate',)))))
  other = one._replace(sub_policies=tuple(steps[::-1] for steps in one.sub_policies[::-1]))
  found = features(one, SPACE.ops)
  assert (found == features(other, SPACE.ops)).all()
  np.testing.assert_allclose(found, [0.375, 0.25, 0, 0, (0.15 + 1) / 4, 0.25, 0, 0])


@pytest.mark.parametrize('name', ('gp', 'tpe'))
def test_it_finds_more_than_random_search_in_a_known_table(name):
  if name == 'tpe':
    pytest.importorskip('optuna')
  worth, least, given = {'Rotate': 1.0, 'Invert': -1.0}, [], dict(candidates=60, fitted=40) if name == 'gp' else {}
  for seed in range(2):
    found = search.METHODS[name](toy(worth, 0.02, seed), SPACE, 10 * 96, jax.random.key(seed), **given)
    drawn = search.random_search(toy(worth, 0.02, seed), SPACE, 10 * 96, jax.random.key(seed))
    means = [np.mean([row['score'] for row in result.history[-32:]]) for result in (found, drawn)]
    least.append(means[0] - means[1])
    assert len(found.history) == 96
  assert min(least) > 0.1, least


def test_children_that_diverge_are_passed_over_and_bad_settings_named():
  for name in ('gp', 'tpe'):
    if name == 'gp' or pytest.importorskip('optuna'):
      found = search.METHODS[name](toy({'Rotate': 1.0}, fails='Invert'), SPACE, 10 * 48, jax.random.key(0))
      assert any(row['failed'] for row in found.history) and search.op_shares(found.policy, SPACE.ops)[1] == 0
  for name, given in (('gp', dict(top=0)), ('gp', dict(candidates=0)), ('tpe', dict(startup=0)), ('tpe', dict(top=0))):
    with pytest.raises(InputError, match=f'{name}.{next(iter(given))}: 0 must be at least 1'):
      search.METHODS[name](toy({}), SPACE, 100, jax.random.key(0), **given)
