"""When a run is said to overfit catastrophically."""

import pytest

from jaxaug.train import overfitted

GOOD = [dict(robust=0.3, trained=0.35), dict(robust=0.45, trained=0.5)]


@pytest.mark.parametrize(
  'last,told',
  [
    (dict(robust=0.02, trained=0.9), True),  # one step finds nothing, many do
    (dict(robust=0.2, trained=0.5), True),
    (dict(robust=0.02, trained=0.1), False),  # it has lost both: diverged, which is something else
    (dict(robust=0.4, trained=0.9), False),  # an ordinary gap
    (dict(robust=0.5, trained=0.6), False),
  ],
)
def test_a_collapse_on_validation_alone_is_told(last, told):
  assert overfitted([*GOOD, last]) == told


def test_a_first_validation_cannot_have_collapsed():
  assert not overfitted([]) and not overfitted([dict(robust=0.0, trained=1.0)])
