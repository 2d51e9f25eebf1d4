"""The worst case by the network's loss: of several draws, or up the gradient of what was drawn."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.attacks.machine import choose
from jaxaug.data import as_batch
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, PyTree


def check_search(where: str, k: int, steps: int = 0, step_size: Array | float = 0.0) -> None:
  """Raises InputError unless a search has a candidate and goes forward.

  Args:
    where: named in the message.
    k: candidates, at least 1.
    steps: gradients, at least 0.
    step_size: at least 0, where it is a plain number.
  """
  if k < 1:
    raise InputError(f'{where}.k: {k} must be at least 1')
  if steps < 0:
    raise InputError(f'{where}.steps: {steps} must be at least 0')
  if isinstance(step_size, (int, float)) and not step_size >= 0:
    raise InputError(f'{where}.step_size: {step_size} must be at least 0')


def numbers(losses: Array) -> Array:
  """The losses with NaN as the highest: a network that gives no number has failed."""
  return jnp.where(jnp.isnan(losses), jnp.inf, losses)


def worst(candidate: Callable[[Array], PyTree], count: int, loss: Callable[[PyTree], Array]) -> PyTree:
  """Row by row, the candidate of highest loss; they are made one after the other, so that memory holds two.

  Args:
    candidate: index in [0, count) -> arrays that lead with B.
    count: at least 1.
    loss: candidate -> [B]; NaN counts as the highest, of equal ones the first is kept.

  Returns:
    A candidate. The choice itself has no gradient.
  """

  def tried(index):
    now = candidate(index)
    return now, numbers(loss(jax.lax.stop_gradient(now)))

  def look(carry, index):
    best, best_loss = carry
    now, losses = tried(index)
    better = (losses > best_loss) | (index == 0)
    return (choose(better, now, best), jnp.where(better, losses, best_loss)), None

  empty = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(tried, jnp.int32(0)))
  (best, _), _ = jax.lax.scan(look, empty, jnp.arange(count))
  return best


def ascend(
  loss: Callable[[Array], Array], start: Array, low: Array, high: Array, steps: int, step_size: Array | float
) -> Array:
  """v <- clip(v + step_size (high - low) sign(gradient of the loss), low, high); the iterate of highest loss, row by row.

  Args:
    loss: [B, P] -> [B], row i of row i only; NaN counts as the highest.
    start: float [B, P], an iterate too.
    low, high: [B, P], or [1, P].
    steps: gradients taken, at least 0.
    step_size: share of the range that a step moves; may be traced.

  Returns:
    [B, P], without a gradient.
  """

  def advance(carry, _):
    now, best, best_loss = carry
    losses, pull = jax.vjp(lambda v: numbers(loss(v)), now)
    gradient = pull(jnp.ones_like(losses))[0]
    better = losses > best_loss
    direction = jnp.sign(jnp.where(jnp.isfinite(gradient), gradient, 0.0))
    moved = jnp.clip(now + step_size * (high - low) * direction, low, high)
    return (moved, choose(better, now, best), jnp.maximum(losses, best_loss)), None

  start = jax.lax.stop_gradient(start)
  if not steps:
    return start
  carry = (start, start, jnp.full(len(start), -jnp.inf))
  (last, best, best_loss), _ = jax.lax.scan(advance, carry, length=steps)
  return jax.lax.stop_gradient(choose(numbers(loss(last)) > best_loss, last, best))


def worst_of(augment: Augment, k: int = 4) -> Augment:
  """Runs an augmentation k times and keeps, for each image, the draw of highest `model.loss`.

  Args:
    augment: of any kind; draw i has the key fold_in(key, i), so that a larger k sees the draws of a smaller one.
    k: draws, at least 1; one after the other.

  Returns:
    Augment. Every entry follows the image: the loss is against the draw's own label, and that label is kept. uint8 images
    are shown to the model as floats in [0, 1]. A NaN loss counts as the highest.

  Raises:
    InputError: k below 1.

  Source: Gong et al., MaxUp, 2021: the loss that is trained on is the maximum over augmented copies; Engstrom et al., Exploring
  the Landscape of Spatial Robustness, 2019, the worst of 10 transformations.
  """
  check_search('worst_of', k)

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    draw = lambda index: augment(jax.random.fold_in(key, index), batch, model)
    return worst(draw, k, lambda drawn: model.loss(as_batch(drawn)))

  return augmented
