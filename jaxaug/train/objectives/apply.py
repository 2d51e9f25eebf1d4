"""One forward pass of a network in training mode."""

import flax.linen as nn

from jaxaug.types import Array, Key, PyTree


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
