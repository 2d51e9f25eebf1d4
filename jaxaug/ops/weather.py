"""Fog, frost and snow from a given layer. Deterministic maths on one image."""

import jax.numpy as jnp

from jaxaug.ops.blend import grayscale
from jaxaug.ops.truncate import truncated
from jaxaug.types import Array


def fog(image: Array, cloud: Array, amount: Array) -> Array:
  """(x + amount cloud) m / (m + amount), m the brightest value of the image.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1].
    cloud: float [H, W] in [0, 1], as from `plasma`.
    amount: scalar at least 0; 0 changes nothing.

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `fog` of their code.
  """

  def foggy(value):
    brightest = value.max()
    return jnp.clip((value + amount * cloud[..., None]) * brightest / jnp.maximum(brightest + amount, 1e-30), 0, 1)

  return truncated(foggy, image)


def frost(image: Array, texture: Array, keep: Array, amount: Array) -> Array:
  """keep x + amount texture.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1].
    texture: float [H, W, C] in [0, 1], a picture of frost.
    keep, amount: scalars; 1 and 0 change nothing.

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `frost` of their code.
  """
  return truncated(lambda value: jnp.clip(keep * value + amount * texture, 0, 1), image)


def snow(image: Array, flakes: Array, keep: Array) -> Array:
  """Whitens an image, then adds flakes and the same flakes turned by half a turn.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1]; C 3 or 1.
    flakes: float [H, W] in [0, 1].
    keep: scalar in [0, 1], weight of the image beside max(x, 1.5 grey + .5).

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `snow` of their code.
  """

  def snowy(value):
    white = jnp.maximum(value, 1.5 * grayscale(value) + 0.5)
    return jnp.clip(keep * value + (1 - keep) * white + (flakes + jnp.rot90(flakes, 2))[..., None], 0, 1)

  return truncated(snowy, image)
