"""One number from several runs that differ in their seed only."""

import numpy as np
from scipy.stats import t

from jaxaug.metrics.interval import Interval
from jaxaug.types import Array, InputError


def over_seeds(values: Array, level: float = 0.95) -> Interval:
  """The mean over seeds, with an interval for other seeds and, where examples are given, for other examples.

  mean -+ t_{S-1} sqrt(variance over seeds of the runs' means / S + variance over examples of their means / N)

  The first term holds what training draws, the second what a finite test set draws; a part of the second is in the first
  too, so the interval is rather too wide than too narrow.

  Args:
    values: [S] one number a seed, or [S, N] scores of the same N examples, e.g. 1 where right, or differences of two runs'.
    level: coverage in (0, 1).

  Returns:
    Interval in the unit of the values.

  Raises:
    InputError: fewer than two seeds.

  Source: Student, The Probable Error of a Mean, 1908, with two crossed random effects.
  """
  values = np.asarray(values, np.float64)
  if values.ndim not in (1, 2) or len(values) < 2:
    raise InputError(f'seeds: values of shape {values.shape}; an interval needs at least two seeds')
  runs = values if values.ndim == 1 else values.mean(1)
  variance = runs.var(ddof=1) / len(runs)
  if values.ndim == 2 and values.shape[1] > 1:
    variance += values.mean(0).var(ddof=1) / values.shape[1]
  reach = t.ppf((1 + level) / 2, len(runs) - 1) * np.sqrt(variance)
  return Interval(float(runs.mean()), float(runs.mean() - reach), float(runs.mean() + reach))
