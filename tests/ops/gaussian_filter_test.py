"""The Gaussian filter is SciPy's, at every width and border."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops
from tests.ops import corrupted

IMAGE = np.random.default_rng(0).random((15, 12, 2)).astype(np.float32)
FLAT = np.arange(256, dtype=np.uint8).repeat(180).reshape(-1, 15, 12).transpose(1, 2, 0)  # each channel one grey


@pytest.mark.parametrize('sigma, border, truncate', ((0.05, 'nearest', 4.0), (1.0, 'nearest', 4.0), (50.0, 'reflect', 3.0)))
def test_it_is_scipys(sigma, border, truncate):
  filtered = jax.jit(lambda image: ops.gaussian_filter(image, sigma, border, truncate))
  theirs = scipy.ndimage.gaussian_filter(IMAGE.astype(float), (sigma, sigma, 0), mode=border, truncate=truncate)
  assert np.abs(np.asarray(filtered(IMAGE)) - theirs).max() < 1e-6
  for pixels in ((IMAGE * 255).astype(np.uint8), FLAT):
    ours = np.asarray(filtered(pixels))
    assert ours.dtype == np.uint8 and (ours == corrupted.gaussian_blur(pixels, sigma, truncate, border)).all()


def test_inside_it_is_gaussian_blur():
  ours, theirs = ops.gaussian_filter(IMAGE, 0.8), ops.gaussian_blur(IMAGE, 0.8, 3)
  assert np.allclose(ours[3:-3, 3:-3], theirs[3:-3, 3:-3], atol=1e-6)
