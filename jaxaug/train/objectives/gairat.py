"""GAIRAT: what is fooled soon counts more."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.train.objectives.adversary import against, make_adversary, right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree, fill


def geometry_weight(fooled_after: Array, steps: int, shift: float) -> Array:
  """w = (1 + tanh(shift + 5 (1 - 2 kappa / K))) / 2 = sigmoid(2 (shift + 5 (1 - 2 kappa / K))), then divided by its mean

  Args:
    fooled_after: kappa, int [B], steps until the attack first fooled the row, `steps` where it did not.
    steps: K; where it is 0, all weigh alike.
    shift: lambda in the paper; larger is flatter.

  Returns:
    float32 [B] of mean 1, over the rows of one device and one piece of its batch.

  Source: Zhang et al., Geometry-Aware Instance-Reweighted Adversarial Training, 2021.
  """
  weight = jax.nn.sigmoid(2 * (shift + 5 * (1 - 2 * fooled_after / jnp.maximum(steps, 1))))
  return weight / weight.mean()


def gairat(
  network: nn.Module, *, shift: float = -1.0, attack: Mapping = {}, inner: Mapping = {}, label_smoothing: float = 0.0
) -> Objective:
  """mean_i w_i CE(f(x'_i), y_i), w by the steps that the attack needed

  Args:
    network: Flax module.
    shift: of `geometry_weight`; infinity weighs all alike.
    attack: keywords of `jaxaug.augment.friendly`, but `patience`.
    inner: keywords of `adversary`; `patience` is the attack's steps unless it is given: then no row stops early.
    label_smoothing: in [0, 1).

  Returns:
    Objective. Its robustness to this attack may not be one to others: judge it by AutoAttack.

  Raises:
    InputError: patience -1, no steps.

  Source: Zhang et al., Geometry-Aware Instance-Reweighted Adversarial Training, 2021; its burn-in is a curriculum
  with `start` 1 (the full radius) and `even`.
  """
  steps = fill({'steps': attack.get('steps', 10)}, {'steps': 10}, 'objective.attack')['steps']
  if steps < 1:
    raise InputError(f'objective.attack.steps: {steps} must be at least 1, gairat weighs by them')
  if inner.get('patience', steps) < 0:
    raise InputError('objective.inner.patience: -1 counts no steps, which gairat weighs by; leave it out')
  find = make_adversary(network, attack, {'patience': steps, **inner})

  def outer(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    logits, batch_stats = apply_train(network, params, batch_stats, key, batch['adversarial'])
    weight = geometry_weight(batch['fooled_after'], jnp.minimum(batch.get('steps', steps), steps), shift)
    weight = jnp.where(batch.get('even', False), 1.0, weight)
    loss = weight * optax.softmax_cross_entropy(logits, smoothed(batch['label'], label_smoothing))
    rows = {'robust_accuracy': right(logits, batch['label'])}
    told = {'robust_accuracy': rows['robust_accuracy'].mean(), 'fooled_after': batch['fooled_after'].mean()}
    return loss.mean(), Aux(batch_stats, loss, told, rows)

  return against(find, outer)
