"""Nearest point of a hyperplane inside the box of pixels, in each norm."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array

ROUNDS = 60  # at most; each passes a kink, and about ten are enough


def _total(values: Array) -> Array:
  """Their sum, as a product with ones: on CPU XLA adds up a row number by number otherwise."""
  return jnp.dot(values.ravel(), jnp.ones(values.size, values.dtype), precision='highest')


def _solve(slope: Array, room: Array, missing: Array) -> Array:
  """The t at which sum_i slope_i min(t, room_i) = missing, by Newton: the sum is concave, so t rises to it and stops there.

  Infinite rooms are allowed where slope is 0. If all rooms together are not enough, a t beyond every room.
  """

  def more(carry):
    _, _, going, rounds = carry
    return going & (rounds < ROUNDS)

  def newton(carry):
    t, _, _, rounds = carry
    gained = _total(slope * jnp.minimum(t, room))
    steep = _total(jnp.where(room > t, slope, 0.0))
    ahead = jnp.where(steep > 0, t + (missing - gained) / jnp.where(steep > 0, steep, 1.0), jnp.inf)
    crossed = _total(((room > t) & (room <= ahead)).astype(slope.dtype)) > 0
    return jnp.maximum(ahead, t), t, crossed & jnp.isfinite(ahead), rounds + 1

  zero = jnp.zeros((), slope.dtype)
  return jax.lax.while_loop(more, newton, (zero, zero, jnp.array(True), 0))[0]


def _linf(weight: Array, room: Array, missing: Array) -> Array:
  return jnp.minimum(_solve(jnp.abs(weight), jnp.where(weight != 0, room, 0.0), missing), room)


def _l2(weight: Array, room: Array, missing: Array) -> Array:
  size = jnp.abs(weight)
  times = jnp.where(size > 1e-8, room / jnp.maximum(size, 1e-30), 0.0)  # how often the weight fits into the room
  return jnp.minimum(_solve(size**2, times, missing), times) * size


def _l1(weight: Array, room: Array, missing: Array) -> Array:
  """Whole rooms from the largest weight on, and a part of the last."""
  order = jnp.argsort(-jnp.abs(weight).ravel())
  gains = (jnp.abs(weight) * room).ravel()[order]
  before = jnp.cumsum(gains) - gains
  part = jnp.clip((missing - before) / jnp.maximum(gains, 1e-30), 0, 1)
  return (room.ravel()[order] * part)[jnp.argsort(order)].reshape(room.shape)


LENGTHS = {'linf': _linf, 'l2': _l2, 'l1': _l1}


def to_hyperplane(norm: str, image: Array, weight: Array, offset: Array, bounds: tuple[float, float] = (0.0, 1.0)) -> Array:
  """The smallest change d with sum(weight (image + d)) = offset and image + d inside the box.

  Args:
    norm: 'linf', 'l2' or 'l1', in which the change is smallest.
    image: [H, W, C], inside the box.
    weight: [H, W, C].
    offset: scalar.
    bounds: lowest and highest pixel value.

  Returns:
    [H, W, C], d; if the box does not reach the hyperplane, the change to its nearest corner.

  Source: Croce and Hein, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary Attack, 2020, section 3.1;
  a Newton iteration in place of their sorting.
  """
  ahead = _total(weight * image) - offset
  sign = jnp.where(ahead >= 0, -1.0, 1.0) * jnp.sign(weight)  # which way each pixel goes
  room = jnp.where(sign > 0, bounds[1] - image, image - bounds[0])
  return sign * LENGTHS[norm](weight, room, jnp.abs(ahead))
