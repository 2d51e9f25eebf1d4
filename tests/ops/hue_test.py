"""HSV as Python's colorsys has it."""

import colorsys

import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from tests.ops.pillow import slopes_agree

IMAGE = np.random.default_rng(0).random((9, 7, 3)).astype(np.float32)
IMAGE[0, 0] = 0.5
IMAGE[0, 1] = 0


def test_conversions_are_colorsys():
  flat = IMAGE.reshape(-1, 3)
  assert np.allclose(ops.rgb_to_hsv(flat), [colorsys.rgb_to_hsv(*map(float, p)) for p in flat], atol=1e-5)
  assert np.allclose(ops.hsv_to_rgb(flat), [colorsys.hsv_to_rgb(*map(float, p)) for p in flat], atol=1e-5)


def test_turns_and_factors():
  assert np.allclose(ops.hue(IMAGE, 0.0), IMAGE, atol=1e-5) and np.allclose(ops.hue(IMAGE, 1.0), IMAGE, atol=1e-5)
  assert np.allclose(ops.hue(jnp.array([[[1.0, 0, 0]]]), 1 / 3), [[[0, 1, 0]]], atol=1e-5)
  grey = ops.saturation(IMAGE, 0.0)
  assert np.allclose(grey, IMAGE.max(-1, keepdims=True), atol=1e-6) and np.allclose(
    ops.saturation(IMAGE, 1.0), IMAGE, atol=1e-5
  )
  assert not np.allclose(ops.saturation(IMAGE, 0.5), IMAGE, atol=1e-2)
  pixels = (IMAGE * 255).astype(np.uint8)
  assert (ops.hue(pixels, 0.0) == pixels).all() and (ops.saturation(pixels, 1.0) == pixels).all()
  one = pixels[..., :1]
  assert (ops.hue(one, 0.3) == one).all() and (ops.saturation(one, 0.3) == one).all()


def test_gradients():
  weights = np.random.default_rng(1).random(IMAGE.shape).astype(np.float32)
  assert slopes_agree(lambda v: (weights[1:] * ops.saturation(IMAGE[1:], v)).mean(), 0.6)
  assert slopes_agree(lambda v: (weights[1:] * ops.hue(IMAGE[1:], v)).mean(), 0.05, tolerance=0.05)
