"""Our convolution is XLA's: values, gradients, gradients of gradients."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jaxaug.models import conv, convolve

CASES = (  # image, window, strides, padding
  ((5, 6), (3, 3), (1, 1), 'SAME'),
  ((5, 6), (3, 3), (2, 2), 'SAME'),
  ((6, 6), (3, 2), (2, 1), 'VALID'),
  ((8, 7), (3, 3), (3, 2), 'VALID'),
  ((5, 6), (2, 4), (2, 3), 'SAME'),
  ((7, 7), (1, 1), (2, 2), ((0, 0), (0, 0))),
  ((6, 5), (5, 3), (2, 2), ((2, 2), (1, 1))),
  ((4, 5), (3, 3), (1, 2), ((0, 2), (3, 1))),
  ((3, 3), (3, 3), (1, 1), 'VALID'),
  ((6, 6), (2, 3), (1, 1), ((-1, 0), (4, -1))),
)


def drawn(image, window, seed=0, channels=(3, 4)):
  rng = np.random.default_rng(seed)
  return rng.normal(size=(2, *image, channels[0])).astype(np.float32), rng.normal(size=(*window, *channels)).astype(
    np.float32
  )


def xla(image, kernel, strides, padding):
  return lax.conv_general_dilated(image, kernel, strides, padding, dimension_numbers=('NHWC', 'HWIO', 'NHWC'))


@pytest.mark.parametrize('channels', ((3, 4), (5, 4)), ids=('thin', 'thick'))  # thin ones are summed by hand on CPU
@pytest.mark.parametrize('image, window, strides, padding', CASES)
def test_values_and_both_orders_of_gradients_are_xlas(image, window, strides, padding, channels):
  def orders(convolution, image, kernel):
    loss = lambda *both: (convolution(*both, strides, padding) ** 3).sum()
    penalty = lambda *both: sum((g**2).sum() for g in jax.grad(loss, (0, 1))(*both))
    return (
      convolution(image, kernel, strides, padding),
      jax.grad(loss, (0, 1))(image, kernel),
      jax.grad(penalty, (0, 1))(image, kernel),
    )

  ours, theirs = (jax.jit(lambda *both: orders(f, *both))(*drawn(image, window, 0, channels)) for f in (convolve, xla))  # noqa: B023
  for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


def test_gradients_are_the_same_inside_a_loop():
  image, kernel = drawn((6, 6), (3, 3))

  def climb(convolution):
    total = lambda x: jnp.tanh(convolution(x, kernel, (2, 2), 'SAME')).sum()
    return lax.fori_loop(0, 3, lambda _, x: x + 0.1 * jax.grad(total)(x), jnp.asarray(image))

  np.testing.assert_allclose(climb(convolve), climb(xla), atol=1e-5)


@pytest.mark.parametrize('width, stride', ((3, 1), (3, 2), (1, 2), (5, 3)))
def test_conv_is_flax_conv_padded_by_half_the_width(width, stride):
  image = drawn((7, 8), (1, 1))[0]
  plain = nn.Conv(4, (width, width), (stride, stride), padding=width // 2)
  variables = {'params': {'kernel': drawn(image.shape[1:3], (width, width))[1], 'bias': np.arange(4, dtype=np.float32)}}
  np.testing.assert_allclose(conv(4, width, stride).apply(variables, image), plain.apply(variables, image), atol=1e-5)


def test_conv_follows_or_refuses_a_dilated_kernel():
  image = drawn((7, 8), (1, 1))[0]
  plain = nn.Conv(4, (3, 3), padding=1, kernel_dilation=2)
  variables = plain.init(jax.random.key(0), image)
  try:
    ours = conv(4, 3, kernel_dilation=2).apply(variables, image)
  except (ValueError, TypeError, NotImplementedError):
    return
  assert ours.shape == plain.apply(variables, image).shape
