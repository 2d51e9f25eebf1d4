"""Zooming is SciPy's."""

import jax
import numpy as np
import pytest

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops import corrupted

IMAGE = np.random.default_rng(0).random((32, 32, 2)).astype(np.float32)


@pytest.mark.parametrize('factor', (1.0, 1.01, 1.13, 1.75, 2.0, 4.5))
def test_zoom_is_scipys(factor):
  for side in (32, 28):
    image = IMAGE[:side, :side]
    assert np.abs(np.asarray(ops.zoom_in(image, factor)) - corrupted.zoomed(image, factor)).max() < 1e-5


def test_blur_is_the_mean_of_zooms():
  factors = tuple(np.arange(1, 1.16, 0.03))
  blurred = jax.jit(lambda image: ops.zoom_blur(image, factors))
  theirs = np.mean([IMAGE, *(corrupted.zoomed(IMAGE.astype(float), factor) for factor in factors)], 0)
  assert np.abs(np.asarray(blurred(IMAGE)) - theirs).max() < 1e-5
  for pixels in ((IMAGE * 255).astype(np.uint8), np.full((28, 28, 1), 201, np.uint8)):
    ours = np.asarray(blurred(pixels))
    assert ours.dtype == np.uint8 and (ours == corrupted.zoom_blur(pixels, factors)).all()


def test_identity_oblong_images_values_beyond_white_and_a_bad_factor():
  oblong = 5 * IMAGE[:20] - 2
  assert (ops.zoom_in(oblong, 1.0) == oblong).all() and np.allclose(ops.zoom_blur(oblong, (1.0, 1.0)), oblong, atol=1e-5)
  wide = np.asarray(ops.zoom_in(oblong, 1.4))
  assert wide.shape == oblong.shape and wide.max() > 1.5 and np.allclose(ops.zoom_in(oblong * 0 + 0.3, 1.4), 0.3)
  with pytest.raises(InputError, match='factor 0.9'):
    ops.zoom_in(IMAGE, 0.9)
