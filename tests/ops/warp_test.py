"""Perspective with Pillow's pixels, elastic as SciPy reads it."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from PIL import Image

from jaxaug import ops
from tests.ops.pillow import SEEDS, images, mismatches, slopes_agree


@pytest.mark.parametrize('interpolation', ('nearest', 'bilinear'))
@given(SEEDS)
@settings(max_examples=12)
def test_perspective_on_uint8_is_pillows(interpolation, seed):
  random = np.random.default_rng(seed)
  batch = images(random, 64)
  low, high = [0.7, -0.2, -4, -0.2, 0.7, -4, -5e-3, -5e-3], [1.3, 0.2, 4, 0.2, 1.3, 4, 5e-3, 5e-3]
  matrices = random.uniform(low, high, (64, 8)).astype(np.float32)
  how = getattr(Image.Resampling, interpolation.upper())
  pillow = lambda p, v: p.transform(p.size, Image.Transform.PERSPECTIVE, [float(x) for x in v], how)
  assert mismatches(functools.partial(ops.perspective, interpolation=interpolation), pillow, batch, matrices) == 0


def test_an_affine_matrix_is_affine():
  image = np.random.default_rng(0).random((9, 8, 2)).astype(np.float32)
  matrix = np.array([1.1, 0.2, -0.7, -0.1, 0.9, 0.4], np.float32)
  ours = ops.perspective(image, np.concatenate([matrix, np.zeros(2, np.float32)]), fill=0.5)
  assert np.allclose(ours, ops.affine(image, matrix, fill=0.5), atol=1e-5)


def test_elastic_reads_displaced_places():
  random = np.random.default_rng(0)
  image = random.random((12, 11, 1)).astype(np.float32)
  down, across = random.uniform(-1, 1, (2, 12, 11)).astype(np.float32)
  y, x = np.mgrid[:12, :11]
  theirs = scipy.ndimage.map_coordinates(image[..., 0], [y + down, x + across], order=1, mode='nearest')
  inner = (slice(1, -1), slice(1, -1))
  assert np.allclose(np.asarray(ops.elastic(image, down, across))[..., 0][inner], theirs[inner], atol=1e-5)
  pixels = (image * 255).astype(np.uint8)
  zero = jnp.zeros((12, 11))
  assert (ops.elastic(pixels, zero, zero) == pixels).all() and (ops.elastic(pixels, zero + 1, zero)[:-1] == pixels[1:]).all()
  assert slopes_agree(lambda v: (ops.elastic(image, v * down, across) ** 2).mean(), 0.61)
