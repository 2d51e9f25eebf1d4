"""The median filter against Pillow."""

import jax
import numpy as np
import pytest
import scipy.ndimage
from PIL import Image, ImageFilter

from jaxaug import ops
from jaxaug.types import InputError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize('size', [1, 3, 5])
@pytest.mark.parametrize('shape', [(9, 12, 3), (8, 7, 1)])
def test_it_is_pillows_bit_for_bit(size, shape):
  image = RNG.integers(0, 256, shape, np.uint8)
  theirs = np.asarray(Image.fromarray(image.squeeze()).filter(ImageFilter.MedianFilter(size))).reshape(shape)
  assert (np.asarray(jax.jit(lambda x: ops.median(x, size))(image)) == theirs).all()


def test_floats_are_scipys_and_the_gradient_goes_to_one_value_each():
  image = RNG.random((6, 6, 1), np.float32)
  np.testing.assert_array_equal(ops.median(image), scipy.ndimage.median_filter(image, (3, 3, 1), mode='nearest'))
  gradient = jax.grad(lambda x: ops.median(x).sum())(image)
  assert np.isclose(gradient.sum(), 36) and (np.asarray(gradient) == np.round(gradient)).all()


def test_an_even_size_is_refused():
  with pytest.raises(InputError, match='median.size: 2'):
    ops.median(np.zeros((4, 4, 1), np.float32), 2)
