"""AugMix's objective: the same answer on every view."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.train.objectives.adversary import right
from jaxaug.train.objectives.apply import apply_train
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def jensen_shannon(logits: Array) -> Array:
  """mean_v KL(p_v || m), m = mean_v p_v

  Args:
    logits: [V, B, K].

  Returns:
    float32 [B], in nats, from 0 (all equal) to log V.

  Source: Hendrycks et al., AugMix, 2020, equation 2.
  """
  log_p = jax.nn.log_softmax(logits)
  log_mean = jax.nn.logsumexp(log_p, 0, keepdims=True) - jnp.log(len(logits))
  return (jnp.exp(log_p) * (log_p - log_mean)).sum(-1).mean(0)


def jsd(network: nn.Module, *, weight: float = 12.0) -> Objective:
  """mean_i CE(f(x_i), y_i) + weight JS(f(x_i), f(view_1), f(view_2), ...)

  Args:
    network: Flax module.
    weight: of the consistency, at least 0.

  Returns:
    Objective of a batch with `views` [B, V, H, W, C], as `augment.augmix(views=2)` adds them.

  Raises:
    InputError: weight below 0, or no views in the batch.

  Source: Hendrycks et al., AugMix, 2020, section 3 (weight 12, two views; all go through one forward pass).
  """
  if weight < 0:
    raise InputError(f'objective.weight: {weight} must be at least 0')

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    if 'views' not in batch:
      raise InputError("objective: 'jsd' needs views in the batch; set augment.augmix.views to 2")
    count, views = batch['views'].shape[:2]
    images = jnp.concatenate([batch['image'][None], jnp.moveaxis(batch['views'], 1, 0)])
    logits, batch_stats = apply_train(network, params, batch_stats, key, images.reshape(-1, *images.shape[2:]))
    logits = logits.reshape(views + 1, count, -1)
    divergence = jensen_shannon(logits)
    loss = optax.softmax_cross_entropy(logits[0], batch['label']) + weight * divergence
    rows = {'accuracy': right(logits[0], batch['label']), 'disagreement': divergence}
    return loss.mean(), Aux(batch_stats, loss, {'accuracy': rows['accuracy'].mean(), 'jsd': divergence.mean()}, rows)

  return objective
