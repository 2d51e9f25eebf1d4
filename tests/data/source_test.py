"""A source is checked before it is split."""

import numpy as np
import pytest

from jaxaug.data.source import Source, checked
from jaxaug.types import InputError

GOOD = {'image': np.zeros((3, 2, 2, 1), np.uint8), 'label': np.array([0, 1, 1])}


def test_a_valid_source_comes_back():
  source = Source(GOOD, GOOD, ('a', 'b'), 'here')
  assert checked(source) is source


@pytest.mark.parametrize(
  'part, words',
  (
    ({**GOOD, 'image': GOOD['image'][..., 0]}, r'must be \[N, H, W, C\]'),
    ({**GOOD, 'label': np.array([0, 1, 2])}, 'label 2 at row 2'),
    ({**GOOD, 'group': np.zeros(2, int)}, '2 entries of group'),
  ),
)
def test_a_fault_in_test_is_found_too(part, words):
  with pytest.raises(InputError, match='here, test: .*' + words):
    checked(Source(GOOD, part, ('a', 'b'), 'here'))
