"""Reading an image at any places, the image mirrored outside."""

import jax.numpy as jnp

from jaxaug.ops.sample import bilinear
from jaxaug.types import Array, check_name

BORDERS = ('reflect', 'mirror')


def bilinear_mirrored(image: Array, y: Array, x: Array, border: str = 'reflect') -> Array:
  """Weighted mean of the four pixels around a place; pixel (i, j) has its centre at (i, j), as SciPy counts.

  Args:
    image: [H, W, C], uint8 (result cut off to whole numbers) or float; two pixels a side or more.
    y, x: float, same shape [h, w], in pixels, any.
    border: 'reflect' (c b a | a b c | c b a) or 'mirror' (c b | a b c | b a).

  Returns:
    [h, w, C] of the same dtype.

  Raises:
    InputError: unknown border.

  Source: SciPy `map_coordinates(order=1, mode=border)`; OpenCV calls 'mirror' BORDER_REFLECT_101.
  """
  check_name(border, BORDERS, 'bilinear_mirrored.border')

  def folded(place, size):
    shift, turn = (0.5, size) if border == 'reflect' else (0.0, size - 1)
    inside = turn - jnp.abs(jnp.mod(place + shift, 2 * turn) - turn) - shift
    return jnp.clip(inside, 0, size - 1) + 0.5

  return bilinear(image, folded(y, image.shape[0]), folded(x, image.shape[1]))
