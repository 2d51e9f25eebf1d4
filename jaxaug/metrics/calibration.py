"""Whether probabilities mean what they say."""

import numpy as np
from scipy.special import log_softmax

from jaxaug.metrics.classification import correct, true_classes
from jaxaug.types import Array


def nll(logits: Array, label: Array) -> float:
  """Mean negative log-likelihood of the true class, in nats.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    At least 0.
  """
  log_p = log_softmax(np.asarray(logits, np.float64), -1)
  return float(-log_p[np.arange(len(log_p)), true_classes(logits, label)].mean())


def brier(logits: Array, label: Array) -> float:
  """Mean over rows of sum_k (p_k - y_k)^2.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.

  Returns:
    In [0, 2].

  Source: Brier, Verification of Forecasts Expressed in Terms of Probability, 1950, equation 2.
  """
  p = np.exp(log_softmax(np.asarray(logits, np.float64), -1))
  return float(((p - np.eye(p.shape[1])[true_classes(logits, label)]) ** 2).sum(-1).mean())


def reliability(logits: Array, label: Array, bins: int = 15) -> dict[str, np.ndarray]:
  """Confidence against accuracy in equal bins ((b / bins, (b + 1) / bins]) of the largest probability.

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.
    bins: their number.

  Returns:
    `low`, `high` [bins] edges; `count` [bins]; `confidence`, `accuracy` [bins] means, nan where a bin is empty.
  """
  confidence = np.exp(log_softmax(np.asarray(logits, np.float64), -1)).max(-1)
  right = correct(logits, label)
  edges = np.linspace(0, 1, bins + 1)
  place = np.clip(np.searchsorted(edges, confidence, side='left') - 1, 0, bins - 1)
  count = np.bincount(place, minlength=bins)
  with np.errstate(invalid='ignore'):
    return {
      'low': edges[:-1],
      'high': edges[1:],
      'count': count,
      'confidence': np.bincount(place, confidence, bins) / count,
      'accuracy': np.bincount(place, right, bins) / count,
    }


def calibration(logits: Array, label: Array, bins: int = 15) -> dict:
  """Expected calibration error with its table, negative log-likelihood and Brier score.

  ECE = sum_b count_b / N |accuracy_b - confidence_b|

  Args:
    logits: [N, K] float.
    label: [N] classes or [N, K] probabilities.
    bins: of the reliability table.

  Returns:
    `ece` in [0, 1], `nll` in nats, `brier` in [0, 2], `reliability` as the function of that name gives it.

  Source: Guo et al., On Calibration of Modern Neural Networks, 2017, equation 3.
  """
  table = reliability(logits, label, bins)
  gap = np.where(table['count'] > 0, np.abs(table['accuracy'] - table['confidence']), 0.0)
  return {
    'ece': float((table['count'] * gap).sum() / max(table['count'].sum(), 1)),
    'nll': nll(logits, label),
    'brier': brier(logits, label),
    'reliability': table,
  }
