"""How well a score tells two kinds of examples apart."""

import numpy as np
from scipy.stats import rankdata

from jaxaug.types import Array, InputError


def _checked(negative: Array, positive: Array) -> tuple[np.ndarray, np.ndarray]:
  negative, positive = np.asarray(negative, np.float64), np.asarray(positive, np.float64)
  if not (len(negative) and len(positive)):
    raise InputError(f'scores: {len(negative)} of one kind and {len(positive)} of the other; both need at least one')
  return negative, positive


def auroc(negative: Array, positive: Array) -> float:
  """P(a positive scores above a negative) + P(equal) / 2, the area under the ROC curve.

  Args:
    negative: [N] scores of what should be low, e.g. clean images.
    positive: [M] scores of what should be high, e.g. adversarial ones.

  Returns:
    In [0, 1]; 1/2 is chance.

  Raises:
    InputError: one of them is empty.

  Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve, 1982.
  """
  negative, positive = _checked(negative, positive)
  ranks = rankdata(np.concatenate([negative, positive]))[len(negative) :]
  return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(negative) * len(positive)))


def true_positive_rate(negative: Array, positive: Array, false_positives: float = 0.01) -> float:
  """Share of positives above the lowest threshold that at most this share of negatives passes.

  Args:
    negative: [N] scores.
    positive: [M] scores.
    false_positives: in [0, 1).

  Returns:
    In [0, 1].

  Raises:
    InputError: one of them is empty, a share out of range.
  """
  negative, positive = _checked(negative, positive)
  if not 0 <= false_positives < 1:
    raise InputError(f'false_positives: {false_positives} must be in [0, 1)')
  allowed = int(np.floor(false_positives * len(negative) + 1e-9))
  threshold = np.sort(negative)[::-1][allowed]  # what passes is above it: at most `allowed` negatives are
  return float((positive > threshold).mean())
