"""One number from several runs that differ in their seed only."""

import numpy as np
from scipy.stats import t

from jaxaug.metrics.interval import Interval
from jaxaug.types import Array, InputError


def over_seeds(values: Array, level: float = 0.95, shared: bool = True) -> Interval:
  """The mean over seeds, with an interval for other seeds and, where examples are given, for other examples.

  mean -+ sqrt(t_{S-1}^2 variance over seeds of the runs' means / S + t_{N-1}^2 variance over examples of their means / N)

  The first term holds what training draws, the second what a finite test set draws, each with the quantile of its own degrees of
  freedom: few seeds do not widen what many examples say. What a seed and an example draw together is in both, so the interval is
  rather too wide than too narrow.

  Where every seed has examples of its own, what they draw is in the first term already: then the larger of the two counts, so that seeds
  that agree by chance do not promise more than their examples can.

  Args:
    values: [S] one number a seed, or [S, N] scores of the same N examples, e.g. 1 where right, or differences of two runs'.
    level: coverage in (0, 1).
    shared: whether column n is the same example for all seeds.

  Returns:
    Interval in the unit of the values.

  Raises:
    InputError: fewer than two seeds.

  Source: Student, The Probable Error of a Mean, 1908, for each of two crossed random effects; their reaches add in squares: Zou and
  Donner, Construction of Confidence Limits about Effect Measures: A General Approach, 2008.
  """
  values = np.asarray(values, np.float64)
  if values.ndim not in (1, 2) or len(values) < 2:
    raise InputError(f'seeds: values of shape {values.shape}; an interval needs at least two seeds')
  runs = values if values.ndim == 1 else values.mean(1)
  quantile = lambda draws: t.ppf((1 + level) / 2, draws - 1)
  reach = quantile(len(runs)) * np.sqrt(runs.var(ddof=1) / len(runs))
  if values.ndim == 2 and values.shape[1] > 1:
    examples = values.shape[1]
    if shared:
      reach = np.hypot(reach, quantile(examples) * np.sqrt(values.mean(0).var(ddof=1) / examples))
    else:
      own = values.var(1, ddof=1).mean() / values.size
      reach = max(reach, t.ppf((1 + level) / 2, values.size - len(runs)) * np.sqrt(own))
  return Interval(float(runs.mean()), float(runs.mean() - reach), float(runs.mean() + reach))
