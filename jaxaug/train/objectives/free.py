"""Free adversarial training: every gradient moves the weights and the images."""

from collections.abc import Callable
from typing import NamedTuple

import flax.linen as nn
import jax
import optax

from jaxaug.attacks import check_step_size, example_keys, threat_model
from jaxaug.train.objectives.adversary import right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, PyTree


class Replayed(NamedTuple):
  """An objective whose step goes over a batch several times, with an update of the weights each time."""

  replays: int
  start: Callable[[Key, Batch], Array]  # -> images before the first update
  objective: Callable[
    ..., tuple[Array, Aux]
  ]  # (params, batch_stats, key, batch, image) -> (loss, Aux), also differentiated in image
  move: Callable[[Array, Array, Batch], Array]  # (image, gradient, batch) -> images of the next replay


def free(
  network: nn.Module,
  *,
  replays: int = 4,
  norm: str = 'linf',
  epsilon: float = 0.1,
  step: float = 1.0,
  label_smoothing: float = 0.0,
) -> Replayed:
  """m times a batch: w <- w - lr dL/dw, x' <- project(x' + step epsilon sign(dL/dx')), both from one backward pass

  A step of training is m updates of the weights; optimiser and schedule count updates.

  Args:
    network: Flax module.
    replays: m, at least 1.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units.
    step: length of the images' step in radii.
    label_smoothing: in [0, 1).

  Returns:
    Replayed.

  Raises:
    InputError: replays below 1, a step below 0.

  Source: Shafahi et al., Adversarial Training for Free!, 2019, algorithm 1. There x' - x goes over from one batch to the next, which
  holds other images; here it starts uniformly in the ball.
  """
  if replays < 1:
    raise InputError(f'objective.replays: {replays} must be at least 1')
  check_step_size(step, 'objective')
  ball = threat_model(norm, epsilon)

  def start(key: Key, batch: Batch) -> Array:
    if 'strength' in batch:
      raise InputError('augment.curriculum: free training keeps one radius')
    return jax.vmap(ball.init)(example_keys(key, batch), batch['image'])

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch, image: Array) -> tuple[Array, Aux]:
    logits, batch_stats = apply_train(network, params, batch_stats, key, image)
    loss = optax.softmax_cross_entropy(logits, smoothed(batch['label'], label_smoothing))
    rows = {'robust_accuracy': right(logits, batch['label'])}
    return loss.mean(), Aux(batch_stats, loss, {'robust_accuracy': rows['robust_accuracy'].mean()}, rows)

  def move(image: Array, gradient: Array, batch: Batch) -> Array:
    moved = jax.vmap(lambda x, g: ball.step(x, g, step * ball.epsilon))(image, gradient)
    return jax.vmap(ball.project)(moved, batch['image'])

  return Replayed(replays, start, objective, move)
