"""Accuracy under augmentations by name: what changes nothing costs nothing, the worst of many is below one."""

import pytest

from jaxaug.evaluate.under import measure_under, under_settings
from jaxaug.types import InputError
from tests.evaluate.curves_test import measured


def test_the_worst_of_many_is_below_one_and_nothing_costs_nothing(tmp_path):
  arm = measured(tmp_path, 'linf', (), (0.0,))
  still, one, many = {'degrees': 0.0, 'pixels': 0.0}, {'k': 1}, {'k': 8}
  values = []
  for settings in (still, one, many):
    arm.settings['under'] = {'spatial_attack': settings}
    measure_under(arm)
    found = arm.scores['under']['spatial_attack']
    assert found['examples'] == 60 and found['settings'] == settings
    values.append(found['accuracy']['value'])
  assert values[0] == arm.right['clean'][:60].mean() and values[0] > values[1] > values[2]


@pytest.mark.parametrize(
  'section, words',
  (
    ({'spatial': {}}, "'spatial' is unknown"),
    ({'spatial_attack': {'angle': 3}}, 'augment.spatial_attack'),
    (('spatial_attack',), 'evaluate.under'),
  ),
)
def test_bad_settings_are_named(section, words):
  with pytest.raises(InputError, match=words):
    under_settings(section)
