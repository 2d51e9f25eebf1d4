"""Clouds and frost, drawn."""

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.types import Array, Key

DIRECTIONS = 8  # of ice needles
SEEDS = 0.03  # share of pixels from which a needle grows


def cloud(key: Key, height: int, width: int, decay: float) -> Array:
  """A corner of a plasma whose side is the next power of two.

  Args:
    key: one key.
    height, width: in pixels.
    decay: of `ops.plasma`, from ragged (1) to smooth (3).

  Returns:
    float32 [height, width] in [0, 1].

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `fog` of their code.
  """
  size = 1 << (max(height, width) - 1).bit_length()
  return ops.plasma(jax.random.uniform(key, (size, size), minval=-1.0), decay)[:height, :width]


def frost_texture(key: Key, height: int, width: int, channels: int = 3) -> Array:
  """Ice needles that lie in patches of one direction each, over a bluish pane. Procedural: it resembles a photograph of frost.

  Args:
    key: one key.
    height, width: in pixels; needles are a sixteenth as long.
    channels: 3, or 1 for grey.

  Returns:
    float32 [height, width, channels] in [0, 1].

  Source: made up here, so that the corruption moves images as far, within a tenth, as with the photographs of Hendrycks and
  Dietterich, 2019.
  """
  key_seed, key_degrees, key_cloud, key_pane = jax.random.split(key, 4)
  reach = max(2, max(height, width) // 16)
  seeds = jax.random.uniform(key_seed, (DIRECTIONS, height + 2 * reach, width + 2 * reach, 1))
  seeds = jnp.where(seeds < SEEDS, seeds / SEEDS, 0)
  degrees = jax.random.uniform(key_degrees, (DIRECTIONS,), maxval=360.0)
  needles = jax.vmap(lambda seed, degree: ops.motion_blur(seed, reach, 0.6 * reach, degree))(seeds, degrees)
  patches = jax.vmap(lambda key: cloud(key, height, width, 1.6))(jax.random.split(key_cloud, DIRECTIONS))[..., None]
  ice = (needles[:, reach : reach + height, reach : reach + width] * patches**3).max(0)
  light, blue = jax.random.uniform(key_pane, (2,))
  pane = 0.42 + 0.35 * light + 0.3 * (patches[0] - 0.5)
  color = jnp.array((-0.12, 0.0, 0.06) if channels == 3 else (0.0,))[None, None] * (0.3 + blue)
  return jnp.clip(pane + color + 0.6 * ice / jnp.maximum(ice.max(), 1e-6), 0, 1)
