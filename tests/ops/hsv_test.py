"""HSV in float64: the bits of scikit-image, whose formula is written out in NumPy here."""

import jax
import numpy as np
import pytest

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.scikit import in_hsv

RANDOM = np.random.default_rng(0)
NEAR_GREY = RANDOM.integers(0, 256, (2, 40, 60, 1)) + RANDOM.integers(-6, 7, (2, 40, 60, 3))
IMAGES = np.concatenate([RANDOM.integers(0, 256, (4, 40, 60, 3)), NEAR_GREY]).clip(0, 255).astype(np.uint8)
CHANGES = {
  'nothing': lambda h, s, v: (h, s, v),
  'value': lambda h, s, v: (h, s, (v + 0.15).clip(0, 1)),
  'saturation': lambda h, s, v: (h, (s * 2.5).clip(0, 1), v),
  'hue': lambda h, s, v: ((h + 0.3) % 1.0, s, v),
}


@pytest.mark.parametrize('name', CHANGES)
def test_it_is_float64s_to_the_bit(name):
  done = jax.jit(jax.vmap(lambda image: ops.in_hsv(image, CHANGES[name])))(IMAGES)
  assert done.dtype == np.uint8 and (np.asarray(done) == in_hsv(IMAGES, CHANGES[name])).all()


def test_the_formula_is_scikit_images():
  color = pytest.importorskip('skimage.color')
  for name, change in CHANGES.items():
    moved = np.stack(change(*np.moveaxis(color.rgb2hsv(IMAGES / 255.0), -1, 0)), -1)
    theirs = np.uint8(np.clip(color.hsv2rgb(moved), 0, 1) * 255)
    assert (in_hsv(IMAGES, change) == theirs).all(), name


def test_grey_is_refused():
  with pytest.raises(InputError, match='1 channels, must be 3'):
    ops.in_hsv(IMAGES[0, ..., :1], CHANGES['value'])
