"""Convolutions along time to 1 / stride of the steps, and their transpose to stride times as many, each as one matrix product.

What `strided.py` does for images, for any width of kernel.
"""

import jax.numpy as jnp

from jaxaug.types import Array, InputError


def shorten(series: Array, kernel: Array, stride: int) -> Array:
  """y[i] = sum_r x[stride i + r - p] k[r], p = (R - stride) // 2: a convolution with zeros around.

  Args:
    series: [B, T, C] float, T divisible by `stride`.
    kernel: [R, C, D] float, R at least `stride`.
    stride: steps, at least 1.

  Returns:
    [B, T / stride, D] float.

  Raises:
    InputError: a number of steps that the stride does not divide.
  """
  rows, steps, channels = series.shape
  if steps % stride:
    raise InputError(f'shorten: {steps} steps must be divisible by the stride {stride}')
  count, before = _blocks(kernel, stride), (len(kernel) - stride) // 2
  after = (count - 1) * stride - before
  blocks = jnp.pad(series, ((0, 0), (before, after), (0, 0))).reshape(rows, -1, stride * channels)
  out = steps // stride
  windows = jnp.concatenate([blocks[:, a : a + out] for a in range(count)], -1)
  weights = _padded(kernel, stride).reshape(-1, kernel.shape[-1])
  return (windows.reshape(rows * out, -1) @ weights).reshape(rows, out, -1)


def lengthen(series: Array, kernel: Array, stride: int) -> Array:
  """y[stride i + r - p] += x[i] k[r] for all i, r, p = (R - stride) // 2: `shorten` turned round.

  Args:
    series: [B, T, C] float.
    kernel: [R, C, D] float, R at least `stride`.
    stride: steps, at least 1.

  Returns:
    [B, stride T, D] float.
  """
  rows, steps, channels = series.shape
  features, count, before = kernel.shape[-1], _blocks(kernel, stride), (len(kernel) - stride) // 2
  weights = _padded(kernel, stride).transpose(1, 0, 2).reshape(channels, -1)
  windows = (series.reshape(-1, channels) @ weights).reshape(rows, steps, count, stride * features)
  shifted = [jnp.pad(windows[:, :, a], ((0, 0), (a, count - 1 - a), (0, 0))) for a in range(count)]
  return sum(shifted[1:], shifted[0]).reshape(rows, -1, features)[:, before : before + stride * steps]


def _blocks(kernel: Array, stride: int) -> int:
  """How many blocks of `stride` steps a kernel lies over."""
  return -(-len(kernel) // stride)


def _padded(kernel: Array, stride: int) -> Array:
  """The kernel with zeros after it, whole blocks long."""
  return jnp.pad(kernel, ((0, _blocks(kernel, stride) * stride - len(kernel)), (0, 0), (0, 0)))
