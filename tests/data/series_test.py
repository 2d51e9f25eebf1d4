"""Resampling: NumPy's interpolation, channel by channel."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.data.series import resampled
from jaxaug.types import InputError


def test_it_is_numpys_interpolation_and_reads_nothing_after_the_end():
  random = np.random.default_rng(0)
  series, length = random.normal(size=(5, 9, 2)).astype(np.float32), np.array([9, 1, 2, 5, 8])
  found = resampled(series, length, 6)
  for one, many, made in zip(series, length, found):
    for channel in range(2):
      wanted = np.interp(np.linspace(0, many - 1, 6), np.arange(many), one[:many, channel])
      np.testing.assert_allclose(made[:, channel], wanted, atol=1e-6)
  series[0, 9:] = np.nan
  np.testing.assert_array_equal(resampled(series, length, 6), found)
  np.testing.assert_array_equal(resampled(series[:1], length[:1], 9), series[:1])


def test_bad_input_is_told():
  with pytest.raises(InputError, match='data.steps: 1 must be at least 2'):
    resampled(np.zeros((1, 3, 1)), np.array([3]), 1)
  with pytest.raises(InputError, match='lengths 4 to 4 in 1 to 3'):
    resampled(np.zeros((1, 3, 1)), np.array([4]), 2)
  with pytest.raises(InputError, match="data.steps: 5; 'wine' holds features"):
    data.load({'source': 'wine', 'steps': 5}, ('features',))


def test_a_source_is_resampled_where_that_is_asked_for():
  pytest.importorskip('aeon')
  splits = data.load({'source': 'japanese_vowels', 'steps': 15}, ('series',))
  assert (
    splits.train['series'].shape[1:] == (15, 12) and 'length' not in splits.train and splits.info.image_shape == (15, 12)
  )
