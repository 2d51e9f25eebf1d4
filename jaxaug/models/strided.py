"""4x4 convolutions to half the side, their transpose to twice the side, and 3x3 ones that keep it, each as one matrix product.

Under `vmap` over seeds they stay products, where a convolution becomes a grouped one.
"""

import jax.numpy as jnp

from jaxaug.types import Array, InputError


def down(image: Array, kernel: Array) -> Array:
  """y[i, j] = sum_rs x[2i + r - 1, 2j + s - 1] k[r, s]: a convolution of stride 2, padded by 1 on each side.

  Args:
    image: [B, H, W, C] float, H and W even.
    kernel: [4, 4, C, D] float.

  Returns:
    [B, H / 2, W / 2, D] float.

  Raises:
    InputError: an odd side.
  """
  rows, height, width, channels = image.shape
  if height % 2 or width % 2:
    raise InputError(f'down: sides {height} x {width} must be even')
  h, w = height // 2, width // 2
  padded = jnp.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
  blocks = padded.reshape(rows, h + 1, 2, w + 1, 2, channels).transpose(0, 1, 3, 2, 4, 5).reshape(rows, h + 1, w + 1, -1)
  windows = jnp.concatenate(
    [blocks[:, a : a + h, b : b + w] for a in (0, 1) for b in (0, 1)], -1
  )  # 2x2 blocks of 2x2 pixels
  return (windows.reshape(rows * h * w, -1) @ _by_block(kernel).reshape(-1, kernel.shape[-1])).reshape(rows, h, w, -1)


def up(image: Array, kernel: Array) -> Array:
  """y[2i + r - 1, 2j + s - 1] += x[i, j] k[r, s] for all i, j, r, s: `down` turned round.

  Args:
    image: [B, H, W, C] float.
    kernel: [4, 4, C, D] float.

  Returns:
    [B, 2H, 2W, D] float; each of its pixels is a sum over 4 of the kernel's 16 places.
  """
  rows, h, w, channels = image.shape
  features = kernel.shape[-1]
  weights = _by_block(kernel).transpose(4, 0, 1, 2, 3, 5).reshape(channels, -1)
  windows = (image.reshape(-1, channels) @ weights).reshape(rows, h, w, 2, 2, 4 * features)
  shifted = [jnp.pad(windows[:, :, :, a, b], ((0, 0), (a, 1 - a), (b, 1 - b), (0, 0))) for a in (0, 1) for b in (0, 1)]
  blocks = sum(shifted[1:], shifted[0]).reshape(rows, h + 1, w + 1, 2, 2, features)
  return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(rows, 2 * h + 2, 2 * w + 2, features)[:, 1:-1, 1:-1]


def same(image: Array, kernel: Array) -> Array:
  """y[i, j] = sum_rs x[i + r - 1, j + s - 1] k[r, s]: a convolution of stride 1, padded by 1 on each side.

  Args:
    image: [B, H, W, C] float.
    kernel: [3, 3, C, D] float.

  Returns:
    [B, H, W, D] float.
  """
  rows, h, w, channels = image.shape
  padded = jnp.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
  windows = jnp.concatenate([padded[:, r : r + h, s : s + w] for r in range(3) for s in range(3)], -1)
  return (windows.reshape(-1, 9 * channels) @ kernel.reshape(9 * channels, -1)).reshape(rows, h, w, -1)


def _by_block(kernel: Array) -> Array:
  """[4, 4, C, D] -> [2, 2, 2, 2, C, D]: which block of 2x2 pixels (rows, columns), then which pixel of it."""
  return kernel.reshape(2, 2, 2, 2, *kernel.shape[2:]).transpose(0, 2, 1, 3, 4, 5)
