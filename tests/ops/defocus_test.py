"""Out of focus: a disk, softened, and nothing else."""

import jax
import numpy as np
import pytest
import scipy.ndimage
from scipy.signal import convolve2d

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops import corrupted

IMAGE = np.random.default_rng(0).random((26, 24, 3)).astype(np.float32)
FLAT = np.arange(1, 255, 6, dtype=np.uint8).repeat(576).reshape(-1, 24, 24).transpose(1, 2, 0)  # each channel one grey


def disk(radius, sigma):
  """The kernel by two convolutions with outer products."""
  reach, width = (8, 1) if radius <= 8 else (radius, 2)
  y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
  round_ = (np.hypot(y, x) <= radius).astype(float)
  taps = np.exp(-(np.arange(-width, width + 1) ** 2) / (2 * sigma**2))
  taps /= taps.sum()
  return convolve2d(np.pad(round_ / round_.sum(), width, mode='reflect'), np.outer(taps, taps), 'valid')


@pytest.mark.parametrize('radius, sigma', ((0.4, 0.5), (1.5, 0.1), (3, 0.1), (8, 0.5), (10, 0.5)))
def test_it_is_a_convolution_with_a_soft_disk(radius, sigma):
  blurred = jax.jit(lambda image: ops.defocus_blur(image, radius, sigma))
  theirs = scipy.ndimage.convolve(IMAGE.astype(float), disk(radius, sigma)[..., None], mode='mirror')
  assert np.abs(np.asarray(blurred(IMAGE)) - np.clip(theirs, 0, 1)).max() < 1e-5
  for pixels in ((IMAGE * 255).astype(np.uint8), FLAT):
    ours = np.asarray(blurred(pixels))
    assert ours.dtype == np.uint8 and (ours == corrupted.defocus_blur(pixels, radius, sigma)).all()


def test_a_point_is_the_image_and_bad_arguments_are_named():
  assert np.allclose(ops.defocus_blur(IMAGE, 0.0, 0.01), IMAGE, atol=1e-6)
  for radius, sigma in ((-1, 0.1), (2, 0.0)):
    with pytest.raises(InputError, match='defocus_blur: radius'):
      ops.defocus_blur(IMAGE, radius, sigma)
