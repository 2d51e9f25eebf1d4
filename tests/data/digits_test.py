"""The embedded set."""

import numpy as np

from jaxaug.data.digits import read_digits


def test_all_17_grey_levels_are_kept_apart():
  source = read_digits()
  assert source.train['image'].shape == (1797, 8, 8, 1) and source.test is None
  assert len(np.unique(source.train['image'])) == 17 and source.train['image'].max() == 255
  assert np.bincount(source.train['label']).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
