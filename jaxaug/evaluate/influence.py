"""Which training images speak for a class, and which against it, at an image that fooled the network."""

import jax
import numpy as np

from jaxaug.types import Array


def residual(logits: Array, label: Array) -> np.ndarray:
  """softmax(f) - y: what cross-entropy's gradient is at the logits.

  Args:
    logits: [N, K] float.
    label: [N, K] probabilities.

  Returns:
    [N, K] float32, rows sum to 0.
  """
  return np.asarray(jax.nn.softmax(logits) - label, np.float32)


def tracin(train_features: np.ndarray, train_residual: np.ndarray, features: np.ndarray, residual: np.ndarray) -> np.ndarray:
  """((p - y) . (p' - y')) (h . h' + 1): the product of two images' loss gradients in the last layer's weights and biases

  Above 0: a step on the training image lowers the loss at the other (a proponent); below 0: it raises it (an opponent). The paper sums
  this over the checkpoints of a run, each times its learning rate. A run keeps only its last checkpoints and its best: this is one term
  of the sum, without the rate, at the weights that it is given.

  Args:
    train_features: [N, D] h, what enters the last layer.
    train_residual: [N, K] p - y.
    features: [M, D] h' of the images that are asked about.
    residual: [M, K] p' - y', y' the label that they should have had.

  Returns:
    [M, N] float32.

  Source: Pruthi et al., Estimating Training Data Influence by Tracing Gradient Descent, 2020, the form over checkpoints
  (TracInCP) with the gradients of the last layer alone.
  """
  return (residual @ train_residual.T) * (features @ train_features.T + 1)


def strongest(influence: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
  """The training images of most influence either way.

  Args:
    influence: [M, N] of `tracin`.
    top: how many; at most N are given.

  Returns:
    ([M, top] rows of the most helpful, best first; the same of the most harmful, worst first).
  """
  order = np.argsort(influence, -1, kind='stable')
  return order[:, ::-1][:, :top], order[:, :top]
