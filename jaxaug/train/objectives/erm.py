"""Empirical risk minimisation."""

import flax.linen as nn
import optax

from jaxaug.attacks import margin
from jaxaug.train.objectives.adversary import right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, Key, Objective, PyTree


def erm(network: nn.Module, *, label_smoothing: float = 0.0) -> Objective:
  """mean_i CE(f(x_i), (1 - s) y_i + s / K)

  Args:
    network: Flax module.
    label_smoothing: s in [0, 1).

  Returns:
    Objective.

  Source: smoothing: Szegedy et al., Rethinking the Inception Architecture, 2016, section 7.
  """

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    logits, batch_stats = apply_train(network, params, batch_stats, key, batch['image'])
    loss = optax.softmax_cross_entropy(logits, smoothed(batch['label'], label_smoothing))
    rows = {'accuracy': right(logits, batch['label']), 'margin': margin(logits, batch['label'])}
    return loss.mean(), Aux(batch_stats, loss, {'accuracy': rows['accuracy'].mean()}, rows)

  return objective
