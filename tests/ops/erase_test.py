"""Cutout: the square of the paper, pixel by pixel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jaxaug import ops

SHAPE = (6, 7, 2)
IMAGES = st.one_of(hnp.arrays(np.uint8, SHAPE), hnp.arrays(np.float32, SHAPE, elements=st.floats(0, 1, width=32)))
PLACES = dict(y=st.integers(0, 5), x=st.integers(0, 6), size=st.integers(0, 15))
CUTOUT = jax.jit(ops.cutout)


def naive(image, y, x, size, fill):
  out = image.copy()
  for i in range(max(0, y - size // 2), min(image.shape[0], y + size // 2)):
    for j in range(max(0, x - size // 2), min(image.shape[1], x + size // 2)):
      out[i, j] = fill
  return out


def same(ours, theirs):
  return ours.dtype == theirs.dtype and ours.shape == theirs.shape and (np.asarray(ours) == theirs).all()


@given(image=IMAGES, fill=st.sampled_from((0, 1, 200)), **PLACES)
def test_cutout_is_the_double_loop_compiled_or_not(image, y, x, size, fill):
  expected = naive(image, y, x, size, fill)
  assert same(ops.cutout(image, y, x, size, fill), expected) and same(CUTOUT(image, y, x, size, fill), expected)


@given(IMAGES)
def test_sizes_0_and_1_are_the_identity_and_a_large_one_covers_all(image):
  for size in (0, 1):
    assert same(ops.cutout(image, 3, 3, size, 9), image)
  assert (ops.cutout(image, 3, 3, 14, 9) == 9).all()


def test_vmap_equals_a_loop_over_places_and_sizes():
  image = np.random.default_rng(0).integers(0, 256, (5, *SHAPE), np.uint8)
  y, x, size = np.array([0, 5, 2, 3, 1]), np.array([6, 0, 3, 2, 4]), np.array([2, 4, 5, 6, 0])
  assert same(jax.vmap(ops.cutout)(image, y, x, size), np.stack([naive(*row, 0) for row in zip(image, y, x, size)]))


@given(**PLACES)
def test_no_gradient_comes_from_what_is_painted_over(y, x, size):
  weight = np.random.default_rng(0).random(SHAPE, np.float32)
  gradient = jax.grad(lambda image: (weight * CUTOUT(image, y, x, size, 0.5)).sum())(jnp.full(SHAPE, 0.3))
  assert same(gradient, naive(weight, y, x, size, 0))


@pytest.mark.parametrize('box', ((0, 0, 2, 3), (1, 2, 4, 4), (4, 5, 9, 9), (2, 2, 0, 3)))
def test_erase_paints_its_rectangle_only(box):
  top, left, height, width = box
  image = np.random.default_rng(0).integers(0, 256, (6, 7, 2), np.uint8)
  expected = image.copy()
  expected[top : top + height, left : left + width] = 7
  assert (ops.erase(image, *box, 7) == expected).all()
