"""JPEG is Pillow's, bit for bit: every quality, odd sizes, grey and RGB."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import mismatches, picture


def _pillow(opened: Image.Image, quality: int) -> Image.Image:
  stream = io.BytesIO()
  opened.save(stream, 'JPEG', quality=int(quality))
  return Image.open(stream)


def _kinds(shape: tuple[int, int, int], count: int) -> np.ndarray:
  """[count, H, W, C] uint8, in turn: noise, black and white noise, waves."""
  random = np.random.default_rng(sum(shape))
  noise = random.integers(0, 256, (count, *shape))
  y, x = np.mgrid[: shape[0], : shape[1]] / 5.0
  waves = 127 + 120 * np.sin(random.uniform(0, 6, (count, 1, 1, shape[2])) + y[..., None] * 0.7 + x[..., None])
  made = np.stack([noise, (noise > 127) * 255, waves], 1).reshape(-1, *shape)
  return made[:count].astype(np.uint8)


# (1, 40) and (3, 4): one row, and colour planes too narrow to be smoothed.
@pytest.mark.parametrize('sides', ((32, 32), (28, 28), (17, 23), (16, 16), (3, 4), (1, 40)))
@pytest.mark.parametrize('channels', (1, 3))
def test_uint8_is_pillows_at_every_quality(sides, channels):
  qualities = np.arange(1, 101)
  assert mismatches(ops.jpeg, _pillow, _kinds((*sides, channels), len(qualities)), qualities) == 0


def test_a_traced_quality_is_clipped_and_less_of_it_loses_more():
  image = _kinds((16, 16, 3), 3)[2]
  lossy = jax.jit(jax.vmap(ops.jpeg, (None, 0)))(image, np.array([-5, 1, 100, 300, 10, 50, 90]))
  assert (lossy[0] == lossy[1]).all() and (lossy[2] == lossy[3]).all()
  errors = np.square(np.asarray(lossy)[[1, 4, 5, 6, 2]].astype(float) - image).mean((1, 2, 3))
  assert (np.diff(errors) < 0).all()


def test_floats_are_those_of_uint8_with_a_gradient_of_one():
  image = _kinds((16, 16, 3), 1)[0]
  floats = jnp.asarray(image) / 255.0
  lossy, pull_back = jax.vjp(jax.jit(lambda x: ops.jpeg(x, 20)), floats)
  theirs = np.asarray(_pillow(picture(image), 20))
  assert lossy.dtype == jnp.float32 and (np.asarray(ops.to_uint8(lossy)) == theirs).all()
  weights = jnp.arange(floats.size, dtype=jnp.float32).reshape(floats.shape)
  assert (pull_back(weights)[0] == weights).all()


@pytest.mark.parametrize(
  'channels, quality, message',
  ((2, 50, 'jpeg.image: 2 channels'), (3, 0, 'jpeg.quality: 0 must be'), (3, 100.5, 'jpeg.quality: 100.5 must be')),
)
def test_what_cannot_be_saved_is_named(channels, quality, message):
  with pytest.raises(InputError, match=message):
    ops.jpeg(np.zeros((8, 8, channels), np.uint8), quality)
