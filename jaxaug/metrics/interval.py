"""A number with its uncertainty."""

import numpy as np

from jaxaug.types import Interval


def wilson(successes: int, trials: int, z: float = 1.959963984540054) -> Interval:
  """Wilson score interval of a proportion.

  (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

  Args:
    successes: between 0 and trials.
    trials: n; 0 gives (nan, 0, 1).
    z: standard normal quantile; the default is for 95%.

  Returns:
    Interval of proportions in [0, 1].

  Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
  """
  if trials == 0:
    return Interval(float('nan'), 0.0, 1.0)
  p = successes / trials
  center = p + z**2 / (2 * trials)
  spread = z * np.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
  scale = 1 + z**2 / trials
  low = 0.0 if successes == 0 else (center - spread) / scale
  high = 1.0 if successes == trials else (center + spread) / scale
  return Interval(float(p), float(low), float(high))
