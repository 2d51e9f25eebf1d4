"""Spatter on the lens, water or mud. Deterministic maths on one image."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.blend import grayscale
from jaxaug.ops.gaussian_filter import gaussian_filter
from jaxaug.ops.tone import histogram
from jaxaug.ops.truncate import truncated
from jaxaug.types import Array

TURQUOISE, BROWN = (175, 238, 238), (63, 42, 20)
FAR = 20  # pixels, as far as distances count
LENGTH = {0: 0, 1: 1, 2: 1.4, 5: 2.1969}  # of a step, by the square of its true length: OpenCV's mask of 5 x 5
WEAK, STRONG = 50, 150  # slopes of an outline


def _correlate(value: Array, kernel: list, scale: float = 1.0, border: str = 'reflect') -> Array:
  """[H, W] with a 3 x 3 kernel."""
  height, width = value.shape
  padded = jnp.pad(value, 1, mode=border)
  taps = [(weight, padded[y : y + height, x : x + width]) for y, row in enumerate(kernel) for x, weight in enumerate(row)]
  total = scale * sum(weight * part for weight, part in taps if weight)
  return jax.lax.optimization_barrier(total)  # else one step is compiled into the next, for seconds


def _outline(liquid: Array) -> Array:
  """bool [H, W], Canny's edges of whole numbers [H, W]."""
  across = _correlate(liquid, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], border='edge')
  down = _correlate(liquid, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], border='edge')
  slope = jnp.abs(across) + jnp.abs(down)
  height, width = slope.shape
  padded = jnp.pad(slope, 1)
  at = lambda y, x: padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
  ridge = lambda y, x: (slope > at(-y, -x)) & (slope >= at(y, x))
  steepness = jnp.abs(down) / jnp.maximum(jnp.abs(across), 1e-3)
  diagonal = jnp.where(
    across * down > 0, (slope > at(-1, -1)) & (slope > at(1, 1)), (slope > at(-1, 1)) & (slope > at(1, -1))
  )
  flat, steep = np.tan(np.radians((22.5, 67.5)))
  thin = jnp.where(steepness < flat, ridge(0, 1), jnp.where(steepness > steep, ridge(1, 0), diagonal))
  weak, strong = thin & (slope > WEAK), thin & (slope > STRONG)
  touching = lambda edge: jax.lax.reduce_window(edge, False, jnp.logical_or, (3, 3), (1, 1), 'SAME') & weak
  grow = lambda state: (state[1], touching(state[1]))
  return jax.lax.while_loop(lambda state: (state[0] != state[1]).any(), grow, (strong, touching(strong)))[1]


def _distance(edge: Array) -> Array:
  """[H, W], pixels to the nearest True of bool [H, W], at most FAR, along steps of known length."""
  height, width = edge.shape
  steps = [
    (y, x, LENGTH[(y - 2) ** 2 + (x - 2) ** 2]) for y in range(5) for x in range(5) if (y - 2) ** 2 + (x - 2) ** 2 in LENGTH
  ]

  def shorten(_, distance):
    padded = jnp.pad(distance, 2, constant_values=FAR)
    return functools.reduce(jnp.minimum, (padded[y : y + height, x : x + width] + length for y, x, length in steps))

  return jax.lax.fori_loop(0, FAR, shorten, jnp.where(edge, 0.0, FAR))


def _equalized(value: Array) -> Array:
  """Whole numbers [H, W] from 0 to 255, spread so that their histogram is as flat as it gets."""
  counts = histogram(value.astype(jnp.uint8)[..., None])[0]
  below = jnp.cumsum(counts)
  lowest = counts[jnp.argmax(counts > 0)]
  table = jnp.round((below - lowest) * (255 / jnp.maximum(value.size - lowest, 1)))
  return table[value.astype(jnp.int32)]


def _colored(value: Array, color: tuple) -> Array:
  color = jnp.array(color, value.dtype)[None, None] / 255
  return color if value.shape[-1] == 3 else grayscale(color)[..., :1]


def water(image: Array, liquid: Array, amount: Array) -> Array:
  """Adds drops of pale turquoise, lit from one side.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1]; C 3 or 1.
    liquid: float [H, W] in [0, 1], how deep; 0 where it is dry.
    amount: scalar, brightness of the brightest place.

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `spatter` of their code.
  """
  box = [[1, 1, 1]] * 3
  depth = jnp.floor(liquid * 255 + 1e-4)
  relief = _equalized(jnp.floor(_correlate(_distance(_outline(depth)), box, 1 / 9) + 1e-4))
  relief = jnp.clip(_correlate(relief, [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]), 0, 255)
  light = depth * jnp.round(_correlate(relief, box, 1 / 9))
  light = amount * light / jnp.maximum(light.max(), 1)
  return truncated(lambda value: jnp.clip(value + light[..., None] * _colored(value, TURQUOISE), 0, 1), image)


def mud(image: Array, wet: Array, sigma: float) -> Array:
  """Covers an image with brown where enough of the surroundings is wet.

  Args:
    image: [H, W, C], uint8 (cut off to whole numbers) or float in [0, 1]; C 3 or 1.
    wet: bool [H, W].
    sigma: of the surroundings in pixels, a plain number.

  Returns:
    [H, W, C] of the same dtype.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `spatter` of their code.
  """
  cover = gaussian_filter(wet[..., None].astype(jnp.float32), sigma)
  cover = jnp.where(cover < 0.8, 0, cover)
  return truncated(lambda value: value * (1 - cover) + cover * _colored(value, BROWN), image)
