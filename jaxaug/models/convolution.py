"""A convolution whose input gradient stays fast inside loops on CPU."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxaug.types import Array, InputError

_LAYOUT = ('NHWC', 'HWIO', 'NHWC')


def _is_thin(kernel: Array, padding: tuple) -> bool:
  """Few channels in and out on CPU, as in a first layer: XLA's own convolution is slower there than plain sums.

  Not where a precision is asked for, as certificates do: those carry one convolution back faster than many sums.
  """
  if jax.config.jax_default_matmul_precision not in (None, 'default'):
    return False
  height, width, before, after = kernel.shape
  ordinary = all(0 <= pad < size for size, pads in zip((height, width), padding) for pad in pads)
  return jax.default_backend() == 'cpu' and ordinary and before <= 4 and before * after <= 64 and height * width <= 9


def _taps(image: Array, kernel: Array, strides: tuple[int, int], padding: tuple) -> Array:
  """The convolution as a sum over the kernel's places and channels."""
  padded = jnp.pad(image, ((0, 0), *padding, (0, 0)))
  at = lambda axis, k: slice(k, padded.shape[1 + axis] - kernel.shape[axis] + k + 1, strides[axis])
  total = jnp.zeros((), image.dtype)
  for i, j, c in np.ndindex(*kernel.shape[:3]):
    total = total + padded[:, at(0, i), at(1, j), c : c + 1] * kernel[i, j, c][None, None, None]
  return total


def _taps_to_image(cotangent: Array, kernel: Array, shape: tuple, padding: tuple) -> Array:
  """Its input gradient for stride 1: one matrix product, whose columns are shifted and summed."""
  height, width, before, after = kernel.shape
  moved = cotangent.reshape(-1, after) @ kernel.transpose(3, 0, 1, 2).reshape(after, -1)
  sides = ((k - 1 - low, k - 1 - high) for k, (low, high) in zip(kernel.shape, padding))
  moved = jnp.pad(moved.reshape(*cotangent.shape[:3], -1), ((0, 0), *sides, (0, 0)))
  total = jnp.zeros((), cotangent.dtype)
  for n, (i, j) in enumerate(np.ndindex(height, width)):
    down, across = height - 1 - i, width - 1 - j
    total = total + moved[:, down : down + shape[1], across : across + shape[2], n * before : (n + 1) * before]
  return total


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _convolve(image: Array, kernel: Array, strides: tuple[int, int], padding: tuple) -> Array:
  if _is_thin(kernel, padding):
    return _taps(image, kernel, strides, padding)
  return lax.conv_general_dilated(image, kernel, strides, padding, dimension_numbers=_LAYOUT)


def _forward(image, kernel, strides, padding):
  return _convolve(image, kernel, strides, padding), (image, kernel)


def _backward(strides, padding, saved, cotangent):
  image, kernel = saved
  plain = lambda kernel: lax.conv_general_dilated(image, kernel, strides, padding, dimension_numbers=_LAYOUT)
  to_kernel = jax.vjp(plain, kernel)[1](cotangent)[0]
  if _is_thin(kernel, padding) and strides == (1, 1):
    return _taps_to_image(cotangent, kernel, image.shape, padding), to_kernel
  sides = []
  for size, out, width, stride, (low, _) in zip(image.shape[1:3], cotangent.shape[1:3], kernel.shape, strides, padding):
    before = width - 1 - low
    sides.append((before, size + width - 1 - ((out - 1) * stride + 1) - before))
  turned = kernel[::-1, ::-1].swapaxes(2, 3)  # XLA only finds its fast path with this written out (jax issue 12868)
  to_image = lax.conv_general_dilated(cotangent, turned, (1, 1), sides, lhs_dilation=strides, dimension_numbers=_LAYOUT)
  return to_image, to_kernel


_convolve.defvjp(_forward, _backward)
_compiled = jax.jit(_convolve, static_argnums=(2, 3), inline=True)  # outside of jit, its many small steps are one program


def convolve(image: Array, kernel: Array, window_strides: tuple[int, int], padding, **others) -> Array:
  """2-D convolution in NHWC/HWIO; same values and gradients as `lax.conv_general_dilated`.

  Reverse mode only, of any order (a `custom_vjp`): 4 times faster input gradients inside `fori_loop` and `scan` on
  CPU, `python -m benchmarks.pgd`.

  Args:
    image: [B, H, W, C] float.
    kernel: [h, w, C, D] float.
    window_strides: pixels, (rows, columns).
    padding: 'SAME', 'VALID' or ((top, bottom), (left, right)).
    **others: what `flax.linen.Conv` also passes to its `conv_general_dilated` hook; must be at its default.

  Returns:
    [B, H', W', D] float.

  Raises:
    InputError: dilation, groups or a precision were asked for.
  """
  for name, value in others.items():
    plain = {'lhs_dilation': (1, 1), 'rhs_dilation': (1, 1), 'feature_group_count': 1, 'batch_group_count': 1}.get(name)
    if name not in ('dimension_numbers', 'preferred_element_type') and value is not None and value != plain:
      raise InputError(f'convolve: {name} {value} is not supported; use flax.linen.Conv as it is')
  strides = tuple(window_strides)
  if isinstance(padding, str):
    padding = lax.padtype_to_pads(image.shape[1:3], kernel.shape[:2], strides, padding)
  return _compiled(image, kernel, strides, tuple(tuple(int(p) for p in side) for side in padding))


def conv(features: int, width: int, stride: int = 1, **keywords) -> nn.Conv:
  """A `flax.linen.Conv` with a square kernel, padding `width // 2` on each side, and `convolve` inside.

  Args:
    features: output channels.
    width: side of the kernel in pixels.
    stride: pixels.
    **keywords: of `flax.linen.Conv`.

  Returns:
    The module.
  """
  return nn.Conv(features, (width, width), (stride, stride), padding=width // 2, conv_general_dilated=convolve, **keywords)
