"""Random search and the grids find what a known table says, within their budget."""

import jax
import pytest

from jaxaug import augment, search
from jaxaug.types import InputError
from tests.search.toy import SPACE, toy


@pytest.mark.parametrize('name', search.METHODS)
def test_every_method_spends_its_budget_and_no_more_and_can_be_run(name):
  objective = toy({'Rotate': 1.0, 'Invert': -1.0})
  found = search.METHODS[name](objective, SPACE, 215, jax.random.key(0))
  assert found.cost.child_steps <= 215 and found.history[-1]['child_steps'] == found.cost.child_steps
  assert [row['trial'] for row in found.history] == list(range(len(found.history)))
  augment.check_policy(found.policy)
  again = search.METHODS[name](toy({'Rotate': 1.0, 'Invert': -1.0}), SPACE, 215, jax.random.key(0))
  assert again.policy == found.policy


@pytest.mark.parametrize('name', search.METHODS)
def test_a_budget_below_one_trial_and_children_that_all_diverge_are_told(name):
  with pytest.raises(InputError, match='budget: 9 child-steps are less than one trial, which takes 10'):
    search.METHODS[name](toy({}), SPACE, 9, jax.random.key(0))
  with pytest.raises(FloatingPointError, match='the children of all'):
    alone = SPACE._replace(ops=('Color',))
    search.METHODS[name](toy({}, fails='Color'), alone, 100, jax.random.key(0))


def test_the_best_wins_and_the_diverged_do_not():
  objective = toy({'Rotate': 1.0, 'Invert': 2.0}, fails='Invert')
  found = search.random_search(objective, SPACE, 2000, jax.random.key(1))
  scores = [row['score'] for row in found.history if not row['failed']]
  assert max(scores) == found.history[[row['policy'] for row in found.history].index(found.policy)]['score']
  assert any(row['failed'] for row in found.history) and search.op_shares(found.policy, SPACE.ops)[0] > 0.6
  joined = search.random_search(objective, SPACE, 2000, jax.random.key(1), top=3).policy
  assert len(joined.sub_policies) == 6 and joined.sub_policies[:2] == found.policy.sub_policies
  with pytest.raises(InputError, match='random.top: 0'):
    search.random_search(objective, SPACE, 2000, jax.random.key(1), top=0)
