"""Adversarial training on PGD examples, with a share of clean ones."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import optax

from jaxaug.attacks import margin
from jaxaug.train.objectives.adversary import against, make_adversary, right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def pgd_at(
  network: nn.Module, *, mix: float = 1.0, attack: Mapping = {}, inner: Mapping = {}, label_smoothing: float = 0.0
) -> Objective:
  """mean_i (1 - m) CE(f(x_i), y_i) + m CE(f(x'_i), y_i), x' the attack on the network

  Args:
    network: Flax module.
    mix: m in [0, 1], the adversarial share; 1 is Madry's objective, .5 the half and half of Kurakin et al.
    attack: keywords of `jaxaug.augment.adversarial`.
    inner: keywords of `adversary`: statistics, fraction, patience.
    label_smoothing: in [0, 1), of the loss; the attack climbs the plain one.

  Returns:
    Objective; `accuracy` is on clean (where there are any), `robust_accuracy` on adversarial images.

  Raises:
    InputError: mix out of range.

  Source: Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, 2018, equation 2.1; the mix:
  Kurakin et al., Adversarial Machine Learning at Scale, 2017, equation 1.
  """
  if not 0 <= mix <= 1:
    raise InputError(f'objective.mix: {mix} must be between 0 and 1')
  find = make_adversary(network, attack, inner)
  outer = pgd_outer(network, mix, label_smoothing)
  return against(find if mix else lambda params, batch_stats, key, batch: batch, outer)


def pgd_outer(network: nn.Module, mix: float = 1.0, label_smoothing: float = 0.0) -> Objective:
  """The same at adversarial images that are there already.

  Args:
    network: Flax module.
    mix, label_smoothing: of `pgd_at`.

  Returns:
    Objective of a batch with `adversarial`.
  """

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_clean, key_adversarial = jax.random.split(key)
    label = smoothed(batch['label'], label_smoothing)
    loss, rows = 0.0, {}
    if mix < 1:
      logits, batch_stats = apply_train(network, params, batch_stats, key_clean, batch['image'])
      loss, rows['accuracy'] = (1 - mix) * optax.softmax_cross_entropy(logits, label), right(logits, label)
    if mix > 0:
      logits, batch_stats = apply_train(network, params, batch_stats, key_adversarial, batch['adversarial'])
      loss, rows['robust_accuracy'] = loss + mix * optax.softmax_cross_entropy(logits, label), right(logits, label)
    told = {name: row.mean() for name, row in rows.items()}
    return loss.mean(), Aux(batch_stats, loss, told, rows | {'margin': margin(logits, batch['label'])})

  return objective
