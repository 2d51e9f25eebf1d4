"""The way back through a convolution: the transpose that jax derives, and its gradients, for every stride and padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.certify import Bounds
from jaxaug.certify.ibp import propagate
from jaxaug.certify.transpose import _convolved_back, transposed
from jaxaug.models.convolution import convolve

RNG = np.random.default_rng(0)
IMAGE = RNG.random((1, 9, 8, 3), np.float32)
LAYOUT = ('NHWC', 'HWIO', 'NHWC')


def only_step(fn):
  """The one step of a network, and its value at IMAGE."""
  wide = lambda image: fn(image).reshape(1, -1)
  _, steps = propagate(wide, Bounds(jnp.asarray(IMAGE), jnp.asarray(IMAGE)))
  return steps[0]


@pytest.mark.parametrize('mine', (True, False), ids=('convolve', 'lax'))
@pytest.mark.parametrize('width', ((3, 3), (1, 1), (4, 2)), ids=str)
@pytest.mark.parametrize('strides', ((1, 1), (2, 2), (3, 1)), ids=str)
@pytest.mark.parametrize('padding', (((1, 1), (1, 1)), ((0, 0), (0, 0)), ((2, 0), (1, 3))), ids=str)
def test_a_convolution_goes_back_as_jax_derives_it(mine, width, strides, padding):
  kernel = jnp.asarray(RNG.normal(size=(*width, 3, 4)), jnp.float32)
  plain = lambda image, kernel: jax.lax.conv_general_dilated(image, kernel, strides, padding, dimension_numbers=LAYOUT)
  ours = lambda image: convolve(image, kernel, strides, padding) if mine else plain(image, kernel)
  _, back, _ = transposed(only_step(ours))
  cotangent = jnp.asarray(RNG.normal(size=plain(IMAGE, kernel).shape), jnp.float32)
  np.testing.assert_allclose(back(cotangent)[0], jax.vjp(lambda x: plain(x, kernel), IMAGE)[1](cotangent)[0], atol=1e-5)
  if mine:  # the gradients of the way back, against those that jax derives twice
    mix = jnp.asarray(RNG.normal(size=IMAGE.shape), jnp.float32)
    fast = lambda a, k: (_convolved_back(a, k, IMAGE.shape[1:3], strides, padding) * mix).sum()
    slow = lambda a, k: (jax.vjp(lambda x: plain(x, k), IMAGE)[1](a)[0] * mix).sum()
    for one, other in zip(jax.grad(fast, (0, 1))(cotangent, kernel), jax.grad(slow, (0, 1))(cotangent, kernel)):
      np.testing.assert_allclose(one, other, atol=1e-4)


def test_other_convolutions_go_back_too():
  kernel = jnp.asarray(RNG.normal(size=(3, 3, 1, 6)), jnp.float32)
  grouped = lambda image: jax.lax.conv_general_dilated(
    image, kernel, (1, 1), 'SAME', rhs_dilation=(2, 2), feature_group_count=3, dimension_numbers=LAYOUT
  )
  _, back, _ = transposed(only_step(grouped))
  cotangent = jnp.asarray(RNG.normal(size=grouped(IMAGE).shape), jnp.float32)
  np.testing.assert_allclose(back(cotangent)[0], jax.vjp(grouped, IMAGE)[1](cotangent)[0], atol=1e-5)


def test_a_convolution_that_a_call_throws_away_is_not_the_call():
  kernel = jnp.full((1, 1, 3, 3), -5.0)

  @jax.custom_vjp
  def idle(image, kernel):
    jax.lax.conv_general_dilated(image, kernel, (1, 1), 'SAME', dimension_numbers=LAYOUT)
    return image

  idle.defvjp(lambda image, kernel: (image, None), lambda _, cotangent: (cotangent, kernel))
  _, back, _ = transposed(only_step(lambda image: idle(image, kernel)))
  np.testing.assert_array_equal(back(jnp.asarray(IMAGE))[0], IMAGE)
