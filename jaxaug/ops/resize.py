"""Another size: resize and resized crop. Deterministic maths on one image."""

import functools

import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import is_float, quotient, rounded
from jaxaug.ops.sample import bilinear, default_interpolation, nearest, precision, stepped
from jaxaug.types import Array, check_name

BITS = 22  # of Pillow's fixed point weights
FILTERS = {  # name: (half the width, weight at a distance), in pixels of the coarser grid
  'bilinear': (1.0, lambda distance: np.maximum(1 - np.abs(distance), 0)),
  'box': (0.5, lambda distance: ((distance > -0.5) & (distance <= 0.5)).astype(np.float64)),
}


@functools.cache
def _weights(size: int, out: int, interpolation: str) -> np.ndarray:
  """float64 [out, size]: the filter, as wide as the output's pixels if those are larger."""
  half_width, weight_at = FILTERS[interpolation]
  scale = size / out
  stretch = max(scale, 1.0)
  support = half_width * stretch
  weights = np.zeros((out, size))
  for i in range(out):
    center = (i + 0.5) * scale
    low, high = max(int(center - support + 0.5), 0), min(int(center + support + 0.5), size)
    row = weight_at((np.arange(low, high) - center + 0.5) * (1 / stretch))
    weights[i, low:high] = row / row.sum()
  return weights


def _shrink(value: Array, weights: np.ndarray, axis: int) -> Array:
  """Weighted sums along an axis; uint8 in Pillow's fixed point."""
  if is_float(value):
    return jnp.moveaxis(jnp.tensordot(jnp.asarray(weights, value.dtype), value, (1, axis)), 0, axis)
  fixed = np.floor(0.5 + weights * (1 << BITS)).astype(np.int32)
  total = jnp.moveaxis(jnp.tensordot(jnp.asarray(fixed), value.astype(jnp.int32), (1, axis)), 0, axis)
  return jnp.clip((total + (1 << (BITS - 1))) >> BITS, 0, 255).astype(jnp.uint8)


def resize(image: Array, height: int, width: int, interpolation: str = 'bilinear') -> Array:
  """Stretches to another size, averaging over what becomes one pixel.

  Args:
    image: [H, W, C], uint8 or float.
    height, width: of the result.
    interpolation: 'bilinear' or 'box' (both antialiased), or 'nearest'.

  Returns:
    [height, width, C] of the same dtype.

  Raises:
    InputError: unknown interpolation.

  Source: Pillow 13 `Image.resize`, matched bit for bit; older ones always take columns first, and may differ by 1.
  """
  check_name(interpolation, ('nearest', *FILTERS), 'interpolation')
  image = jnp.asarray(image)
  if interpolation == 'nearest':

    def places(size, out):  # Pillow adds the step up in float64
      step = size / out
      return np.add.accumulate(np.concatenate([[step * 0.5], np.full(out - 1, step)])).astype(np.int32)

    return image[places(image.shape[0], height)][:, places(image.shape[1], width)]
  fewer_rows, fewer_columns = image.shape[0] - height, image.shape[1] - width
  rows_first = fewer_rows > max(0, 2 * fewer_columns)  # as Pillow orders the two passes, each of which rounds
  for axis in (0, 1) if rows_first else (1, 0):
    size, out = image.shape[axis], (height, width)[axis]
    if size != out:
      image = _shrink(image, _weights(size, out, interpolation), axis)
  return image


def resized_crop(
  image: Array, top: Array, left: Array, height: Array, width: Array, size: tuple[int, int], interpolation: str = ''
) -> Array:
  """A window of any size, stretched to `size`; not antialiased, since the window's size may be traced.

  Args:
    image: [H, W, C], uint8 or float.
    top, left, height, width: float scalars in pixels, the window.
    size: (rows, columns) of the result.
    interpolation: 'nearest', 'bilinear', or '': nearest for uint8, bilinear (differentiable in the window) for float.

  Returns:
    [*size, C] of the same dtype.

  Source: Szegedy et al., Going Deeper with Convolutions, 2015, section 6; torchvision `resized_crop` with antialias off; Pillow
  `Image.transform(size, EXTENT, (left, top, left + width, top + height))`, which uint8 matches bit for bit.
  """
  interpolation = default_interpolation(image, interpolation)
  with precision(image, interpolation) as dtype:
    top, left, height, width = (jnp.asarray(value, dtype) for value in (top, left, height, width))
    down, across = quotient(height, size[0]), quotient(width, size[1])
    if interpolation == 'nearest':
      y, x = jnp.broadcast_arrays(stepped(top, down, size[0])[:, None], stepped(left, across, size[1])[None, :])
      return nearest(image, y, x)
    y, x = (jnp.arange(count, dtype=dtype) + 0.5 for count in size)
    return bilinear(image, *jnp.broadcast_arrays((rounded(down * y) + top)[:, None], (rounded(across * x) + left)[None, :]))
