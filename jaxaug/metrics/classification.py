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

  Raises:
    InputError: neither of the two, one column, or labels that are no numbers.
  """
  label = np.asarray(label)
  if label.ndim not in (1, 2) or label.ndim == 2 and label.shape[1] < 2:
    raise InputError(f'label: {list(label.shape)}, must be [N] classes or [N, K] probabilities, K at least 2')
  if np.isnan(label).any():
    raise InputError('label: holds NaN')
  return label.argmax(-1) if label.ndim == 2 else label.astype(np.int64)


def true_classes(logits: Array, label: Array) -> np.ndarray:
  """Class of each row, checked against the logits.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    [N] int in 0 .. K - 1.

  Raises:
    InputError: different numbers of rows or classes, or a class outside 0 .. K - 1.
  """
  logits, true = np.asarray(logits), classes(label)
  if len(logits) != len(true):
    raise InputError(f'label: {len(true)} rows against {len(logits)} rows of logits')
  if np.ndim(label) == 2 and np.shape(label)[1] != logits.shape[1]:
    raise InputError(f'label: {np.shape(label)[1]} classes against {logits.shape[1]} of the logits')
  if len(true) and not (0 <= true.min() and true.max() < logits.shape[1]):
    raise InputError(f'label: classes {true.min()} to {true.max()}, logits have classes 0 to {logits.shape[1] - 1}')
  return true


def predicted(logits: Array, label: Array) -> np.ndarray:
  """The class each row is taken for; a row with a non-finite logit is never taken for its own.

  Args:
    logits: [N, K] float, K at least 2.
    label: [N] classes or [N, K] probabilities.

  Returns:
    [N] int.

  Raises:
    InputError: labels that do not fit.
  """
  values, true = np.array(logits, np.float64), true_classes(logits, label)
  broken = ~np.isfinite(values).all(-1)
  values = np.nan_to_num(values, nan=-1e300, posinf=1e300, neginf=-1e300)
  values[broken, true[broken]] = -np.inf
  return values.argmax(-1)


def correct(logits: Array, label: Array) -> np.ndarray:
  """Whether each row is classified right; a row with a non-finite logit is wrong.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    [N] bool.

  Raises:
    InputError: labels that do not fit.
  """
  return predicted(logits, label) == classes(label)


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
  counts = np.zeros((np.shape(logits)[1],) * 2, np.int64)
  np.add.at(counts, (classes(label), predicted(logits, label)), 1)
  return counts
