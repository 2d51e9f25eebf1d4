"""Gaussian blur is SciPy's, in passes it and box blur are Pillow's, bit for bit."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFilter

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import SEEDS, images, picture, slopes_agree

BLURRED = jax.jit(functools.partial(ops.gaussian_blur, passes=3), static_argnums=1)
BOXED = jax.jit(ops.box_blur, static_argnums=1)
IMAGE = np.random.default_rng(0).random((15, 12, 2)).astype(np.float32)


@pytest.mark.parametrize('sigma, radius', ((0.5, 2), (1.3, 4), (2.0, 6)))
def test_gaussian_is_scipys(sigma, radius):
  theirs = scipy.ndimage.gaussian_filter(IMAGE, (sigma, sigma, 0), mode='mirror', radius=(radius, radius, 0))
  assert np.allclose(ops.gaussian_blur(IMAGE, sigma, radius), theirs, atol=1e-5)
  pixels = (IMAGE * 255).astype(np.uint8)
  theirs = scipy.ndimage.gaussian_filter(pixels * 1.0, (sigma, sigma, 0), mode='mirror', radius=(radius, radius, 0))
  assert np.abs(np.asarray(ops.gaussian_blur(pixels, sigma, radius)) - theirs).max() < 0.51


def test_gaussian_has_a_gradient_in_sigma_and_keeps_constants():
  assert slopes_agree(lambda sigma: (ops.gaussian_blur(IMAGE, sigma) ** 2).mean(), 1.2)
  assert np.allclose(ops.gaussian_blur(jnp.full((9, 9, 1), 0.4), 1.0), 0.4)


@given(SEEDS, st.sampled_from((0, 0.3, 0.5, 1, 1.7, 2, 3.25, 5)))
@settings(max_examples=25)
def test_box_is_pillows(seed, radius):
  for image in images(np.random.default_rng(seed), 3):
    theirs = np.asarray(picture(image).filter(ImageFilter.BoxBlur(radius))).reshape(image.shape)
    assert (np.asarray(BOXED(image, radius)) == theirs).all()


@given(SEEDS, st.sampled_from((0.1, 0.3, 0.5, 1, 1.7, 2, 3.25, 6)))
@settings(max_examples=25)
def test_gaussian_in_three_passes_is_pillows(seed, sigma):
  for image in images(np.random.default_rng(seed), 3):
    theirs = np.asarray(picture(image).filter(ImageFilter.GaussianBlur(sigma))).reshape(image.shape)
    assert (np.asarray(BLURRED(image, sigma)) == theirs).all()


def test_box_of_floats_follows_and_a_bad_radius_is_named():
  pixels = (IMAGE * 255).astype(np.uint8)
  floats = ops.box_blur(jnp.asarray(pixels) / 255.0, 1.7)
  assert np.abs(np.asarray(floats) * 255 - np.asarray(ops.box_blur(pixels, 1.7)).astype(float)).max() < 1.1
  with pytest.raises(InputError, match='box_blur.radius: -1'):
    ops.box_blur(pixels, -1)
