"""Zooming is SciPy's."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((32, 32, 2)).astype(np.float32)


def zoomed(image, factor):
  """The middle of a square through SciPy, float64."""
  side = len(image)
  kept = int(np.ceil(side / factor))
  first = (side - kept) // 2
  grown = scipy.ndimage.zoom(
    image[first : first + kept, first : first + kept].astype(float), (factor, factor, 1), order=1, mode='nearest'
  )
  trim = (len(grown) - side) // 2
  return grown[trim : trim + side, trim : trim + side]


@pytest.mark.parametrize('factor', (1.0, 1.01, 1.13, 1.75, 2.0, 4.5))
def test_zoom_is_scipys(factor):
  for side in (32, 28):
    image = IMAGE[:side, :side]
    assert np.abs(np.asarray(ops.zoom_in(image, factor)) - zoomed(image, factor)).max() < 1e-5


def test_blur_is_the_mean_of_zooms():
  factors = tuple(np.arange(1, 1.16, 0.03))
  blurred = jax.jit(lambda image: ops.zoom_blur(image, factors))
  theirs = np.mean([IMAGE, *(zoomed(IMAGE, factor) for factor in factors)], 0)
  assert np.abs(np.asarray(blurred(IMAGE)) - theirs).max() < 1e-5
  pixels = (IMAGE * 255).astype(np.uint8)
  theirs = np.mean([pixels, *(zoomed(pixels, factor) for factor in factors)], 0)
  ours = np.asarray(blurred(pixels))
  assert ours.dtype == np.uint8 and (ours != np.uint8(theirs + 1e-4)).mean() < 0.01 and np.abs(ours - theirs).max() < 1.01


def test_identity_oblong_images_values_beyond_white_and_a_bad_factor():
  oblong = 5 * IMAGE[:20] - 2
  assert (ops.zoom_in(oblong, 1.0) == oblong).all() and np.allclose(ops.zoom_blur(oblong, (1.0, 1.0)), oblong, atol=1e-5)
  wide = np.asarray(ops.zoom_in(oblong, 1.4))
  assert wide.shape == oblong.shape and wide.max() > 1.5 and np.allclose(ops.zoom_in(oblong * 0 + 0.3, 1.4), 0.3)
  with pytest.raises(InputError, match='factor 0.9'):
    ops.zoom_in(IMAGE, 0.9)
