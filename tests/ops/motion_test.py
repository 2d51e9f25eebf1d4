"""Motion: one tail, in the direction asked for."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import slopes_agree

IMAGE = np.random.default_rng(0).random((20, 17, 2)).astype(np.float32)
WEIGHTS = np.exp(-0.5 * (np.arange(9) / 2.5) ** 2)
WEIGHTS /= WEIGHTS.sum()
BLURRED = jax.jit(lambda image, degrees: ops.motion_blur(image, 4, 2.5, degrees))


@pytest.mark.parametrize('degrees, axis, backwards', ((0.0, 1, False), (180.0, 1, True), (90.0, 0, False), (-90.0, 0, True)))
def test_along_an_axis_it_is_a_convolution(degrees, axis, backwards):
  kernel = np.concatenate([np.zeros(8), WEIGHTS])  # pixels come from the right, or below
  theirs = scipy.ndimage.correlate1d(IMAGE.astype(float), kernel[::-1] if backwards else kernel, axis, mode='nearest')
  assert np.abs(np.asarray(BLURRED(IMAGE, degrees)) - theirs).max() < 1e-5


def test_at_an_angle_it_walks_over_whole_pixels():
  degrees = 30.0
  total = np.zeros(IMAGE.shape)
  for step, weight in enumerate(WEIGHTS):
    down, across = (int(np.ceil(step * f(np.radians(degrees)) - 0.5)) for f in (np.sin, np.cos))
    rows, columns = np.clip(np.arange(20) + down, 0, 19), np.clip(np.arange(17) + across, 0, 16)
    total += weight * IMAGE[rows[:, None], columns[None]]
  assert np.abs(np.asarray(BLURRED(IMAGE, degrees)) - total).max() < 1e-5
  pixels = (IMAGE * 255).astype(np.uint8)
  ours = np.asarray(BLURRED(pixels, degrees))
  assert ours.dtype == np.uint8 and np.abs(ours - np.asarray(BLURRED(pixels / np.float32(255), degrees)) * 255).max() < 0.51


def test_no_length_is_the_image_and_there_is_a_gradient():
  assert np.allclose(ops.motion_blur(IMAGE, 0, 1.0, 30.0), IMAGE) and np.allclose(
    ops.motion_blur(IMAGE, 5, 1e-3, 30.0), IMAGE
  )
  assert slopes_agree(lambda v: (BLURRED(v * IMAGE, 20.0) ** 2).mean(), 0.8)
  with pytest.raises(InputError, match='motion_blur: radius'):
    ops.motion_blur(IMAGE, 3, 0.0, 10.0)
