"""Resize is Pillow's, bit for bit; a resized crop reads its window."""

import jax
import jax.numpy as jnp
import numpy as np
import PIL
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import SEEDS, images, picture, slopes_agree

SIDE = st.just(0) | st.integers(1, 60)  # 0: the image's own
NEWER = int(PIL.__version__.split('.')[0]) >= 13  # from here on, the order of the two passes depends on the sides
RESIZE = jax.jit(ops.resize, static_argnums=(1, 2, 3))


@pytest.mark.parametrize('interpolation', ('bilinear', 'box', 'nearest'))
@given(SEEDS, SIDE, SIDE)
@example(3, 5, 20)  # rows first
@example(3, 30, 15)  # columns first
@settings(max_examples=12)
def test_uint8_is_pillows(interpolation, seed, height, width):
  resample = Image.Resampling[interpolation.upper()]
  for image in images(np.random.default_rng(seed), 3):
    sides = height or image.shape[0], width or image.shape[1]
    theirs = np.asarray(picture(image).resize(sides[::-1], resample)).reshape(*sides, image.shape[-1])
    ours = RESIZE(image, *sides, interpolation)
    off = np.abs(np.asarray(ours).astype(int) - theirs).max()
    other_order = not NEWER and interpolation != 'nearest' and sides[0] < image.shape[0] and sides[1] != image.shape[1]
    assert ours.dtype == np.uint8 and off <= other_order


def test_floats_follow_and_constants_stay():
  image = np.random.default_rng(0).integers(0, 256, (20, 17, 3), np.uint8)
  floats = ops.resize(jnp.asarray(image, jnp.float32), 9, 30)
  assert np.abs(np.asarray(floats) - np.asarray(ops.resize(image, 9, 30))).max() <= 1.01
  assert np.allclose(ops.resize(jnp.full((7, 5, 1), 0.3), 11, 3), 0.3)


def test_a_box_is_a_mean_and_a_repeat():
  image = jnp.asarray(np.random.default_rng(0).random((12, 6, 2)), jnp.float32)
  means = image.reshape(4, 3, 3, 2, 2).mean((1, 3))
  assert np.allclose(ops.resize(image, 4, 3, 'box'), means, atol=1e-6)
  assert np.allclose(ops.resize(image, 24, 18, 'box'), image.repeat(2, 0).repeat(3, 1), atol=1e-6)


def test_a_resized_crop_is_its_window():
  image = np.random.default_rng(0).random((12, 10, 2)).astype(np.float32)
  assert np.allclose(ops.resized_crop(image, 2, 3, 4, 5, (4, 5)), image[2:6, 3:8], atol=1e-6)
  pixels = (image * 255).astype(np.uint8)
  assert (ops.resized_crop(pixels, 2, 3, 4, 5, (8, 10)) == pixels[2:6, 3:8].repeat(2, 0).repeat(2, 1)).all()
  assert slopes_agree(lambda v: (ops.resized_crop(image, v, 3.2, 4.1, 5, (6, 6)) ** 2).mean(), 2.33)


@pytest.mark.parametrize('interpolation', ('nearest', 'bilinear'))
@given(SEEDS)
@settings(max_examples=12)
def test_a_resized_crop_of_uint8_is_pillows_extent(interpolation, seed):
  random = np.random.default_rng(seed)
  batch = images(random, 64)
  sides = np.array(batch.shape[1:3] * 2)
  whole, wide = random.integers(0, sides, (64, 4)), random.uniform(-0.5, 1, (64, 4)) * sides
  windows = np.where(random.random((64, 1)) < 0.5, whole, wide).astype(np.float32)
  windows[:, 2:] = np.abs(windows[:, 2:]) + 1
  extent = lambda top, left, height, width: (left, top, left + width, top + height)
  for size in ((7, 9), (33, 12)):
    crop = jax.jit(jax.vmap(lambda image, v: ops.resized_crop(image, *v, size, interpolation)))
    how = Image.Resampling[interpolation.upper()]
    found = np.asarray(crop(batch, windows))
    for image, window, ours in zip(batch, windows, found):
      place = extent(*map(float, window))
      theirs = picture(image).transform(size[::-1], Image.Transform.EXTENT, place, how)
      assert (ours == np.asarray(theirs).reshape(*size, -1)).all()


def test_an_unknown_interpolation_is_named():
  with pytest.raises(InputError, match="interpolation: 'bicubic' is unknown"):
    ops.resize(np.zeros((2, 2, 1), np.uint8), 4, 4, 'bicubic')
