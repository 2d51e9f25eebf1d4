"""The inner problem that adversarial objectives share: which images the outer one is trained on."""

from collections.abc import Callable, Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug import augment
from jaxaug.attacks import margin
from jaxaug.evaluate import frozen
from jaxaug.models import as_model
from jaxaug.train.objectives.apply import apply_train
from jaxaug.types import Array, Aux, Batch, InputError, Key, Model, Objective, PyTree, call, check_name

Inner = Callable[[PyTree, PyTree, Key, Batch], Batch]
"""(params, batch_stats, key, batch) -> batch with adversarial images; no gradient flows through it."""


def _seen(network: nn.Module, params: PyTree, batch_stats: PyTree, key: Key, statistics: str) -> Model:
  if statistics == 'running':
    return frozen(network, {'params': params, 'batch_stats': batch_stats})
  held = jax.lax.stop_gradient(params)
  return as_model(lambda image: apply_train(network, held, batch_stats, key, image)[0])


def adversary(
  network: nn.Module, attack: Mapping = {}, *, statistics: str = 'running', fraction: float = 1.0, patience: int = -1
) -> Inner:
  """The attack of an objective, and what may be asked of it besides.

  Args:
    network: Flax module.
    attack: keywords of `jaxaug.augment.adversarial`.
    statistics: what batch normalisation goes by inside the attack: 'running' averages (eval mode), or those of the 'batch' (training
      mode, with dropout; then a row's attack depends on the other rows).
    fraction: share of the batch that is attacked, the rows of least margin; the others stay clean. One more forward pass.
    patience: steps that a row goes on after it is first misclassified, as `jaxaug.augment.friendly` has it; -1 for no such stop.

  Returns:
    Inner. With patience the batch gains `fooled_after` [B].

  Raises:
    InputError: a value out of range, an unknown keyword of the attack, one that `friendly` has not.

  Source: the fraction: Hua et al., BulletTrain: Accelerating Robust Neural Network Training via Boundary Example Mining, 2021.
  """
  check_name(statistics, ('running', 'batch'), 'objective.inner.statistics')
  if not 0 < fraction <= 1:
    raise InputError(f'objective.inner.fraction: {fraction} must be above 0 and at most 1')
  if patience < -1:
    raise InputError(f'objective.inner.patience: {patience} must be at least -1')
  name, settings = 'adversarial', attack
  if patience >= 0:  # one run, which keeps its last iterate
    settings = {k: v for k, v in attack.items() if k != 'keep' and (k, v) != ('restarts', 1)}
    name, settings = 'friendly', settings | {'patience': patience}
  perturb = augment.create((name,), **{name: settings})

  def inner(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> Batch:
    key_attack, key_model = jax.random.split(key)
    model = _seen(network, params, batch_stats, key_model, statistics)
    if fraction == 1:
      return perturb(key_attack, batch, model)
    most = max(1, round(fraction * len(batch['image'])))
    chosen = jax.lax.top_k(margin(model.logits(batch), batch.get('truth', batch['label'])), most)[1]
    moved = perturb(key_attack, jax.tree.map(lambda a: a[chosen], dict(batch)), model)
    if 'fooled_after' in moved:  # those that are not attacked are not fooled
      never = jnp.full(len(batch['image']), attack.get('steps', 10), jnp.int32)
      batch = {**batch, 'fooled_after': never.at[chosen].set(moved['fooled_after'])}
    return {**batch, 'image': jnp.asarray(batch['image']).at[chosen].set(moved['image'])}

  return inner


def against(inner: Inner, outer: Objective) -> Objective:
  """min over weights of `outer`, at the images that `inner` found.

  Args:
    inner: the adversary.
    outer: objective of a batch with `image` as it came and `adversarial` [B, H, W, C].

  Returns:
    Objective of a batch without.

  Source: Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, 2018, equation 2.1.
  """

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_inner, key_outer = jax.random.split(key)
    moved = inner(params, batch_stats, key_inner, batch)
    return outer(params, batch_stats, key_outer, {**moved, 'image': batch['image'], 'adversarial': moved['image']})

  return objective


def make_adversary(network: nn.Module, attack: Mapping, inner: Mapping) -> Inner:
  """`adversary` from the two sections of an objective's config.

  Args:
    network: Flax module.
    attack: keywords of `jaxaug.augment.adversarial`.
    inner: keywords of `adversary`, besides the attack.

  Returns:
    Inner.

  Raises:
    InputError: as `adversary`.
  """
  return call(adversary, inner, 'objective.inner', network, attack)


def right(logits: Array, label: Array) -> Array:
  """Whether the likeliest class is the label's, row by row.

  Args:
    logits: [B, K].
    label: [B, K] probabilities.

  Returns:
    bool [B].
  """
  return logits.argmax(-1) == label.argmax(-1)


def both_answers(network: nn.Module, params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple:
  """Two training passes: over the images, then over the adversarial ones.

  Args:
    network: Flax module.
    params, batch_stats: its collections.
    key: of dropout.
    batch: with `image`, `adversarial` and `label`.

  Returns:
    (clean logits [B, K], adversarial logits [B, K], new batch_stats, {'accuracy', 'robust_accuracy'} bool [B] each).
  """
  key_clean, key_adversarial = jax.random.split(key)
  clean, batch_stats = apply_train(network, params, batch_stats, key_clean, batch['image'])
  moved, batch_stats = apply_train(network, params, batch_stats, key_adversarial, batch['adversarial'])
  rows = {'accuracy': right(clean, batch['label']), 'robust_accuracy': right(moved, batch['label'])}
  return clean, moved, batch_stats, rows
