"""How many rows of which class: targets, and shares that fill the smallest classes first."""

import numpy as np
import pytest

from jaxaug.synthesize.mix import to_ratio, to_targets
from jaxaug.types import InputError


def test_targets():
  assert to_targets(np.array([60, 5, 60]), {1: 60, 2: 61}).tolist() == [0, 55, 1]
  with pytest.raises(InputError, match='3 rows of class 1 asked for, 5 real'):
    to_targets(np.array([60, 5]), {1: 3})


@pytest.mark.parametrize('ratio', (0.0, 0.1, 0.2, 0.3))
def test_the_share_is_what_was_asked_for_and_the_smallest_fill_first(ratio):
  counts = np.array([60, 5, 30])
  added = to_ratio(counts, ratio)
  assert added.sum() == round(ratio / (1 - ratio) * 95)
  filled = counts + added
  assert all(added[k] == 0 or filled[k] <= filled.min() + 1 for k in range(3))


def test_a_balanced_set_stays_balanced():
  assert to_ratio(np.full(4, 30), 0.25).tolist() == [10] * 4
  with pytest.raises(InputError, match='mix.ratios: 1'):
    to_ratio(np.full(4, 30), 1)
