"""What an adversary may do: a ball around the image, inside the box of valid pixels."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.norms import NORMS
from jaxaug.types import Array, InputError, Key, check_name


class ThreatModel(NamedTuple):
  """A ball of radius `epsilon` in `norm`, cut with the box `bounds`.

  `init(key, image) -> image` draws a start in the ball (where `noise` is above 0, near the image), `step(image, gradient, step_size) ->
  image` goes the steepest way up, `project(image, origin) -> image` comes back. All three work on one image [H, W, C] float32; `project`
  ends inside ball and box exactly: also when the distance is computed without rounding.
  """

  norm: str
  epsilon: Array | float  # in pixel units of the image, [0, 1]; may be traced
  bounds: tuple[float, float] = (0.0, 1.0)
  noise: float = 0.0  # standard deviation, pixel units

  def init(self, key: Key, image: Array) -> Array:
    """Draws uniformly from the ball around `image` [H, W, C], or adds normal noise where `noise` is above 0; then projects."""
    if self.noise:
      return self.project(image + self.noise * jax.random.normal(key, image.shape, image.dtype), image)
    return self.project(image + NORMS[self.norm].noise(key, image.shape, image.dtype) * self.epsilon, image)

  def distance(self, image: Array, origin: Array) -> Array:
    """Scalar: how far `image` is from `origin` [H, W, C] in the norm, float32 rounding included."""
    return NORMS[self.norm].length(image - origin)

  def step(self, image: Array, gradient: Array, step_size: Array) -> Array:
    """Moves `step_size` (in the norm, pixel units) along the steepest direction of `gradient` [H, W, C]."""
    return image + step_size * NORMS[self.norm].direction(gradient, image, self.bounds)

  def project(self, image: Array, origin: Array) -> Array:
    """Puts `image` [H, W, C] back into the ball around `origin` [H, W, C] and into the box.

    The nearest point of both for Linf and L1; for L2 the nearest of the ball, then of the box, as AutoAttack has it.
    """
    return jnp.clip(NORMS[self.norm].project(image, origin, self.epsilon, self.bounds), *self.bounds)


def round_down(value: float) -> np.float32:
  """The largest float32 that is not above `value`: a radius that keeps its promise in any precision."""
  rounded = np.float32(value)
  return rounded if float(rounded) <= value else np.nextafter(rounded, np.float32(-np.inf))


def threat_model(
  norm: str, epsilon: Array | float, bounds: tuple[float, float] = (0.0, 1.0), noise: float = 0.0
) -> ThreatModel:
  """Names a norm, a radius and a box.

  Args:
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius >= 0 in pixel units; one number is rounded down to float32, an array may be traced.
    bounds: lowest and highest valid pixel value.
    noise: standard deviation of the normal noise that PGD and friendly attacks start from, pixel units; 0 starts them uniformly in the ball.

  Returns:
    ThreatModel.

  Raises:
    InputError: unknown norm, negative or non-finite epsilon, negative noise, bounds out of order.
  """
  check_name(norm, NORMS, 'norm')
  if not bounds[0] < bounds[1]:
    raise InputError(f'bounds: {bounds} must be (low, high) with low < high')
  if not noise >= 0:
    raise InputError(f'noise: {noise} must be at least 0')
  if not isinstance(epsilon, jax.core.Tracer):
    if not np.all((np.asarray(epsilon) >= 0) & np.isfinite(epsilon)):
      raise InputError(f'epsilon: {epsilon} must be a finite number, at least 0')
    epsilon = float(round_down(epsilon)) if np.ndim(epsilon) == 0 else epsilon
  return ThreatModel(norm, epsilon, (float(bounds[0]), float(bounds[1])), noise)
