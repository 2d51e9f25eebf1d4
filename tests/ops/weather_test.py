"""Fog, frost and snow by their formulas."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import ops

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.integers(0, 200, (12, 10, 3)).astype(np.uint8)
LAYER = RANDOM.random((12, 10)).astype(np.float32)


def same(ours, theirs):
  """Whether uint8 is float64 in [0, 1], cut off."""
  return ours.dtype == jnp.uint8 and (np.asarray(ours) == np.uint8(np.clip(theirs, 0, 1) * 255 + 1e-4)).mean() > 0.995


def test_fog():
  value = IMAGE / 255.0
  assert same(ops.fog(IMAGE, LAYER, 1.5), (value + 1.5 * LAYER[..., None]) * value.max() / (value.max() + 1.5))
  assert (ops.fog(IMAGE, LAYER, 0.0) == IMAGE).all() and not ops.fog(IMAGE * 0, LAYER, 1.0).any()


def test_frost():
  texture = RANDOM.random((12, 10, 3)).astype(np.float32)
  assert same(ops.frost(IMAGE, texture, 0.7, 0.6), 0.7 * (IMAGE / 255.0) + 0.6 * texture)
  assert (ops.frost(IMAGE, texture, 1.0, 0.0) == IMAGE).all()


@pytest.mark.parametrize('channels', (1, 3))
def test_snow(channels):
  image = IMAGE[..., :channels]
  value = image / 255.0
  grey = value @ np.array([0.299, 0.587, 0.114]) if channels == 3 else value[..., 0]
  layer = 0.2 * LAYER
  white = np.maximum(value, 1.5 * grey[..., None] + 0.5)
  assert same(ops.snow(image, layer, 0.8), 0.8 * value + 0.2 * white + (layer + layer[::-1, ::-1])[..., None])
  assert (ops.snow(image, 0 * layer, 1.0) == image).all()


def test_floats_follow():
  floats = IMAGE / np.float32(255)
  for op, rest in ((ops.fog, (LAYER, 1.0)), (ops.frost, (LAYER[..., None], 0.8, 0.7)), (ops.snow, (LAYER, 0.9))):
    ours = np.asarray(op(floats, *rest))
    assert ours.dtype == np.float32 and ours.max() <= 1 and (np.floor(ours * 255 + 1e-3) == op(IMAGE, *rest)).mean() > 0.99
