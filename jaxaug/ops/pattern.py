"""Fields over the image plane, out of which light and textures are made. Deterministic maths, [H, W, 1] in [0, 1].

A direction is in degrees, counter-clockwise from the right, as `ops.rotate` turns.
"""

import jax.numpy as jnp

from jaxaug.ops.sample import bilinear
from jaxaug.types import Array


def _along(height: int, width: int, degrees: Array) -> Array:
  """[H, W, 1], how many pixels each pixel lies from the image's centre in a direction."""
  y, x = jnp.arange(height)[:, None, None] + 0.5 - height / 2, jnp.arange(width)[None, :, None] + 0.5 - width / 2
  return x * jnp.cos(jnp.radians(degrees)) - y * jnp.sin(jnp.radians(degrees))


def ramp(height: int, width: int, degrees: Array) -> Array:
  """Rises evenly from 0 at the image's one end to 1 at its other.

  Args:
    height, width: in pixels.
    degrees: scalar, the direction in which it rises.

  Returns:
    float32 [H, W, 1].
  """
  angle = jnp.radians(degrees)
  extent = width * jnp.abs(jnp.cos(angle)) + height * jnp.abs(jnp.sin(angle))
  return 0.5 + _along(height, width, degrees) / extent


def stripes(height: int, width: int, degrees: Array, period: Array, phase: Array = 0.0) -> Array:
  """0 for half a period, then 1 for the other half, from the image's centre on.

  Args:
    height, width: in pixels.
    degrees: scalar, the direction across the stripes.
    period: scalar above 0, in pixels.
    phase: scalar, in periods.

  Returns:
    float32 [H, W, 1] of 0 and 1.
  """
  return jnp.mod(jnp.floor(2 * (_along(height, width, degrees) / period + phase)), 2)


def checkerboard(height: int, width: int, degrees: Array, period: Array, phase: Array = 0.0) -> Array:
  """1 where exactly one of two sets of `stripes` at right angles is 1.

  Args:
    height, width: in pixels.
    degrees: scalar, the direction across the first stripes.
    period: scalar above 0, in pixels, two squares.
    phase: scalar, in periods, of both.

  Returns:
    float32 [H, W, 1] of 0 and 1.
  """
  one, other = (stripes(height, width, degrees + turn, period, phase) for turn in (0, 90))
  return jnp.abs(one - other)


def value_noise(lattice: Array, height: int, width: int, cell: Array) -> Array:
  """Values on a square lattice, and straight lines between them.

  Args:
    lattice: float [N, M] in [0, 1]; the first value lies in the image's corner. N is at least height / cell + 1, M likewise.
    height, width: in pixels.
    cell: scalar above 0, pixels from one value to the next; may be traced.

  Returns:
    float [H, W, 1].

  Source: Ebert et al., Texturing and Modeling, 3rd ed., 2003, chapter 2, 'Value Noise', with straight lines for its splines.
  """
  y, x = jnp.meshgrid((jnp.arange(height) + 0.5) / cell, (jnp.arange(width) + 0.5) / cell, indexing='ij')
  return bilinear(lattice[..., None], y + 0.5, x + 0.5)


def spot(height: int, width: int, y: Array, x: Array, radius: Array) -> Array:
  """exp(-d^2 / (2 radius^2)), d the distance to a place.

  Args:
    height, width: in pixels.
    y, x: scalars in pixels, the place; pixel (i, j) has its centre at (i + .5, j + .5).
    radius: scalar above 0, in pixels.

  Returns:
    float32 [H, W, 1].
  """
  down, across = jnp.arange(height)[:, None, None] + 0.5 - y, jnp.arange(width)[None, :, None] + 0.5 - x
  return jnp.exp(-(down**2 + across**2) / (2 * radius**2))
