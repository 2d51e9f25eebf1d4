"""Pixels in a page are the pixels of the array."""

import base64
import io
import re

import numpy as np
from PIL import Image

from jaxaug.report.images import heat, mosaic, perturbation, picture


def pixels(text):
  data = re.search(r'base64,([^"]+)"', text).group(1)
  return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_grey_and_colour_uint8_and_float_come_back():
  image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
  assert (pixels(picture(image, 'x')) == image).all()
  assert (pixels(picture(image / 255.0, 'x')) == image).all()
  assert (pixels(picture(image[..., :1], 'x')) == image[..., 0]).all()


def test_a_perturbation_runs_from_black_to_white():
  before = np.full((1, 3, 1), 128, np.uint8)
  after = 128 / 255 + np.array([-0.1, 0.0, 0.1]).reshape(1, 3, 1)
  assert np.allclose(perturbation(before, after, 0.1).ravel(), (0, 0.5, 1), atol=1e-6)


def test_heat_is_black_at_zero_and_signed_heat_white():
  values = np.array([[0.0, 1.0], [0.5, 2.0]])
  assert heat(values).shape == (2, 2, 3) and (heat(values)[0, 0] < 0.05).all()
  assert heat(values)[1, 1].sum() > heat(values)[0, 1].sum() > heat(values)[1, 0].sum()
  red, blue = heat(np.array([[1.0, -1.0, 0.0]]), signed=True)[0, :2]
  assert red[0] > red[2] and blue[2] > blue[0] and (heat(np.zeros((2, 2)), signed=True) > 0.95).all()


def test_a_mosaic_has_a_row_of_pictures_for_each_row():
  rows = np.random.default_rng(0).random((2, 3, 5, 4, 1))
  whole = mosaic(rows, 9)
  assert whole.shape == (2 * 6, 3 * 5, 1) and (whole[5] == 1).all() and (whole[:, 4] == 1).all()
  np.testing.assert_array_equal(whole[6:11, 10:14], rows[1, 2])
  series = np.zeros((1, 2, 7, 3))  # 7 steps of 3 channels
  series[0, 1, 6, 2] = 1
  coloured = mosaic(series, 0)
  assert coloured.shape == (4, 16, 3) and (coloured[2, 8 + 6] != 1).any() and (coloured[:, :8] > 0.95).all()
  assert mosaic(np.zeros((2, 3, 5))).shape == (2 * 7, 3 * 31, 3)
  np.testing.assert_array_equal(mosaic(rows)[:30:6, :24:6], rows[0, 0])
