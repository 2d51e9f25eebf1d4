"""One forward pass of a network in training mode."""

import flax.linen as nn
import optax

from jaxaug.types import Array, InputError, Key, PyTree


def apply_train(network: nn.Module, params: PyTree, batch_stats: PyTree, key: Key, image: Array) -> tuple[Array, PyTree]:
  """Logits with batch statistics of this batch and dropout drawn from the key.

  Args:
    network: Flax module.
    params, batch_stats: its collections; batch_stats is {} for a network without.
    key: of dropout.
    image: [B, H, W, C] float in [0, 1].

  Returns:
    (logits [B, K] float32, new batch_stats).
  """
  logits, changed = network.apply(
    {'params': params, 'batch_stats': batch_stats}, image, train=True, rngs={'dropout': key}, mutable=['batch_stats']
  )
  return logits, changed.get('batch_stats', batch_stats)


def smoothed(label: Array, label_smoothing: float) -> Array:
  """(1 - s) label + s / K

  Args:
    label: [B, K] probabilities.
    label_smoothing: s in [0, 1).

  Returns:
    [B, K].

  Raises:
    InputError: s out of range.
  """
  if not 0 <= label_smoothing < 1:
    raise InputError(f'objective.label_smoothing: {label_smoothing} must be at least 0 and below 1')
  return optax.smooth_labels(label, label_smoothing)
