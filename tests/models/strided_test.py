"""4x4 convolutions of stride 2 against XLA's, and their transpose."""

import jax
import numpy as np
import pytest
from jax import lax

from jaxaug.models.strided import down, same, up
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.normal(size=(3, 6, 8, 2)).astype(np.float32)
KERNEL = RANDOM.normal(size=(4, 4, 2, 5)).astype(np.float32)


def plain(image, kernel):
  return lax.conv_general_dilated(image, kernel, (2, 2), ((1, 1), (1, 1)), dimension_numbers=('NHWC', 'HWIO', 'NHWC'))


def test_down_is_a_convolution_and_so_are_its_gradients():
  np.testing.assert_allclose(jax.jit(down)(IMAGE, KERNEL), plain(IMAGE, KERNEL), atol=1e-5)
  slopes = lambda fn: jax.jit(jax.grad(lambda *a: (fn(*a) ** 3).sum(), (0, 1)))(IMAGE, KERNEL)
  for ours, theirs in zip(slopes(down), slopes(plain)):
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-2)


def test_up_is_down_turned_round():
  """<down(x), y> = <x, up(y)> with the kernel's channels swapped."""
  y = RANDOM.normal(size=(3, 3, 4, 5)).astype(np.float32)
  back = jax.vjp(lambda x: plain(x, KERNEL), IMAGE)[1](y)[0]
  np.testing.assert_allclose(jax.jit(up)(y, KERNEL.swapaxes(2, 3)), back, atol=1e-4)


def test_same_is_a_convolution_and_so_are_its_gradients():
  kernel = KERNEL[:3, :3]
  plain = lambda image, kernel: lax.conv_general_dilated(
    image, kernel, (1, 1), 'SAME', dimension_numbers=('NHWC', 'HWIO', 'NHWC')
  )
  np.testing.assert_allclose(jax.jit(same)(IMAGE, kernel), plain(IMAGE, kernel), atol=1e-5)
  slopes = lambda fn: jax.jit(jax.grad(lambda *a: (fn(*a) ** 3).sum(), (0, 1)))(IMAGE, kernel)
  for ours, theirs in zip(slopes(same), slopes(plain)):
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-2)


def test_odd_sides_are_refused():
  with pytest.raises(InputError, match='sides 5 x 8 must be even'):
    down(IMAGE[:, :5], KERNEL)
