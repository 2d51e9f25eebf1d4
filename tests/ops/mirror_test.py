"""Mirrored reading is SciPy's."""

import functools

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops
from jaxaug.types import InputError
from tests.ops.pillow import slopes_agree

IMAGE = np.random.default_rng(0).random((9, 7, 1)).astype(np.float32)
READ = {border: jax.jit(functools.partial(ops.bilinear_mirrored, border=border)) for border in ('reflect', 'mirror')}


@pytest.mark.parametrize('border', ('reflect', 'mirror'))
def test_it_is_scipys_far_outside_too(border):
  y, x = np.random.default_rng(1).uniform(-30, 40, (2, 25, 20)).astype(np.float32)
  theirs = scipy.ndimage.map_coordinates(IMAGE[..., 0], [y, x], order=1, mode=border)
  assert np.abs(np.asarray(READ[border](IMAGE, y, x))[..., 0] - theirs).max() < 1e-4
  inside = np.concatenate([np.mgrid[:9, :7].reshape(2, -1), np.zeros((2, 500 - 63))], 1).reshape(2, 25, 20)
  ours = READ[border](IMAGE, *inside.astype(np.float32)).reshape(-1, 1)[:63]
  assert (ours == IMAGE.reshape(-1, 1)).all()


def test_gradient_and_a_bad_border():
  y, x = np.random.default_rng(1).uniform(0, 6, (2, 5, 5)).astype(np.float32)
  assert slopes_agree(lambda v: (READ['reflect'](IMAGE, v * y, x) ** 2).mean(), 0.77)
  with pytest.raises(InputError, match='bilinear_mirrored.border'):
    ops.bilinear_mirrored(IMAGE, y, x, 'wrap')
