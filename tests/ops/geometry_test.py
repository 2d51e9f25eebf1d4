"""Flips and crops: Pillow's pixels, bit for bit, whichever way they are called."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageOps

from jaxaug import ops
from jaxaug.types import InputError

IMAGES = st.sampled_from(((1, 1, 1), (4, 7, 1), (6, 5, 3))).flatmap(lambda shape: hnp.arrays(np.uint8, shape))
IMAGE = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), np.uint8)
TOPS, LEFTS = np.array([0, 1, 2, 4]), np.array([3, 2, 4, 0])


def pillow(image):
  return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def pixels(picture, image):
  return np.asarray(picture).reshape(image.shape)


def same(ours, theirs):
  return ours.dtype == theirs.dtype and ours.shape == theirs.shape and (np.asarray(ours) == theirs).all()


@given(IMAGES)
def test_flip_is_pillows_mirror(image):
  assert same(ops.flip_left_right(image), pixels(ImageOps.mirror(pillow(image)), image))


@given(IMAGES, st.sampled_from((0, 1, 3)), st.integers(0, 255), st.data())
def test_pad_crop_is_pillows_expand_and_crop(image, padding, fill, data):
  top, left = (data.draw(st.integers(0, 2 * padding)) for _ in range(2))
  picture = ImageOps.expand(pillow(image), padding, fill if image.shape[-1] == 1 else (fill,) * 3)
  picture = picture.crop((left, top, left + image.shape[1], top + image.shape[0]))
  assert same(ops.pad_crop(image, top, left, padding, fill), pixels(picture, image))


@given(IMAGES)
def test_two_flips_and_a_centred_window_are_the_identity(image):
  assert same(ops.flip_left_right(ops.flip_left_right(image)), image)
  assert same(ops.pad_crop(image, 3, 3, 3, 77), image)


@pytest.mark.parametrize('kind', (np.uint8, np.float32))
def test_jit_equals_eager_and_vmap_equals_a_loop(kind):
  image = IMAGE.astype(kind)
  crop = lambda x, top, left: ops.pad_crop(x, top, left, 2, 9)
  crops = np.stack([crop(*row) for row in zip(image, TOPS, LEFTS)])
  flips = np.stack([ops.flip_left_right(x) for x in image])
  assert same(jax.vmap(crop)(image, TOPS, LEFTS), crops) and same(jax.jit(crop)(image[1], 1, 2), crops[1])
  assert same(jax.vmap(ops.flip_left_right)(image), flips) and same(jax.jit(ops.flip_left_right)(image[0]), flips[0])
  assert crops.dtype == flips.dtype == kind and len({x.tobytes() for x in crops}) == 4


def test_the_gradient_goes_back_where_the_pixel_came_from():
  image, weight = np.random.default_rng(1).random((2, 4, 5, 1), np.float32)
  back = jax.grad(lambda x: (weight * ops.flip_left_right(x)).sum())(jnp.asarray(image))
  assert same(back, weight[:, ::-1])
  back = jax.grad(lambda x: (weight * ops.pad_crop(x, 1, 4, 2)).sum())(jnp.asarray(image))
  expected = np.zeros_like(weight)
  for i in range(4):
    for j in range(5):
      if 0 <= i - 1 < 4 and 0 <= j + 2 < 5:  # out[i, j] = image[i + top - padding, j + left - padding]
        expected[i - 1, j + 2] = weight[i, j]
  assert same(back, expected)


@given(IMAGES)
def test_flip_up_down_is_pillows(image):
  assert same(ops.flip_up_down(image), pixels(ImageOps.flip(pillow(image)), image))


def test_crop_is_pillows():
  picture = pillow(IMAGE[0]).crop((1, 2, 4, 5))
  assert (np.asarray(ops.crop(IMAGE[0], 2, 1, 3, 3)) == np.asarray(picture)).all()


def test_cells_are_moved_whole():
  image = jnp.arange(16.0).reshape(4, 4, 1)
  moved = ops.grid_shuffle(image, jnp.array([3, 1, 2, 0]), 2)
  assert (moved[:2, :2] == image[2:, 2:]).all() and (moved[2:, 2:] == image[:2, :2]).all()
  assert (moved[:2, 2:] == image[:2, 2:]).all() and (ops.grid_shuffle(image, jnp.arange(16), 4) == image).all()
  with pytest.raises(InputError, match='grid_shuffle.cells: 3 does not divide images of 4 x 4'):
    ops.grid_shuffle(image, jnp.arange(9), 3)
