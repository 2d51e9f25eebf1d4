"""MART: what is misclassified counts more."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.train.objectives.adversary import against, both_answers, make_adversary
from jaxaug.train.objectives.trades import kl
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def boosted_cross_entropy(logits: Array, label: Array) -> Array:
  """BCE(p, y) = -log p_y - log(1 - max_{k != y} p_k)

  Args:
    logits: [B, K].
    label: [B, K] probabilities; y is the likeliest class.

  Returns:
    [B], at least 0.

  Source: Wang et al., Improving Adversarial Robustness Requires Revisiting Misclassified Examples, 2020, section 3.3.
  """
  own = jax.nn.one_hot(label.argmax(-1), logits.shape[-1], dtype=bool)
  log_p = jax.nn.log_softmax(logits)
  other = jnp.where(own, -jnp.inf, logits).argmax(-1)
  but_other = jnp.where(jax.nn.one_hot(other, logits.shape[-1], dtype=bool), -jnp.inf, log_p)
  return -jnp.where(own, log_p, 0.0).sum(-1) - jax.nn.logsumexp(
    but_other, -1
  )  # log(1 - p_k) is the log of what the others hold


def mart(network: nn.Module, *, weight: float = 6.0, attack: Mapping = {}, inner: Mapping = {}) -> Objective:
  """mean_i BCE(f(x'_i), y_i) + weight KL(f(x_i) || f(x'_i)) (1 - p_y(x_i)), x' of highest cross-entropy

  With K steps of the last iterate 2 K + 6 forward passes.

  Args:
    network: Flax module.
    weight: of the agreement, at least 0 (lambda in the paper: 5; its code: 6).
    attack: keywords of `jaxaug.augment.adversarial`; the last iterate is kept unless `keep` says otherwise.
    inner: keywords of `adversary`: statistics, fraction, patience.

  Returns:
    Objective.

  Raises:
    InputError: weight below 0.

  Source: Wang et al., Improving Adversarial Robustness Requires Revisiting Misclassified Examples, 2020, section 3.3.
  """
  return against(make_adversary(network, {'keep': 'last', **attack}, inner), mart_outer(network, weight))


def mart_outer(network: nn.Module, weight: float = 6.0) -> Objective:
  """The same at adversarial images that are there already.

  Args:
    network: Flax module.
    weight: of `mart`.

  Returns:
    Objective of a batch with `adversarial`.

  Raises:
    InputError: weight below 0.
  """
  if weight < 0:
    raise InputError(f'objective.weight: {weight} must be at least 0')

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    clean, moved, batch_stats, rows = both_answers(network, params, batch_stats, key, batch)
    sure = (jax.nn.softmax(clean) * jax.nn.one_hot(batch['label'].argmax(-1), clean.shape[-1])).sum(-1)
    loss = boosted_cross_entropy(moved, batch['label']) + weight * kl(clean, moved) * (1 - sure)
    return loss.mean(), Aux(batch_stats, loss, {name: row.mean() for name, row in rows.items()}, rows)

  return objective
