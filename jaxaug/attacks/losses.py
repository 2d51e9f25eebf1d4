"""What an attack climbs: losses of logits against label probabilities, one value a row."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.types import Array, InputError


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


def dlr(logits: Array, label: Array) -> Array:
  """-(z_y - max_{k != y} z_k) / (z_(1) - z_(3)), z_(i) the i-th largest: the margin, whatever the scale of the logits.

  Args:
    logits: [B, K] float, K at least 3.
    label: [B, K] float probabilities; y is the most likely class.

  Returns:
    [B] float.

  Raises:
    InputError: fewer than 3 classes.

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, equation 6.
  """
  if logits.shape[-1] < 3:
    raise InputError(f'dlr: {logits.shape[-1]} classes, needs 3; take the margin')
  top = jax.lax.top_k(logits, 3)[0]
  return margin(logits, label) / (top[:, 0] - top[:, 2] + 1e-12)


def targeted_dlr(logits: Array, label: Array, target: Array) -> Array:
  """-(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2), z_(i) the i-th largest.

  Args:
    logits: [B, K] float, K at least 4.
    label: [B, K] float probabilities; y is the most likely class.
    target: [B] int, t.

  Returns:
    [B] float.

  Raises:
    InputError: fewer than 4 classes.

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, equation 7.
  """
  if logits.shape[-1] < 4:
    raise InputError(f'targeted_dlr: {logits.shape[-1]} classes, needs 4; take the margin')
  top = jax.lax.top_k(logits, 4)[0]
  return targeted_margin(logits, label, target) / (top[:, 0] - (top[:, 2] + top[:, 3]) / 2 + 1e-12)


def targeted_margin(logits: Array, label: Array, target: Array) -> Array:
  """z_t - z_y.

  Args:
    logits: [B, K] float.
    label: [B, K] float probabilities; y is the most likely class.
    target: [B] int, t.

  Returns:
    [B] float.
  """
  at = lambda index: jnp.take_along_axis(logits, index[:, None], 1)[:, 0]
  return at(target) - at(label.argmax(-1))


LOSSES = {'cross_entropy': cross_entropy, 'margin': margin, 'dlr': dlr}
