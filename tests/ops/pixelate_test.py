"""Pixelate is Pillow's BOX there and back, bit for bit."""

import jax
import jax.numpy as jnp
import numpy as np
import PIL
import pytest
from PIL import Image

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import picture

BOX = Image.Resampling.BOX
NEWER = int(PIL.__version__.split('.')[0]) >= 13  # from here on, the order of the two passes depends on the sides


@pytest.mark.parametrize('share', (0.6, 0.5, 0.4, 0.3, 0.25, 1.0))
@pytest.mark.parametrize('shape', ((32, 32, 3), (40, 23, 1)))
def test_uint8_is_pillows(shape, share):
  image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
  small = picture(image).resize((int(shape[1] * share), int(shape[0] * share)), BOX)
  theirs = np.asarray(small.resize(shape[1::-1], BOX)).reshape(shape)
  ours = np.asarray(jax.jit(ops.pixelate, static_argnums=1)(image, share))
  assert ours.dtype == np.uint8 and np.abs(ours.astype(int) - theirs).max() <= (0 if NEWER or shape[0] == shape[1] else 1)


def test_floats_become_means_of_boxes():
  image = jnp.asarray(np.random.default_rng(1).random((12, 8, 2)), jnp.float32)
  means = image.reshape(3, 4, 2, 4, 2).mean((1, 3))
  assert np.allclose(ops.pixelate(image, 0.25), means.repeat(4, 0).repeat(4, 1), atol=1e-6)
  slope = jax.jit(jax.grad(lambda x: ops.pixelate(x, 0.25)[0, 0, 0]))(image)
  assert np.allclose(slope[:4, :4, 0], 1 / 16) and np.isclose(slope.sum(), 1)


@pytest.mark.parametrize('share', (0, 1.01, 0.1))
def test_a_share_that_leaves_nothing_is_named(share):
  with pytest.raises(InputError, match=f'pixelate.share: {share}'):
    ops.pixelate(np.zeros((8, 12, 1), np.uint8), share)
