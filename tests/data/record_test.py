"""A run's split is written once and held against from then on."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.types import InputError


def test_the_same_data_pass_and_others_are_refused(tmp_path):
  splits = data.load({'seed': 1})
  data.record_split(tmp_path / 'split.npz', splits, write=False)
  assert not (tmp_path / 'split.npz').exists()
  data.record_split(tmp_path / 'split.npz', splits)
  data.record_split(tmp_path / 'split.npz', data.load({'seed': 1}))
  with np.load(tmp_path / 'split.npz') as stored:
    assert (stored['test'] == splits.test['id']).all() and len(stored['permutation']) == 1797
  image = splits.test['image'].copy()
  image[0, 0, 0] += 1
  others = (
    data.load({'seed': 2}),
    data.load({'seed': 1, 'fraction': 0.5}),
    splits._replace(test={**splits.test, 'image': image}),
  )
  for other in others:
    with pytest.raises(InputError, match='split from other data'):
      data.record_split(tmp_path / 'split.npz', other)
