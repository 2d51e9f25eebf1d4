"""Adversarial weight perturbation: the loss is lowered where the weights, too, are at their worst nearby."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.train.objectives.adversary import make_adversary
from jaxaug.train.objectives.mart import mart_outer
from jaxaug.train.objectives.pgd_at import pgd_outer
from jaxaug.train.objectives.trades import agreement_adversary, trades_outer
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree, check_name

OF = {
  'pgd_at': (make_adversary, pgd_outer),
  'trades': (agreement_adversary, trades_outer),
  'mart': (make_adversary, mart_outer),
}


def steepest_weights(params: PyTree, gradient: PyTree, gamma: float) -> PyTree:
  """v = gamma ||w|| g / ||g||, layer by layer; biases and normalisation stay.

  Args:
    params: w.
    gradient: g, of the loss.
    gamma: size relative to the layer's.

  Returns:
    v, in the shape of params.

  Source: Wu, Xia and Wang, Adversarial Weight Perturbation Helps Robust Generalization, 2020, section 3.3, one step.
  """
  norm = lambda a: jnp.sqrt((a.astype(jnp.float32) ** 2).sum())
  move = lambda w, g: gamma * norm(w) * g / jnp.maximum(norm(g), 1e-20) if w.ndim > 1 else jnp.zeros_like(w)
  return jax.tree.map(move, params, gradient)


def awp(
  network: nn.Module,
  *,
  gamma: float = 0.005,
  of: str = 'trades',
  weight: float = 6.0,
  attack: Mapping = {},
  inner: Mapping = {},
  label_smoothing: float = 0.0,
) -> Objective:
  """L(w + v), v = gamma ||w|| grad L(w) / ||grad L(w)|| layer by layer, L that of TRADES, MART or PGD-AT at fixed x'

  The gradient at w + v is what w is moved by. Six more forward passes than L itself (three for PGD-AT). On several devices each
  perturbs by the gradient of its own rows.

  Args:
    network: Flax module.
    gamma: size of the perturbation, relative to each layer's; at least 0.
    of: 'trades', 'mart' or 'pgd_at'.
    weight: beta of TRADES, weight of MART; without effect for PGD-AT.
    attack: keywords of `jaxaug.augment.adversarial`; the last iterate is kept unless `keep` says otherwise.
    inner: keywords of `adversary`: statistics, fraction, patience.
    label_smoothing: in [0, 1), of TRADES and PGD-AT; MART's first term is of the class alone.

  Returns:
    Objective.

  Raises:
    InputError: gamma below 0, unknown `of`, MART with smoothed labels.

  Source: Wu, Xia and Wang, Adversarial Weight Perturbation Helps Robust Generalization, 2020, section 3.3 (gamma .005, one step).
  """
  if gamma < 0:
    raise InputError(f'objective.gamma: {gamma} must be at least 0')
  check_name(of, OF, 'objective.of')
  make_inner, make_outer = OF[of]
  find = make_inner(network, {'keep': 'last', **attack}, inner)
  if of == 'mart' and label_smoothing:
    raise InputError('objective.label_smoothing: MART has none')
  soft = dict(label_smoothing=label_smoothing)
  outer = make_outer(network, **{'pgd_at': soft, 'trades': dict(beta=weight, **soft), 'mart': dict(weight=weight)}[of])

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_inner, key_weights, key_outer = jax.random.split(key, 3)
    moved = find(params, batch_stats, key_inner, batch)
    moved = {**moved, 'image': batch['image'], 'adversarial': moved['image']}
    held = jax.lax.stop_gradient(params)
    gradient = jax.grad(outer, has_aux=True)(held, batch_stats, key_weights, moved)[0]
    worst = jax.lax.stop_gradient(steepest_weights(held, gradient, gamma))
    return outer(jax.tree.map(jnp.add, params, worst), batch_stats, key_outer, moved)

  return objective
