"""Brightness and saturation changed in HSV, in float64: what the published corrupted sets were made with, to the last bit."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import checked, quotient, rounded
from jaxaug.types import Array


def in_hsv(image: Array, fn: Callable[[Array, Array, Array], tuple[Array, Array, Array]]) -> Array:
  """An image of which hue, saturation and value are changed, cut off to whole numbers.

  Args:
    image: [H, W, 3] uint8.
    fn: (hue, saturation, value), float64 [H, W] in [0, 1] -> the same three.

  Returns:
    [H, W, 3] uint8.

  Raises:
    InputError: another rank or number of channels.

  Source: scikit-image `rgb2hsv` and `hsv2rgb` as the code of ImageNet-C calls them, matched bit for bit.
  """
  image = checked(image, (3,))
  with jax.enable_x64(True):
    red, green, blue = jnp.moveaxis(jnp.asarray(np.arange(256) / 255.0)[image.astype(jnp.int32)], -1, 0)
    value = jnp.maximum(jnp.maximum(red, green), blue)
    spread = value - jnp.minimum(jnp.minimum(red, green), blue)
    safe = jnp.where(spread > 0, spread, 1.0)
    sector = jnp.where(value == green, 2.0 + (blue - red) / safe, (green - blue) / safe)
    sector = jnp.where(value == blue, 4.0 + (red - green) / safe, sector)
    hue = jnp.where(spread > 0, jnp.mod(quotient(sector, 6.0), 1.0), 0.0)
    saturation = jnp.where(spread > 0, spread / jnp.where(value > 0, value, 1.0), 0.0)
    hue, saturation, value = fn(hue, saturation, value)
    turned = rounded(hue * 6.0)
    part = turned - jnp.floor(turned)
    low = value * (1.0 - saturation)
    falling = value * (1.0 - rounded(part * saturation))
    rising = value * (1.0 - rounded((1.0 - part) * saturation))
    sixth = jnp.floor(turned).astype(jnp.int32) % 6
    chosen = jnp.stack((value, low, falling), -1)
    rows = ((value, rising, low), (falling, value, low), (low, value, rising), (low, falling, value), (rising, low, value))
    for i, row in enumerate(rows):
      chosen = jnp.where((sixth == i)[..., None], jnp.stack(row, -1), chosen)
    return jnp.floor(jnp.clip(chosen, 0.0, 1.0) * 255.0).astype(jnp.uint8)
