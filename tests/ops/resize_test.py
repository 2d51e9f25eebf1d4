"""Resize is Pillow's, bit for bit where the order of its two passes is known; a resized crop reads its window."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import SEEDS, images, picture, slopes_agree

SIDES = st.tuples(st.integers(1, 60), st.integers(1, 60))


@pytest.mark.parametrize('interpolation', ('bilinear', 'nearest'))
@given(SEEDS, SIDES)
@settings(max_examples=25)
def test_uint8_is_pillows(interpolation, seed, sides):
  resample = Image.Resampling[interpolation.upper()]
  for image in images(np.random.default_rng(seed), 3):
    theirs = np.asarray(picture(image).resize(sides[::-1], resample)).reshape(*sides, image.shape[-1])
    ours = ops.resize(image, *sides, interpolation)
    off = np.abs(np.asarray(ours).astype(int) - theirs).max()
    other_order = interpolation == 'bilinear' and sides[0] < image.shape[0] and sides[1] != image.shape[1]
    assert ours.dtype == np.uint8 and off <= other_order


@given(SEEDS, st.integers(1, 60))
@settings(max_examples=25)
def test_one_side_is_pillows(seed, side):
  for image in images(np.random.default_rng(seed), 3):
    for sides in ((side, image.shape[1]), (image.shape[0], side)):
      theirs = np.asarray(picture(image).resize(sides[::-1], Image.Resampling.BILINEAR)).reshape(*sides, image.shape[-1])
      assert (np.asarray(ops.resize(image, *sides)) == theirs).all()


def test_floats_follow_and_constants_stay():
  image = np.random.default_rng(0).integers(0, 256, (20, 17, 3), np.uint8)
  floats = ops.resize(jnp.asarray(image, jnp.float32), 9, 30)
  assert np.abs(np.asarray(floats) - np.asarray(ops.resize(image, 9, 30))).max() <= 1.01
  assert np.allclose(ops.resize(jnp.full((7, 5, 1), 0.3), 11, 3), 0.3)


def test_a_resized_crop_is_its_window():
  image = np.random.default_rng(0).random((12, 10, 2)).astype(np.float32)
  assert np.allclose(ops.resized_crop(image, 2, 3, 4, 5, (4, 5)), image[2:6, 3:8], atol=1e-6)
  pixels = (image * 255).astype(np.uint8)
  assert (ops.resized_crop(pixels, 2, 3, 4, 5, (8, 10)) == pixels[2:6, 3:8].repeat(2, 0).repeat(2, 1)).all()
  assert slopes_agree(lambda v: (ops.resized_crop(image, v, 3.2, 4.1, 5, (6, 6)) ** 2).mean(), 2.33)


def test_an_unknown_interpolation_is_named():
  with pytest.raises(InputError, match="interpolation: 'bicubic' is unknown"):
    ops.resize(np.zeros((2, 2, 1), np.uint8), 4, 4, 'bicubic')
