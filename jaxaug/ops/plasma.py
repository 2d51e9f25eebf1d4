"""Plasma: a cloud from noise."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array, InputError


def plasma(noise: Array, decay: float) -> Array:
  """A cloud by the diamond-square algorithm: each new point is the mean of its four neighbours plus noise.

  Args:
    noise: float [N, N] in [-1, 1], N a power of two; each value is used once, that at (0, 0) not.
    decay: the noise shrinks by its square from one scale to the next, half as large; above 0. Larger is smoother.

  Returns:
    float [N, N], its lowest value 0 and its highest 1; it wraps around.

  Raises:
    InputError: noise not square, or its side no power of two.

  Source: Fournier, Fussell and Carpenter, Computer Rendering of Stochastic Models, 1982; `plasma_fractal` of the code of
  Hendrycks and Dietterich, 2019.
  """
  size = len(noise)
  if noise.shape != (size, size) or size & (size - 1):
    raise InputError(f'plasma.noise: {noise.shape} must be a square with a side that is a power of two')
  apart = jax.lax.optimization_barrier  # else the scales are compiled into one another, for seconds
  cloud, step, amount = jnp.zeros((1, 1), noise.dtype), size, 1.0
  while step > 1:
    half = step // 2
    right, below = jnp.roll(cloud, -1, 1), jnp.roll(cloud, -1, 0)
    center = apart((cloud + right + below + jnp.roll(right, -1, 0)) / 4 + amount * noise[half::step, half::step])
    top = (cloud + right + center + jnp.roll(center, 1, 0)) / 4 + amount * noise[::step, half::step]
    left = (cloud + below + center + jnp.roll(center, 1, 1)) / 4 + amount * noise[half::step, ::step]
    rows = jnp.stack([jnp.stack([cloud, top], -1), jnp.stack([left, center], -1)], 1)  # [n, 2, n, 2]
    step, amount = half, amount / decay**2
    cloud = apart(rows.reshape(size // step, size // step))
  cloud = cloud - cloud.min()
  return cloud / jnp.maximum(cloud.max(), 1e-30)
