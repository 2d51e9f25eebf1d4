"""An adversary on the features of a chosen layer."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.models import after_layer
from jaxaug.train.objectives.adversary import right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def feature_at(
  network: nn.Module,
  *,
  layer: str = 'conv2',
  epsilon: float = 0.1,
  steps: int = 3,
  step_size: float = 0.05,
  clean: float = 0.5,
  label_smoothing: float = 0.0,
) -> Objective:
  """mean_i c CE(f(x_i), y_i) + (1 - c) max_{|d|_2 <= epsilon |h_i|_2} CE(f(x_i; h_i + d), y_i), h the output of a layer

  Args:
    network: Flax module.
    layer: whose output is moved, as its parameters name it.
    epsilon: radius, as a share of the L2 norm of the row's own features.
    steps: gradients taken, at least 0; the last iterate is kept.
    step_size: length of a step, in the same unit.
    clean: c, in [0, 1].
    label_smoothing: in [0, 1), of both terms; the adversary climbs the plain loss.

  Returns:
    Objective.

  Raises:
    InputError: a value out of range; no such layer.

  Source: Sankaranarayanan et al., Regularizing Deep Networks Using Efficient Layerwise Adversarial Training, 2018, with a ball in
  place of the last batch's gradient.
  """
  if not (0 <= clean <= 1 and epsilon >= 0 and steps >= 0):
    raise InputError(f'objective: clean {clean} must be in [0, 1], epsilon {epsilon} and steps {steps} at least 0')

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    if 'strength' in batch:
      raise InputError('augment.curriculum: the adversary on features keeps one radius')
    key_clean, key_moved = jax.random.split(key)
    held = jax.lax.stop_gradient({'params': params, 'batch_stats': batch_stats})
    found = []
    note = lambda features: found.append(features) or features
    jax.eval_shape(lambda image: after_layer(network, layer, note).apply(held, image), batch['image'])
    shape = found[0].shape
    length = lambda a: jnp.sqrt((a.reshape(len(a), -1) ** 2).sum(-1)).reshape(-1, *[1] * (len(shape) - 1))
    unit = lambda a: a / jnp.maximum(length(a), 1e-12)

    def moved(features, change):  # change in shares of the features' own norm
      return features + jax.lax.stop_gradient(length(features)) * change

    def loss_at(change):
      logits = after_layer(network, layer, lambda h: moved(h, change)).apply(held, batch['image'])
      return optax.softmax_cross_entropy(logits, batch['label']).sum()

    change = jnp.zeros(shape)
    for _ in range(steps):
      change = change + step_size * unit(jax.grad(loss_at)(change))
      change = change * jnp.minimum(1.0, epsilon / jnp.maximum(length(change), 1e-12))
    logits, batch_stats = apply_train(network, params, batch_stats, key_clean, batch['image'])
    there, batch_stats = apply_train(
      after_layer(network, layer, lambda h: moved(h, change)), params, batch_stats, key_moved, batch['image']
    )
    label = smoothed(batch['label'], label_smoothing)
    loss = clean * optax.softmax_cross_entropy(logits, label) + (1 - clean) * optax.softmax_cross_entropy(there, label)
    rows = {'accuracy': right(logits, batch['label'])}
    told = {'accuracy': rows['accuracy'].mean(), 'feature_accuracy': right(there, batch['label']).mean()}
    return loss.mean(), Aux(batch_stats, loss, told, rows)

  return objective
