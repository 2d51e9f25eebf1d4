"""From floats to 256 steps by cutting off, as NumPy's conversion to uint8 does."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import is_float
from jaxaug.types import Array

SLACK = 2.0**-13  # of a step: float32 may fall just below a whole number that float64 reaches


def truncated(fn: Callable[[Array], Array], image: Array, exact: bool = False) -> Array:
  """A function of float images on uint8 ones too, cut off at black and white and to whole numbers.

  Args:
    fn: float image -> float image, black 0 and white 1.
    image: uint8 or float.
    exact: whether `fn` is given uint8 images as float64, also where jax has float32 only; what it computes is then NumPy's to
      the bit if it adds up in the same order and `rounded` stands around its products.

  Returns:
    What `fn` returns, of the image's dtype.
  """
  image = jnp.asarray(image)
  if is_float(image):
    return fn(image).astype(image.dtype)
  if not exact:
    return jnp.clip(jnp.floor(fn(image.astype(jnp.float32) / 255) * 255 + SLACK), 0, 255).astype(jnp.uint8)
  with jax.enable_x64(True):
    value = fn(jnp.asarray(np.arange(256) / 255.0)[image.astype(jnp.int32)])
    return jnp.floor(jnp.clip(value, 0, 1) * 255).astype(jnp.uint8)
