"""How each norm draws, climbs, projects and measures: one row a norm, all on one image [H, W, C]."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.types import Array, Key


class Norm(NamedTuple):
  """A row of the table."""

  noise: Callable  # (key, shape, dtype) -> uniform in the unit ball
  direction: Callable  # (gradient, image, bounds) -> a step of length 1 that raises a linear function most
  project: Callable  # (image, origin, epsilon, bounds) -> image
  length: Callable  # change -> scalar


def _rounded_sum(a: Array, b: Array, towards: float) -> Array:
  """a + b in float32, never beyond the exact sum on the side of `towards` (Knuth's two-sum finds the rounding error)."""
  total = a + b
  part = total - a
  error = (a - (total - part)) + (b - part)  # exact a + b = total + error
  beyond = error > 0 if towards > 0 else error < 0
  held = jax.lax.stop_gradient(total)  # nextafter has no derivative; a step of one unit in the last place needs none
  return total + jnp.where(beyond, jnp.nextafter(held, jnp.full_like(total, towards)) - held, 0.0)


def _project_linf(image: Array, origin: Array, epsilon: Array, bounds: tuple) -> Array:
  epsilon = jnp.broadcast_to(jnp.asarray(epsilon, origin.dtype), origin.shape)
  low = _rounded_sum(origin, -epsilon, jnp.inf)  # at or above the exact bound
  high = _rounded_sum(origin, epsilon, -jnp.inf)  # at or below it
  return jnp.clip(image, low, high)


def _project_l2(image: Array, origin: Array, epsilon: Array, bounds: tuple) -> Array:
  """Scales the change; the radius gives way by what rounding the sum to float32 can add: 2^-24 of a pixel's size each."""
  change = image - origin
  rounding = 2.0**-24 * jnp.maximum(jnp.abs(origin).max(), 1.0) * origin.size**0.5
  radius = jnp.maximum(epsilon * (1 - 2e-6) - rounding, 0.0)
  length = jnp.sqrt((change**2).sum())
  return origin + change * jnp.where(length > radius, radius / jnp.maximum(length, 1e-30), 1.0)


def _unit_l2(gradient: Array, image: Array, bounds: tuple) -> Array:
  largest = jnp.abs(gradient).max()
  scaled = gradient / jnp.where(largest > 0, largest, 1.0)  # first, so that squares of tiny entries do not vanish
  return scaled / jnp.maximum(jnp.sqrt((scaled**2).sum()), 1.0)


def _noise_l2(key: Key, shape: tuple[int, ...], dtype) -> Array:
  key_direction, key_radius = jax.random.split(key)
  direction = jax.random.normal(key_direction, shape, dtype)
  radius = jax.random.uniform(key_radius, (), dtype) ** (1 / np.prod(shape))
  return direction * radius / jnp.sqrt((direction**2).sum())


def _total(values: Array) -> Array:
  """Sum in two stages, whose rounding grows with the root of the size at most."""
  flat = values.ravel()
  side = int(np.ceil(flat.size**0.5))
  return jnp.pad(flat, (0, side**2 - flat.size)).reshape(side, side).sum(-1).sum()


def _project_l1(image: Array, origin: Array, epsilon: Array, bounds: tuple) -> Array:
  """Nearest point of ball and box at once: |change_i| = clip(|image_i - origin_i| - shrink, 0, room_i), shrink by bisection.

  The radius gives way by what rounding can add: 2^-24 of a pixel's size each that changes, and the error of the sum.
  """
  change = image - origin
  wanted, sign = jnp.abs(change), jnp.sign(change)
  room = jnp.where(sign > 0, bounds[1] - origin, origin - bounds[0])
  radius = epsilon * (1 - 2.0**-22 * (2 + origin.size**0.5))
  rounding = 2.0**-24 * jnp.maximum(jnp.abs(origin).max(), 1.0)
  size = lambda shrink: jnp.clip(wanted - shrink, 0, room)
  inside = lambda moved: _total(moved) + rounding * (moved > 0).sum() <= radius

  def halve(_, ends):
    low, high = ends
    middle = (low + high) / 2
    enough = inside(size(middle))
    return jnp.where(enough, low, middle), jnp.where(enough, middle, high)

  whole = size(jnp.zeros((), image.dtype))
  _, shrink = jax.lax.fori_loop(0, 32, halve, (jnp.zeros((), image.dtype), wanted.max()))
  return origin + sign * jnp.where(inside(whole), whole, size(shrink))


def _sparse_sign(gradient: Array, image: Array, bounds: tuple) -> Array:
  """Equal steps along the largest 1% of the entries that have room to move."""
  free = jnp.where(gradient > 0, image < bounds[1], image > bounds[0])
  entries = jnp.abs(jnp.where(free, gradient, 0.0))
  least = jax.lax.top_k(entries.ravel(), max(1, gradient.size // 100))[0][-1]
  chosen = jnp.sign(gradient) * (entries >= jnp.maximum(least, jnp.finfo(gradient.dtype).tiny))
  return chosen / jnp.maximum(jnp.abs(chosen).sum(), 1.0)


def _noise_l1(key: Key, shape: tuple[int, ...], dtype) -> Array:
  key_sign, key_share, key_radius = jax.random.split(key, 3)
  share = jax.random.exponential(key_share, shape, dtype)
  radius = jax.random.uniform(key_radius, (), dtype) ** (1 / np.prod(shape))
  return jax.random.rademacher(key_sign, shape, dtype) * share * radius / share.sum()


NORMS = {
  'linf': Norm(
    noise=lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, -1.0, 1.0),
    direction=lambda gradient, image, bounds: jnp.sign(gradient),
    project=_project_linf,
    length=lambda change: jnp.abs(change).max(),
  ),
  'l2': Norm(noise=_noise_l2, direction=_unit_l2, project=_project_l2, length=lambda change: jnp.sqrt((change**2).sum())),
  'l1': Norm(  # steps: Tramer and Boneh, Adversarial Training and Robustness for Multiple Perturbations, 2019, section 2 (SLIDE)
    noise=_noise_l1, direction=_sparse_sign, project=_project_l1, length=lambda change: _total(jnp.abs(change))
  ),
}
