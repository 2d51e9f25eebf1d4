"""Codecs of images and rows: there and back, ranges, what is refused."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jaxaug.synthesize.codec import image_codec, row_codec
from jaxaug.types import InputError


@given(arrays(np.float32, (3, 4, 4, 2), elements=st.floats(0, 1, width=32)))
def test_images_come_back(images):
  codec = image_codec((4, 4, 2))
  encoded = codec.encode(codec.fit(images), images)
  assert encoded.dtype == np.float32 and np.abs(encoded).max() <= 1
  np.testing.assert_allclose(codec.decode({}, encoded), images, atol=1e-7)


def test_images_out_of_range_are_left_to_the_gate_in_decoding_and_refused_in_encoding():
  codec = image_codec((2, 2, 1))
  np.testing.assert_array_equal(
    codec.decode({}, np.array([[[[-3.0], [3.0]], [[0.0], [1.0]]]]))[0, :, :, 0], [[-1, 2], [0.5, 1]]
  )
  images = np.stack([np.full((2, 2, 1), v) for v in (0.5, 1.5, np.nan)])
  assert codec.valid({}, images).tolist() == [True, True, False]
  assert codec.valid({}, np.zeros((2, 3, 2, 1))).tolist() == [False, False]
  with pytest.raises(InputError, match='2 of 3 images'):
    codec.fit(images)
  activated = codec.activate({}, np.array([-9.0, 0.0, 9.0]), jax.random.key(0))
  assert -1 <= activated[0] < -0.99 and activated[1] == 0


def test_rows_are_standardised_and_come_back_unclipped():
  codec = row_codec(0.5)
  rows = np.random.default_rng(0).normal(3, 10, (500, 4))
  rows[:, 2] = 7
  learnt = codec.fit(rows)
  encoded = codec.encode(learnt, rows)
  np.testing.assert_allclose(encoded.mean(0), 0, atol=1e-6)
  np.testing.assert_allclose(encoded.std(0), [0.5, 0.5, 0, 0.5], atol=1e-6)
  np.testing.assert_allclose(codec.decode(learnt, encoded), rows, rtol=1e-5, atol=1e-5)
  assert codec.decode(learnt, encoded + 100).max() > rows.max() + 1000
  assert codec.valid(learnt, np.array([[1, 2, 3, np.inf], [1, 2, 3, 4]])).tolist() == [False, True]


@pytest.mark.parametrize('bad', [np.zeros((3,)), np.full((3, 2), np.nan), np.zeros((0, 2))])
def test_rows_that_cannot_be_used_are_refused(bad):
  with pytest.raises(InputError, match='row_codec'):
    row_codec().fit(bad)


def test_rows_of_another_width_are_refused():
  codec = row_codec()
  with pytest.raises(InputError, match='3 of 3 rows are not 2 finite numbers'):
    codec.encode(codec.fit(np.eye(2)), np.zeros((3, 5)))
