"""MMA: each image pushes its own margin."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.evaluate import frozen
from jaxaug.train.objectives.adversary import make_adversary, right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def mma(
  network: nn.Module,
  *,
  clean: float = 1 / 3,
  attack: Mapping = {},
  inner: Mapping = {},
  halvings: int = 10,
  label_smoothing: float = 0.0,
) -> Objective:
  """mean_i c CE(f(x_i), y_i) + (1 - c) m_i, with x_i^* where the way to the attack crosses the decision boundary (found by halving):

  m_i = CE(f(x_i), y_i) if x_i is wrong, CE(f(x_i^*), y_i) if the attack fools it, 0 if its margin is above epsilon already.

  The gradient of cross-entropy at x^* raises the distance to the boundary, so every image has a radius of its own below the attack's,
  which should be larger than the one to be robust at.

  Args:
    network: Flax module.
    clean: c, in [0, 1].
    attack: keywords of `jaxaug.augment.adversarial`; epsilon is d_max.
    inner: keywords of `adversary`: statistics, fraction, patience.
    halvings: of the bisection for x^*, one forward pass each.
    label_smoothing: in [0, 1), of both terms.

  Returns:
    Objective.

  Raises:
    InputError: clean out of range, halvings below 0.

  Source: Ding et al., MMA Training: Direct Input Space Margin Maximization through Adversarial Training, 2020, algorithm 1 and
  section 2 (with the bisection between the image and PGD's end).
  """
  if not 0 <= clean <= 1 or halvings < 0:
    raise InputError(f'objective: clean {clean} must be in [0, 1] and halvings {halvings} at least 0')
  find = make_adversary(network, attack, inner)

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    key_attack, key_clean, key_boundary = jax.random.split(key, 3)
    model = frozen(network, {'params': params, 'batch_stats': batch_stats})
    image, label = batch['image'], batch['label']
    change = find(params, batch_stats, key_attack, batch)['image'] - image
    wide = lambda row: row.reshape(-1, *[1] * (image.ndim - 1))
    fooled = lambda share: ~right(model.logits({**batch, 'image': image + wide(share) * change}), label)

    def halve(_, ends):
      low, high = ends
      middle = (low + high) / 2
      out = fooled(middle)
      return jnp.where(out, low, middle), jnp.where(out, middle, high)

    zero, one = jnp.zeros(len(image)), jnp.ones(len(image))
    crossed = fooled(one)
    _, share = jax.lax.fori_loop(0, halvings, halve, (zero, one))
    logits, batch_stats = apply_train(network, params, batch_stats, key_clean, image)
    there, batch_stats = apply_train(network, params, batch_stats, key_boundary, image + wide(share) * change)
    natural, at_boundary = (optax.softmax_cross_entropy(z, smoothed(label, label_smoothing)) for z in (logits, there))
    correct = right(logits, label)
    margin_loss = jnp.where(correct, jnp.where(crossed, at_boundary, 0.0), natural)
    loss = clean * natural + (1 - clean) * margin_loss
    rows = {'accuracy': correct, 'robust_accuracy': ~crossed & correct}
    told = {name: row.mean() for name, row in rows.items()} | {
      'share_of_radius': jnp.where(crossed & correct, share, 1.0).mean()
    }
    return loss.mean(), Aux(batch_stats, loss, told, rows)

  return objective
