"""Membership inference: can someone who holds a row tell from the generated ones whether the generator was trained on it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from jaxaug.metrics.detection import auroc, true_positive_rate
from jaxaug.metrics.distance import TILE, pair
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.metrics.table import are_tables, code, design
from jaxaug.types import Array, InputError

if TYPE_CHECKING:
  import pandas as pd

FLOOR = 1e-6
"""Least variance of a direction, as a share of the pooled rows': what generated rows without any spread there are given."""


def log_density(points: Array, data: Array, bandwidth: float = 1.0, bytes: int = TILE) -> np.ndarray:
  """Log of a Gaussian kernel density estimate: the kernel has the covariance of the data times (bandwidth N^(-1 / (D + 4)))^2.

  Args:
    points: [P, D] where to estimate.
    data: [N, D] whose density, at least two rows, on scales near 1: variances below FLOOR count as FLOOR, so no covariance is singular.
    bandwidth: 1 is Scott's rule.
    bytes: that the tiles of distances may take, beside inputs and outputs.

  Returns:
    [P] float64.

  Raises:
    InputError: features that are not finite, too few or of different widths, or a bandwidth that is not positive.

  Source: Scott, Multivariate Density Estimation, 1992; equals scipy.stats.gaussian_kde where that is defined.
  """
  data, points = pair(data, points, names=('data', 'points'))
  count, width = data.shape
  if count < 2:
    raise InputError('data: one row, needs at least 2')
  if not 0 < bandwidth < np.inf:
    raise InputError(f'bandwidth: {bandwidth}, must be positive')
  variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(data.T)))
  scale = np.sqrt(np.maximum(variances, FLOOR)) * bandwidth * count ** (-1 / (width + 4))
  x, y = points @ (directions / scale), data @ (directions / scale)
  rows = max(1, bytes // (32 * count))
  kernels = [logsumexp(-0.5 * cdist(x[at : at + rows], y, 'sqeuclidean'), axis=1) for at in range(0, len(x), rows)]
  return np.concatenate(kernels) - np.log(count) - width / 2 * np.log(2 * np.pi) - np.log(scale).sum()


def density_ratio(
  rows: Mapping[str, Array | pd.DataFrame],
  fake: Array | pd.DataFrame,
  reference: Array | pd.DataFrame,
  components: int | None = None,
  bandwidth: float = 1.0,
  discrete: Sequence | None = None,
) -> dict[str, np.ndarray]:
  """Log p_fake(x) / p_reference(x): high where the generator puts more mass than the world does.

  Args:
    rows: name -> table, or features [N, D], of which to say it.
    fake: generated rows.
    reference: real rows from the same source, neither trained on nor among `rows`.
    components: the strongest principal components of all fake and reference rows that are kept, after each column is standardised. None
      keeps every direction in which they vary. A density estimate means little in more than about ten.
    bandwidth: 1 is Scott's rule, which smooths copies over; less finds them, and is noisier where there are few rows.
    discrete: the categorical columns of tables.

  Returns:
    Name -> [N] float64.

  Raises:
    InputError: tables or features that do not fit, or that do not vary.
  """
  if {'fake', 'reference'} & set(rows):
    raise InputError(f'rows: {list(rows)}, must have names other than fake and reference')
  given = {'fake': fake, 'reference': reference, **rows}
  if are_tables(given):
    fake, reference, *points = design(code(given, discrete))
  else:
    points = [pair(fake, part, names=('fake', name))[1] for name, part in rows.items()]
    fake, reference = pair(fake, reference, names=('fake', 'reference'))
  for name, part in (('fake', fake), ('reference', reference)):
    if len(part) < 2:
      raise InputError(f'{name}: one row, needs at least 2')
  both = np.concatenate([fake, reference])
  mean, spread = both.mean(0), both.std(0)
  standard = lambda x: (x - mean) / np.where(spread > 1e-12 * np.abs(both).max(0), spread, np.inf)  # constant: 0
  variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(standard(both).T)))
  kept = np.flatnonzero(variances > FLOOR * max(variances.max(), FLOOR))[::-1][:components]
  if components is not None and components < 1 or not len(kept):
    raise InputError(f'components: {components} of {len(kept)} directions in which fake and reference rows vary')
  whiten = lambda x: standard(x) @ (directions[:, kept] / np.sqrt(variances[kept]))
  fake, reference = whiten(fake), whiten(reference)
  return {
    name: log_density(whiten(part), fake, bandwidth) - log_density(whiten(part), reference, bandwidth)
    for name, part in zip(rows, points)
  }


def _area_interval(area, negatives, positives, z=1.959963984540054):
  """All true areas from which `area` is not further than z standard errors of Hanley and McNeil at that true area."""
  middle = (negatives + positives) / 2 - 1
  error = lambda t: np.sqrt(t * (1 - t) * (1 + middle * (1 - t) / (2 - t) + middle * t / (1 + t)) / (negatives * positives))
  # 1 - 1e-12: a true area of 1 has no error, and would be the only one that fits an area of 1
  least = lambda area: brentq(lambda t: area - t - z * error(t), 0, min(area, 1 - 1e-12)) if area > 0 else 0.0
  return Interval(area, float(least(area)), float(1 - least(1 - area)))


def _rate_interval(negative, positive, false_positives, seed, draws=4000):
  """Bootstrap over both sets, since the threshold is as uncertain as the share, joined with Wilson's, which has a width at 0 and 1."""
  rate = true_positive_rate(negative, positive, false_positives)
  descending, ascending, random = np.sort(negative)[::-1], np.sort(positive), np.random.default_rng(seed)
  allowed = int(np.floor(false_positives * len(negative) + 1e-9))
  # the threshold of a resample is its (allowed + 1)-th largest, whose rank is that of an order statistic of uniform draws
  rank = np.minimum(len(negative) * random.beta(allowed + 1, len(negative) - allowed, draws), len(negative) - 1).astype(int)
  above = 1 - np.searchsorted(ascending, descending[rank], side='right') / len(positive)
  low, high = np.quantile(random.binomial(len(positive), above) / len(positive), [0.025, 0.975])
  given = wilson(round(rate * len(positive)), len(positive))
  return Interval(rate, float(min(low, given.low)), float(max(high, given.high)))


def membership(
  members: Array | pd.DataFrame,
  non_members: Array | pd.DataFrame,
  fake: Array | pd.DataFrame,
  reference: Array | pd.DataFrame,
  components: int | None = None,
  bandwidth: float = 1.0,
  false_positives: float = 0.01,
  discrete: Sequence | None = None,
  seed: int = 0,
) -> dict[str, Interval]:
  """The DOMIAS attack: a row is called a member where log p_fake(x) / p_reference(x) is high.

  Unlike a distance it does not mistake a row from a dense region for one that leaked. One attack: that it fails proves nothing, so copies
  are counted too (`exact_copies`, `closest_record`).

  Args:
    members: rows that the generator was trained on.
    non_members: real rows from the same source that it was not. At 1% false positives 300 are needed for an interval that holds what it
      says: it covers 72% with 50, 90% with 300.
    fake: generated rows.
    reference: further real rows, neither of `members` nor of `non_members`.
    components, bandwidth: as of `density_ratio`.
    false_positives: share of non-members that may be called members, in [0, 1).
    discrete: the categorical columns of tables.
    seed: of the bootstrap.

  Returns:
    `auroc` (1/2 is chance) with a 95% interval: the true areas at which it would be no further off than 1.96 standard errors of Hanley
    and McNeil, which has a width at 0 and 1, too; `true_positive_rate` at `false_positives` (which is chance) with a 95% interval:
    percentile bootstrap over members and non-members, joined with Wilson's at the threshold, which alone takes the threshold for known
    and is too narrow. Both are for other rows, not for another training of the generator.

  Raises:
    InputError: tables or features that do not fit, or a share out of range.

  Source: van Breugel et al., Membership Inference Attacks against Synthetic Data through Overfitting Detection, 2023 (DOMIAS); TPR at a
  low FPR: Carlini et al., Membership Inference Attacks From First Principles, 2022; interval of the area: Newcombe, Confidence Intervals
  for an Effect Size Measure Based on the Mann-Whitney Statistic, Part 2, 2006.
  """
  if not 0 <= false_positives < 1:
    raise InputError(f'false_positives: {false_positives} must be in [0, 1)')
  scores = density_ratio({'members': members, 'non_members': non_members}, fake, reference, components, bandwidth, discrete)
  inside, outside = scores['members'], scores['non_members']
  return {
    'auroc': _area_interval(auroc(outside, inside), len(outside), len(inside)),
    'true_positive_rate': _rate_interval(outside, inside, false_positives, seed),
  }
