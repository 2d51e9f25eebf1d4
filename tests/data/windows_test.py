"""Windows: by hand, and no window of a held-out series in train."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.data import windowed, windows
from jaxaug.data.source import Source
from jaxaug.data.split import make_splits
from jaxaug.types import InputError


def test_windows_are_slices_that_end_inside():
  series = np.random.default_rng(0).normal(size=(3, 11, 2)).astype(np.float32)
  length = np.array([11, 4, 8])
  found, number, start = windows(series, 4, 3, length)
  wanted = [(n, k) for n in range(3) for k in range(0, 11, 3) if k + 4 <= length[n]]
  assert list(zip(number.tolist(), start.tolist())) == wanted
  for window, (n, k) in zip(found, wanted):
    np.testing.assert_array_equal(window, series[n, k : k + 4])
  np.testing.assert_array_equal(windows(series, 11, 5)[0], series)


def test_no_window_of_a_held_out_series_is_in_train():
  steps = np.arange(30 * 12, dtype=np.float32).reshape(30, 12, 1)  # each value in one series only
  source = Source({'series': steps, 'label': np.arange(30) % 3}, None, ('a', 'b', 'c'), 'test')
  whole = make_splits(source, 'test', validation=0.2, test=0.2)
  splits = windowed(whole, 5, 2)
  parts = [splits.train, splits.validation, splits.test]
  assert [len(part['series']) for part in parts] == [4 * 18, 4 * 6, 4 * 6]
  for part, old in zip(parts, (whole.train, whole.validation, whole.test)):
    assert set(part['group']) == set(old['id']) and set(part) == {'series', 'label', 'id', 'group'}
    np.testing.assert_array_equal(part['group'], part['series'][:, 0, 0] // 12)
    np.testing.assert_array_equal(part['id'], part['series'][:, 0, 0])  # series * 12 + first step
    np.testing.assert_array_equal(part['label'].argmax(1), part['group'] % 3)
  values = [set(part['series'].ravel()) for part in parts]
  assert not values[0] & values[1] and not values[0] & values[2] and not values[1] & values[2]
  assert splits.info.image_shape == (5, 1)


def test_a_config_asks_for_them():
  splits = data.load({'source': 'tones', 'per_class': 3, 'window': 256, 'stride': 256}, ('series',))
  assert splits.train['series'].shape == (4 * 3 * 4, 256, 1) and splits.info.image_shape == (256, 1)
  assert not np.isin(splits.train['group'], splits.test['group']).any()
  with pytest.raises(InputError, match="data.window: 5; 'wine' holds features"):
    data.load({'source': 'wine', 'window': 5}, ('features',))


def test_bad_input_is_told():
  with pytest.raises(InputError, match='data.window 0 and data.stride 1'):
    windows(np.zeros((1, 3, 1)), 0, 1)
  with pytest.raises(InputError, match='data.window: 4 must be at most the shortest length 3'):
    windows(np.zeros((1, 5, 1)), 4, 1, np.array([3]))
