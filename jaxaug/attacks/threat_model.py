"""What an adversary may do: a ball around the image, inside the box of valid pixels. One row a norm."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.types import Array, InputError, Key, check_name


class ThreatModel(NamedTuple):
  """A ball of radius `epsilon` in `norm`, cut with the box `bounds`.

  `init(key, image) -> image` draws a start in the ball, `step(image, gradient, step_size) -> image` goes the steepest
  way up, `project(image, origin) -> image` comes back. All three work on one image [H, W, C] float32; `project` ends
  inside ball and box exactly: also when the distance is computed without rounding.
  """

  norm: str
  epsilon: Array | float  # in pixel units of the image, [0, 1]; may be traced
  bounds: tuple[float, float] = (0.0, 1.0)

  def init(self, key: Key, image: Array) -> Array:
    """Draws uniformly from the ball around `image` [H, W, C], then projects."""
    return self.project(image + NORMS[self.norm].noise(key, image.shape, image.dtype) * self.epsilon, image)

  def step(self, image: Array, gradient: Array, step_size: Array) -> Array:
    """Moves `step_size` (in the norm, pixel units) along the steepest direction of `gradient` [H, W, C]."""
    return image + step_size * NORMS[self.norm].direction(gradient)

  def project(self, image: Array, origin: Array) -> Array:
    """Puts `image` [H, W, C] back into the ball around `origin` [H, W, C] and into the box."""
    return jnp.clip(NORMS[self.norm].project(image, origin, self.epsilon), *self.bounds)


class Norm(NamedTuple):
  """A row of the table: how one norm draws, climbs and projects."""

  noise: Callable  # (key, shape, dtype) -> uniform in the unit ball
  direction: Callable  # gradient -> the unit step that raises a linear function most
  project: Callable  # (image, origin, epsilon) -> image


def _rounded_sum(a: Array, b: Array, towards: float) -> Array:
  """a + b in float32, never beyond the exact sum on the side of `towards` (Knuth's two-sum finds the rounding error)."""
  total = a + b
  part = total - a
  error = (a - (total - part)) + (b - part)  # exact a + b = total + error
  beyond = error > 0 if towards > 0 else error < 0
  held = jax.lax.stop_gradient(total)  # nextafter has no derivative; a step of one unit in the last place needs none
  return total + jnp.where(beyond, jnp.nextafter(held, jnp.full_like(total, towards)) - held, 0.0)


def _project_linf(image: Array, origin: Array, epsilon: Array) -> Array:
  epsilon = jnp.broadcast_to(jnp.asarray(epsilon, origin.dtype), origin.shape)
  low = _rounded_sum(origin, -epsilon, jnp.inf)  # at or above the exact bound
  high = _rounded_sum(origin, epsilon, -jnp.inf)  # at or below it
  return jnp.clip(image, low, high)


def _project_l2(image: Array, origin: Array, epsilon: Array) -> Array:
  """Scales the change; the radius gives way by what rounding the sum to float32 can add: 2^-24 of a pixel's size each."""
  change = image - origin
  rounding = 2.0**-24 * jnp.maximum(jnp.abs(origin).max(), 1.0) * origin.size**0.5
  radius = jnp.maximum(epsilon * (1 - 2e-6) - rounding, 0.0)
  length = jnp.sqrt((change**2).sum())
  return origin + change * jnp.where(length > radius, radius / jnp.maximum(length, 1e-30), 1.0)


def _unit_l2(gradient: Array) -> Array:
  largest = jnp.abs(gradient).max()
  scaled = gradient / jnp.where(largest > 0, largest, 1.0)  # first, so that squares of tiny entries do not vanish
  return scaled / jnp.maximum(jnp.sqrt((scaled**2).sum()), 1.0)


def _noise_l2(key: Key, shape: tuple[int, ...], dtype) -> Array:
  key_direction, key_radius = jax.random.split(key)
  direction = jax.random.normal(key_direction, shape, dtype)
  radius = jax.random.uniform(key_radius, (), dtype) ** (1 / np.prod(shape))
  return direction * radius / jnp.sqrt((direction**2).sum())


NORMS = {
  'linf': Norm(
    noise=lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, -1.0, 1.0),
    direction=jnp.sign,
    project=_project_linf,
  ),
  'l2': Norm(noise=_noise_l2, direction=_unit_l2, project=_project_l2),
}


def round_down(value: float) -> np.float32:
  """The largest float32 that is not above `value`: a radius that keeps its promise in any precision."""
  rounded = np.float32(value)
  return rounded if float(rounded) <= value else np.nextafter(rounded, np.float32(-np.inf))


def threat_model(norm: str, epsilon: Array | float, bounds: tuple[float, float] = (0.0, 1.0)) -> ThreatModel:
  """Names a norm, a radius and a box.

  Args:
    norm: 'linf' or 'l2'.
    epsilon: radius >= 0 in pixel units; a Python float is rounded down to float32, an array may be traced.
    bounds: lowest and highest valid pixel value.

  Returns:
    ThreatModel.

  Raises:
    InputError: unknown norm, negative or non-finite epsilon, bounds out of order.
  """
  check_name(norm, NORMS, 'norm')
  if not bounds[0] < bounds[1]:
    raise InputError(f'bounds: {bounds} must be (low, high) with low < high')
  if isinstance(epsilon, (int, float)):
    if not 0 <= epsilon < np.inf:
      raise InputError(f'epsilon: {epsilon} must be a finite number, at least 0')
    epsilon = float(round_down(epsilon))
  return ThreatModel(norm, epsilon, tuple(bounds))
