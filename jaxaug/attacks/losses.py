"""What an attack climbs: losses of logits against label probabilities, one value a row."""

import jax.numpy as jnp
import optax

from jaxaug.types import Array


def cross_entropy(logits: Array, label: Array) -> Array:
  """-sum_k label_k log softmax(logits)_k.

  Args:
    logits: [B, K] float.
    label: [B, K] float probabilities.

  Returns:
    [B] float, at least 0.
  """
  return optax.softmax_cross_entropy(logits, label)


def margin(logits: Array, label: Array) -> Array:
  """max_{k != y} logits_k - logits_y: above 0 exactly when the row is misclassified (ties aside).

  Args:
    logits: [B, K] float.
    label: [B, K] float probabilities; y is the most likely class.

  Returns:
    [B] float.

  Source: Carlini and Wagner, Towards Evaluating the Robustness of Neural Networks, 2017, f_6 without its floor.
  """
  own = jnp.arange(logits.shape[-1])[None, :] == label.argmax(-1)[:, None]
  return jnp.where(own, -jnp.inf, logits).max(-1) - jnp.where(own, logits, 0.0).sum(-1)


LOSSES = {'cross_entropy': cross_entropy, 'margin': margin}
