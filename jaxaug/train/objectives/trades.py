"""TRADES: accuracy on the image, and the same answer all over its ball."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.evaluate import frozen
from jaxaug.train.objectives.adversary import Inner, against, both_answers, make_adversary
from jaxaug.train.objectives.apply import smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def kl(logits: Array, other: Array) -> Array:
  """KL(p || q) = sum_k p_k (log p_k - log q_k), p and q the softmax of each

  Args:
    logits: [B, K] of p.
    other: [B, K] of q.

  Returns:
    [B], in nats, at least 0 up to rounding.
  """
  log_p = jax.nn.log_softmax(logits)
  return (jnp.exp(log_p) * (log_p - jax.nn.log_softmax(other))).sum(-1)


def trades(
  network: nn.Module, *, beta: float = 6.0, attack: Mapping = {}, inner: Mapping = {}, label_smoothing: float = 0.0
) -> Objective:
  """mean_i w_i CE(f(x_i), y_i) + beta v_i KL(f(x_i) || f(x'_i)), x' the point of the ball of highest KL

  The adversary climbs cross-entropy against softmax f(x), which has the gradient of KL; f(x) is computed once for all its steps.
  With K steps that is 1 + 2 K + 6 forward passes (K = 10: 27; the published code, which computes f(x) anew each time, 39).

  Args:
    network: Flax module.
    beta: weight of the agreement, at least 0 (1 / lambda in the paper).
    attack: keywords of `jaxaug.augment.adversarial`; the last iterate is kept, as published, unless `keep` says otherwise.
    inner: keywords of `adversary`: statistics, fraction, patience.
    label_smoothing: in [0, 1), of the first term.

  Returns:
    Objective; w and v are the batch's `weight` and `boundary_weight` [B] where it has them.

  Raises:
    InputError: beta below 0.

  Source: Zhang et al., Theoretically Principled Trade-off between Robustness and Accuracy, 2019, algorithm 1. The published code
  starts the adversary from the image plus normal noise, `attack.noise` .001; without it, it starts uniformly in the ball.
  """
  return against(
    agreement_adversary(network, {'keep': 'last', **attack}, inner), trades_outer(network, beta, label_smoothing)
  )


def agreement_adversary(network: nn.Module, attack: Mapping, inner: Mapping) -> Inner:
  """Against the network's own answer at the image, by running statistics, in place of the label.

  Args:
    network: Flax module.
    attack, inner: as `make_adversary` takes them.

  Returns:
    Inner.

  Raises:
    InputError: an attack that starts at the image.
  """
  leaves = attack.get('random_start', True) or attack.get('loss') or attack.get('target')
  if not leaves and inner.get('statistics', 'running') == 'running':
    raise InputError(
      'objective.attack.random_start: at the image itself the agreement has no gradient; TRADES needs a random start'
    )
  find = make_adversary(network, attack, inner)

  def agreement(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> Batch:
    answer = jax.nn.softmax(frozen(network, {'params': params, 'batch_stats': batch_stats}).logits(batch))
    moved = dict(find(params, batch_stats, key, {**batch, 'label': answer, 'truth': batch['label']}))
    moved['label'] = moved.pop('truth')
    return moved

  return agreement


def trades_outer(network: nn.Module, beta: float = 6.0, label_smoothing: float = 0.0) -> Objective:
  """The same at adversarial images that are there already.

  Args:
    network: Flax module.
    beta, label_smoothing: of `trades`.

  Returns:
    Objective of a batch with `adversarial`.

  Raises:
    InputError: beta below 0.
  """
  if beta < 0:
    raise InputError(f'objective.beta: {beta} must be at least 0')

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    clean, moved, batch_stats, rows = both_answers(network, params, batch_stats, key, batch)
    natural = optax.softmax_cross_entropy(clean, smoothed(batch['label'], label_smoothing))
    boundary = kl(clean, moved)
    weight = jnp.broadcast_to(batch.get('weight', 1.0), len(natural))
    loss = weight * natural + beta * batch.get('boundary_weight', 1.0) * boundary
    told = {n: row.mean() for n, row in rows.items()} | {'kl': boundary.mean()}
    return loss.mean(), Aux(batch_stats, loss, told, rows | {'weight': weight})

  return objective
