"""Blends: Pillow's, bit for bit, although a compiler likes to fuse the product with the sum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageEnhance

from jaxaug import ops
from tests.ops.pillow import SEEDS, images, mismatches, picture, slopes_agree

NAMES = ('brightness', 'contrast', 'color', 'sharpness')
IMAGE = jax.random.uniform(jax.random.key(0), (7, 6, 3), minval=0.2, maxval=0.8)


@pytest.mark.parametrize('name', NAMES)
@given(SEEDS)
@settings(max_examples=12)
def test_uint8_is_pillows(name, seed):
  random = np.random.default_rng(seed)
  batch = images(random, 64)
  factors = [random.choice([random.uniform(0, 2), random.integers(0, 20) / 10, random.uniform(0, 6)]) for _ in batch]
  enhance = getattr(ImageEnhance, name.title())
  assert mismatches(getattr(ops, name), lambda p, v: enhance(p).enhance(float(v)), batch, np.float32(factors)) == 0


@given(SEEDS)
@settings(max_examples=12)
def test_two_images_blend_as_pillows(seed):
  random = np.random.default_rng(seed)
  first = images(random, 64)
  second = random.permutation(first)
  weights = random.choice([0.0, 0.1, 0.4, 1.0, 1.3, -0.5, random.uniform()], 64).astype(np.float32)
  ours = jax.jit(jax.vmap(ops.sample_pairing))(first, second, weights)
  theirs = [
    np.asarray(Image.blend(picture(a), picture(b), float(w))).reshape(a.shape) for a, b, w in zip(first, second, weights)
  ]
  assert (np.asarray(ours) == np.array(theirs)).all()


@given(SEEDS)
@settings(max_examples=5)
def test_grey_is_pillows(seed):
  batch = images(np.random.default_rng(seed), 8)
  for image in batch:
    grey = np.asarray(picture(image).convert('L'))
    assert (np.asarray(ops.grayscale(image)) == grey[..., None]).all() and ops.grayscale(image).shape == image.shape


@pytest.mark.parametrize('name', NAMES)
def test_one_is_the_identity_and_gradients_hold(name):
  op = getattr(ops, name)
  assert np.allclose(op(IMAGE, 1.0), IMAGE, atol=1e-6)
  weights = jax.random.normal(jax.random.key(1), IMAGE.shape)
  assert slopes_agree(lambda v: (weights * op(IMAGE, v)).mean(), 0.8)
  along = jax.random.normal(jax.random.key(2), IMAGE.shape)
  assert slopes_agree(lambda t: (weights * op(IMAGE + t * along, 0.8)).mean(), 0.0)
  assert not np.allclose(op(IMAGE, 0.3), IMAGE, atol=1e-3)  # a saturation that does nothing is a known bug elsewhere


def test_float_follows_uint8():
  pixels = np.asarray(IMAGE * 255).astype(np.uint8)
  for name in NAMES:
    for factor in (0.0, 0.5, 1.7):
      ours = getattr(ops, name)(jnp.asarray(pixels) / 255.0, factor)
      assert np.abs(np.asarray(ours) * 255 - np.asarray(getattr(ops, name)(pixels, factor)).astype(float)).max() < 2


def test_tiny_images_have_no_inside_to_smooth():
  image = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
  assert (ops.sharpness(image, 0.0) == image).all()
