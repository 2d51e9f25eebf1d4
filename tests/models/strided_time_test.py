"""Convolutions along time against XLA's, and their transpose."""

import jax
import numpy as np
import pytest
from jax import lax

from jaxaug.models.strided_time import lengthen, shorten
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
SIZES = ((3, 1), (4, 2), (25, 4), (5, 2), (4, 4))  # width of the kernel, stride


def made(width):
  return RANDOM.normal(size=(2, 12, 3)).astype(np.float32), RANDOM.normal(size=(width, 3, 5)).astype(np.float32)


def plain(series, kernel, stride):
  sides = (len(kernel) - stride) // 2, len(kernel) - stride - (len(kernel) - stride) // 2
  return lax.conv_general_dilated(series, kernel, (stride,), (sides,), dimension_numbers=('NWC', 'WIO', 'NWC'))


@pytest.mark.parametrize(('width', 'stride'), SIZES)
def test_shorten_is_a_convolution_and_so_are_its_gradients(width, stride):
  series, kernel = made(width)
  found = jax.jit(lambda *a: shorten(*a, stride))(series, kernel)
  assert found.shape == (2, 12 // stride, 5)
  np.testing.assert_allclose(found, plain(series, kernel, stride), atol=1e-4)
  slopes = lambda fn: jax.jit(jax.grad(lambda *a: (fn(*a, stride) ** 2).sum(), (0, 1)))(series, kernel)
  for ours, theirs in zip(slopes(shorten), slopes(plain)):
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize(('width', 'stride'), SIZES)
def test_lengthen_is_shorten_turned_round(width, stride):
  """<shorten(x), y> = <x, lengthen(y)> with the kernel's channels swapped."""
  series, kernel = made(width)
  y = RANDOM.normal(size=(2, 12 // stride, 5)).astype(np.float32)
  back = jax.vjp(lambda x: plain(x, kernel, stride), series)[1](y)[0]
  found = jax.jit(lambda *a: lengthen(*a, stride))(y, kernel.swapaxes(1, 2))
  np.testing.assert_allclose(found, back, atol=1e-4)


def test_steps_that_the_stride_does_not_divide_are_refused():
  series, kernel = made(4)
  with pytest.raises(InputError, match='11 steps must be divisible by the stride 2'):
    shorten(series[:, :11], kernel, 2)
