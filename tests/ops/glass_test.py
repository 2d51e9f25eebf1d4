"""Frosted glass moves pixels as the published loop does."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops

IMAGE = np.random.default_rng(0).integers(0, 256, (20, 18, 3)).astype(np.uint8)


def shuffled(image, moves, reach):
  """Pixel by pixel; the exchange is of views."""
  image = image.copy()
  height, width = image.shape[:2]
  for one in moves:
    for y in range(height - reach, reach, -1):
      for x in range(width - reach, reach, -1):
        down, across = one[y, x]
        image[y, x], image[y + down, x + across] = image[y + down, x + across], image[y, x]
  return image


@pytest.mark.parametrize('reach, iterations', ((1, 2), (2, 1), (4, 3)))
def test_pixels_move_as_in_the_loop(reach, iterations):
  moves = np.random.default_rng(1).integers(-reach, reach, (iterations, 20, 18, 2))
  ours = jax.jit(lambda image, moves: ops.glass_blur(image, 0.05, reach, moves))  # too narrow to blur
  theirs = shuffled(IMAGE, moves, reach)
  assert (np.asarray(ours(IMAGE, moves)) == theirs).all() and (theirs != IMAGE).any()


def test_it_blurs_before_and_after():
  moves = np.random.default_rng(1).integers(-2, 2, (1, 20, 18, 2))
  blur = lambda value: scipy.ndimage.gaussian_filter(value / 255.0, (1.1, 1.1, 0), mode='nearest')
  theirs = blur(shuffled(np.uint8(blur(IMAGE) * 255), moves, 2)) * 255
  ours = np.asarray(jax.jit(lambda image: ops.glass_blur(image, 1.1, 2, moves))(IMAGE))
  assert np.abs(ours - theirs).max() < 1.5 and (np.abs(ours - np.floor(theirs)) > 0.5).mean() < 0.02


def test_no_moves_are_two_blurs():
  moves = np.zeros((2, 20, 18, 2), int)
  floats = IMAGE / np.float32(255)
  twice = ops.gaussian_filter(ops.gaussian_filter(floats, 0.7), 0.7)
  assert np.allclose(jax.jit(lambda image: ops.glass_blur(image, 0.7, 1, moves))(floats), twice, atol=1e-6)
