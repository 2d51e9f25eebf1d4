"""Adversarial training on PGD examples, with a share of clean ones."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import optax

from jaxaug import augment
from jaxaug.evaluate import frozen
from jaxaug.train.objectives.apply import apply_train
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def pgd_at(network: nn.Module, *, mix: float = 1.0, attack: Mapping = {}, label_smoothing: float = 0.0) -> Objective:
  """mean_i (1 - m) CE(f(x_i), y_i) + m CE(f(x'_i), y_i), x' the attack on the network in eval mode

  Args:
    network: Flax module.
    mix: m in [0, 1], the adversarial share; 1 is Madry's objective, .5 the half and half of Kurakin et al.
    attack: keywords of `jaxaug.augment.adversarial`.
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
  perturb = augment.create(('adversarial',), adversarial=attack)

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_attack, key_clean, key_adversarial = jax.random.split(key, 3)
    moved = perturb(key_attack, batch, frozen(network, {'params': params, 'batch_stats': batch_stats}))
    label = optax.smooth_labels(batch['label'], label_smoothing)
    right = lambda logits: (logits.argmax(-1) == batch['label'].argmax(-1)).mean()
    loss, metrics = 0.0, {}
    if mix < 1:
      logits, batch_stats = apply_train(network, params, batch_stats, key_clean, batch['image'])
      loss, metrics['accuracy'] = (1 - mix) * optax.softmax_cross_entropy(logits, label), right(logits)
    if mix > 0:
      logits, batch_stats = apply_train(network, params, batch_stats, key_adversarial, moved['image'])
      loss, metrics['robust_accuracy'] = loss + mix * optax.softmax_cross_entropy(logits, label), right(logits)
    return loss.mean(), Aux(batch_stats, loss, metrics)

  return objective
