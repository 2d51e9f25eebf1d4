"""Computed sounds: pitches in their bands, the same every time."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.data import BANDS, loudest, tones
from jaxaug.types import InputError


def test_each_instrument_is_loudest_in_its_band():
  series, label = tones(1024, 40, seed=3)
  assert series.shape == (160, 1024, 1) and series.dtype == np.float32 and np.bincount(label).tolist() == [40] * 4
  np.testing.assert_allclose(np.abs(series).max((1, 2)), 0.9, rtol=1e-6)
  found = loudest(series)
  for k, (name, (low, high)) in enumerate(BANDS.items()):
    inside = (found[label == k] > 0.95 * low) & (found[label == k] < 1.05 * high)
    assert inside.mean() >= (0.8 if name == 'string' else 1), name  # a string's second harmonic may be louder
    assert found[label == k].std() > 0.1 * (high - low)
  ends = np.sort(np.array(list(BANDS.values())).ravel())
  np.testing.assert_array_equal(ends, np.array(list(BANDS.values())).ravel())  # no two bands share a frequency


def test_sounds_are_a_function_of_the_seed():
  one, again, other = tones(64, 2, 0)[0], tones(64, 2, 0)[0], tones(64, 2, 1)[0]
  np.testing.assert_array_equal(one, again)
  assert np.abs(one - other).reshape(8, -1).max(1).min() > 0.01
  splits = data.load({'source': 'tones'}, ('series',))
  assert splits.info.class_names == tuple(BANDS) and splits.info.image_shape == (1024, 1)


def test_the_loudest_frequency_is_found_between_bins():
  time = np.arange(512) / 4096
  pitch = np.array([101.0, 333.3, 1999.0])
  np.testing.assert_allclose(loudest(np.sin(2 * np.pi * pitch[:, None] * time[None])[..., None]), pitch, atol=1)
  assert np.isfinite(loudest(np.zeros((1, 64, 1)))).all()


def test_bad_input_is_told():
  with pytest.raises(InputError, match='tones: samples 1 must be at least 2, count 3'):
    tones(1, 3)
