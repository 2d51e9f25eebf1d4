"""A curriculum needs a follower."""

import pytest

from jaxaug.train import OBJECTIVES
from jaxaug.train.objectives import check_followed
from jaxaug.types import InputError

ALONE = {'defensive_distillation', 'erm', 'feature_at', 'free', 'jsd'}


@pytest.mark.parametrize('name', OBJECTIVES)
def test_a_curriculum_that_changes_nothing_is_refused(name):
  check_followed(('standard',), OBJECTIVES[name])
  check_followed(('curriculum', 'friendly'), OBJECTIVES[name])
  if name in ALONE:
    with pytest.raises(InputError, match=f"augment.curriculum: nothing follows it: not the objective '{name}'"):
      check_followed(('standard', 'curriculum'), OBJECTIVES[name])
  else:
    check_followed(('standard', 'curriculum'), OBJECTIVES[name])


def test_a_curriculum_comes_before_the_augmentation_that_follows_it():
  check_followed(('curriculum', 'adversarial'), OBJECTIVES['erm'])
  with pytest.raises(InputError, match='augmentation after it'):
    check_followed(('adversarial', 'curriculum'), OBJECTIVES['erm'])


def test_rows_that_no_objective_weighs_are_refused():
  check_followed(('curriculum',), OBJECTIVES['gairat'], 10)
  check_followed((), OBJECTIVES['erm'], 10)  # settings of what is not named wait unused
  with pytest.raises(InputError, match="augment.curriculum.even: 10, but the objective 'trades'"):
    check_followed(('curriculum',), OBJECTIVES['trades'], 10)
