"""How often a classifier is right, and what it takes for what."""

import numpy as np

from jaxaug.metrics.interval import Interval, wilson
from jaxaug.types import Array, InputError


def classes(label: Array) -> np.ndarray:
  """Class of each row.

  Args:
    label: [N] integer classes, or [N, K] probabilities or logits, of which the largest entry counts.

  Returns:
    [N] int.
  """
  label = np.asarray(label)
  return label.argmax(-1) if label.ndim == 2 else label.astype(np.int64)


def correct(logits: Array, label: Array) -> np.ndarray:
  """Whether each row is classified right; a row with a non-finite logit is wrong.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    [N] bool.

  Raises:
    InputError: different numbers of rows, or a class outside 0 .. K - 1.
  """
  logits, true = np.asarray(logits), classes(label)
  if len(logits) != len(true):
    raise InputError(f'label: {len(true)} rows against {len(logits)} rows of logits')
  if len(true) and not (0 <= true.min() and true.max() < logits.shape[1]):
    raise InputError(f'label: classes {true.min()} to {true.max()}, logits have classes 0 to {logits.shape[1] - 1}')
  return (logits.argmax(-1) == true) & np.isfinite(logits).all(-1)


def accuracy(logits: Array, label: Array) -> Interval:
  """Share of rows classified right, with its 95% Wilson interval.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    Interval in [0, 1].
  """
  right = correct(logits, label)
  return wilson(int(right.sum()), len(right))


def confusion(logits: Array, label: Array) -> np.ndarray:
  """Counts of (true class, predicted class).

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    [K, K] int64; row = true class, column = prediction; sums to N.
  """
  logits = np.asarray(logits)
  counts = np.zeros((logits.shape[1],) * 2, np.int64)
  np.add.at(counts, (classes(label), logits.argmax(-1)), 1)
  return counts
