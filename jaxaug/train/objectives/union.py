"""An ensemble of threat models: the worst of them, or all of them."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.train.objectives.adversary import make_adversary, right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree, check_name

ATTACKS = dict(
  linf=dict(norm='linf', epsilon=0.1, steps=7, step_size=0.025), l2=dict(norm='l2', epsilon=1.0, steps=7, step_size=0.25)
)


def union(
  network: nn.Module, *, how: str = 'max', attacks: Mapping = ATTACKS, inner: Mapping = {}, label_smoothing: float = 0.0
) -> Objective:
  """mean_i max_t CE(f(x_i^t), y_i), or its mean over t, x^t the attack of threat model t

  Args:
    network: Flax module.
    how: 'max' or 'average'.
    attacks: {name: keywords of `jaxaug.augment.adversarial`}.
    inner: keywords of `adversary`: statistics, fraction, patience.
    label_smoothing: in [0, 1).

  Returns:
    Objective; `robust_accuracy` is against all of them at once.

  Raises:
    InputError: no attacks, unknown `how`.

  Source: Tramer and Boneh, Adversarial Training and Robustness for Multiple Perturbations, 2019, the max and the average strategy.
  """
  check_name(how, ('max', 'average'), 'objective.how')
  if not attacks:
    raise InputError('objective.attacks: names no attack')
  for name, attack in attacks.items():
    if not hasattr(attack, 'items'):
      raise InputError(f'objective.attacks.{name}: {attack!r} must be keywords of an attack, such as {{"epsilon": 0.1}}')
  adversaries = [make_adversary(network, dict(attacks[name].items()), inner) for name in sorted(attacks)]

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_train, *keys = jax.random.split(key, len(adversaries) + 1)
    images = jnp.stack([one(params, batch_stats, k, batch)['image'] for one, k in zip(adversaries, keys)])  # [T, B, H, W, C]
    logits, batch_stats = apply_train(network, params, batch_stats, key_train, images.reshape(-1, *images.shape[2:]))
    logits = logits.reshape(len(adversaries), -1, logits.shape[-1])
    label = smoothed(batch['label'], label_smoothing)
    losses = jnp.stack([optax.softmax_cross_entropy(one, label) for one in logits])
    loss = losses.max(0) if how == 'max' else losses.mean(0)
    held = jnp.stack([right(one, batch['label']) for one in logits])
    told = {f'robust_accuracy_{name}': one.mean() for name, one in zip(sorted(attacks), held)}
    return loss.mean(), Aux(
      batch_stats, loss, told | {'robust_accuracy': held.all(0).mean()}, {'robust_accuracy': held.all(0)}
    )

  return objective
