"""Two models on the same examples: how far apart, and could it be chance."""

import numpy as np
from scipy.stats import binomtest

from jaxaug.metrics.interval import Interval
from jaxaug.types import Array, InputError


def _paired(a: Array, b: Array) -> tuple[np.ndarray, np.ndarray]:
  a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
  if a.shape != b.shape or a.ndim != 1 or not len(a):
    raise InputError(f'a, b: shapes {a.shape} and {b.shape}; a paired comparison needs the same examples, at least one')
  return a, b


def paired_bootstrap(a: Array, b: Array, seed: int = 0, draws: int = 10_000, level: float = 0.95) -> Interval:
  """Mean of a - b with the percentile interval over resampled examples.

  Args:
    a, b: [N] scores of the same N examples, e.g. 1 where right and 0 where wrong.
    seed: of the resampling.
    draws: resamples.
    level: coverage in (0, 1).

  Returns:
    Interval in the unit of the scores.

  Raises:
    InputError: different or empty sets of examples.

  Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
  """
  a, b = _paired(a, b)
  values, counts = np.unique(a - b, return_counts=True)  # resampling N rows = a multinomial over their distinct values
  random, at_once = np.random.default_rng(seed), max(1, 2_000_000 // len(values))
  drawn = [min(at_once, draws - start) for start in range(0, draws, at_once)]
  sums = np.concatenate([random.multinomial(len(a), counts / len(a), n) @ values for n in drawn])
  low, high = np.quantile(sums / len(a), [(1 - level) / 2, (1 + level) / 2])
  return Interval(float((a - b).mean()), float(low), float(high))


def mcnemar(a: Array, b: Array) -> dict:
  """Exact McNemar test: are the examples that only one model gets right split evenly?

  Args:
    a, b: [N] bool, whether each model is right on the same N examples.

  Returns:
    `only_a`, `only_b` counts and the two-sided `p_value`.

  Raises:
    InputError: different or empty sets of examples.

  Source: McNemar, Note on the Sampling Error of the Difference Between Correlated Proportions, 1947; exact binomial.
  """
  a, b = _paired(a, b)
  only_a, only_b = int(((a > 0) & (b <= 0)).sum()), int(((a <= 0) & (b > 0)).sum())
  p_value = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
  return {'only_a': only_a, 'only_b': only_b, 'p_value': float(p_value)}
