"""Series of different length there and back."""

import numpy as np
import pytest

from jaxaug.synthesize.series_codec import lengths, series_codec
from jaxaug.types import InputError


def made(count=20, steps=7, channels=3):
  random = np.random.default_rng(0)
  series = random.normal(2, 3, (count, steps, channels)).astype(np.float32)
  ends = random.integers(2, steps + 1, count)
  return np.where(np.arange(steps)[None, :, None] < ends[:, None, None], series, 0).astype(np.float32), ends


def test_there_and_back():
  series, ends = made()
  codec = series_codec()
  learnt = codec.fit(series)
  encoded = codec.encode(learnt, series)
  assert (lengths(series) == ends).all() and encoded.shape == (20, 7, 4) and encoded.dtype == np.float32
  np.testing.assert_allclose(codec.decode(learnt, encoded), series, atol=1e-5)
  inside = encoded[..., :-1][np.arange(7)[None] < ends[:, None]]
  np.testing.assert_allclose([inside.mean(0), inside.std(0)], [[0] * 3, [0.5] * 3], atol=1e-6)
  assert codec.valid(learnt, series).all()


def test_the_mask_ends_a_series_for_good():
  series, _ = made()
  codec = series_codec()
  learnt = codec.fit(series)
  encoded = np.full((1, 7, 4), 0.5, np.float32)
  encoded[0, 3, -1] = -0.1
  assert lengths(codec.decode(learnt, encoded)).tolist() == [3]
  assert not codec.valid(learnt, np.zeros((1, 7, 3)))[0] and not codec.valid(learnt, np.full((1, 7, 3), np.nan))[0]


def test_bad_input_is_told():
  with pytest.raises(InputError, match='series_codec'):
    series_codec().fit(np.zeros((2, 3)))
  series, _ = made()
  with pytest.raises(InputError, match='series_codec'):
    series_codec().encode(series_codec().fit(series), series[..., :2])
