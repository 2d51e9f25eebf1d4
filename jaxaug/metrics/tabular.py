"""How near a generated table is to a real one, column by column and pair by pair. 1 is the best of every score."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jaxaug.metrics.table import code
from jaxaug.types import InputError

if TYPE_CHECKING:
  import pandas as pd

BINS = 10


def _total_variation(a, b):
  """Half the summed difference of the shares of each value of two arrays of non-negative integers."""
  _, place = np.unique(np.concatenate([a, b]), return_inverse=True)
  share = lambda part: np.bincount(part, minlength=place.max() + 1) / len(part)
  return 0.5 * np.abs(share(place[: len(a)]) - share(place[len(a) :])).sum()


def _kolmogorov_smirnov(a, b):
  """Largest gap between the empirical distribution functions of what is not missing; nan where nothing is left."""
  a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
  if not (len(a) and len(b)):
    return np.nan
  everywhere = np.concatenate([a, b])
  below = lambda x: np.searchsorted(x, everywhere, side='right') / len(x)
  return np.abs(below(a) - below(b)).max()


def column_shapes(real: pd.DataFrame, fake: pd.DataFrame, discrete: Sequence | None = None) -> pd.Series:
  """Likeness of each column's distribution, whatever it does together with others.

  Numeric: 1 - the two-sample Kolmogorov-Smirnov statistic, missing values dropped.
  Categorical: 1 - total variation = 1 - 1/2 sum over values of |share in real - share in fake|; missing is a value.

  Args:
    real, fake: tables with the same columns.
    discrete: the categorical columns; None: those of object, string, category and bool dtype.

  Returns:
    In [0, 1] for each column; nan for a numeric one that is all missing in a table.

  Raises:
    InputError: tables that do not fit.

  Source: SDMetrics, KSComplement and TVComplement, by definition.
  """
  import pandas as pd

  coded = code({'real': real, 'fake': fake}, discrete)
  a, b = coded.rows
  scores = [
    1 - (_total_variation(x.astype(np.int64), y.astype(np.int64)) if is_category else _kolmogorov_smirnov(x, y))
    for x, y, is_category in zip(a.T, b.T, coded.discrete)
  ]
  return pd.Series(scores, coded.names, dtype=np.float64, name='column_shapes')


def _binned(values, reference, own):
  """Bin of each value: BINS equal ones over the range of `reference`; missing is bin 0.

  Not own: the outer bins are open to infinity. Own: the maximum has a bin for itself, which is what the quality report does.
  """
  known = reference[~np.isnan(reference)]
  if not len(known):
    return np.where(np.isnan(values), 0, 1)
  edges = np.linspace(known.min(), known.max(), BINS + 1)
  if not own:
    edges[0], edges[-1] = -np.inf, np.inf
  return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side='right'))


def _correlation(x, y):
  """Pearson r where both are known; nan where it is undefined."""
  known = ~(np.isnan(x) | np.isnan(y))
  x, y = x[known], y[known]
  if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
    return np.nan
  return np.corrcoef(x, y)[0, 1]


def _cramers_v(x, y):
  """sqrt(chi^2 / (N (min(values of x, values of y) - 1))); nan where one is constant."""
  (x_values, x), (y_values, y) = np.unique(x, return_inverse=True), np.unique(y, return_inverse=True)
  smaller = min(len(x_values), len(y_values))
  if smaller < 2:
    return np.nan
  table = np.bincount(x * len(y_values) + y, minlength=len(x_values) * len(y_values)).reshape(len(x_values), -1)
  expected = table.sum(1, keepdims=True) * table.sum(0) / len(x)
  return np.sqrt(((table - expected) ** 2 / expected).sum() / (len(x) * (smaller - 1)))


def _pairs(names):
  import pandas as pd

  return pd.MultiIndex.from_tuples(list(itertools.combinations(names, 2)), names=['first', 'second'])


def pair_trends(real: pd.DataFrame, fake: pd.DataFrame, bins: str = 'real', discrete: Sequence | None = None) -> pd.Series:
  """Likeness of what each two columns do together.

  Both numeric: 1 - |r_real - r_fake| / 2 with Pearson's r. A column that is constant in fake only has r_fake 0: a collapse counts.
  Otherwise: 1 - total variation of the joint table, a numeric column cut into 10 bins; missing is a bin.

  Args:
    real, fake: tables with the same columns, at least two.
    bins: 'real': equal bins over the real range, the outer ones open, for both tables. 'own': each table's own range, as SDMetrics'
      quality report has it: blind to a shift or a scale.
    discrete: the categorical columns; None: those of object, string, category and bool dtype.

  Returns:
    In [0, 1] for each pair of columns; nan where the real correlation is undefined.

  Raises:
    InputError: tables that do not fit, one column, or other bins.

  Source: SDMetrics, CorrelationSimilarity and ContingencySimilarity, by definition.
  """
  import pandas as pd

  if bins not in ('real', 'own'):
    raise InputError(f"bins: {bins!r} must be 'real' or 'own'")
  coded = code({'real': real, 'fake': fake}, discrete)
  if len(coded.names) < 2:
    raise InputError(f'real: one column, {coded.names[0]!r}; a pair needs two')
  own, (a, b) = bins == 'own', coded.rows
  cells = [
    (x.astype(np.int64), y.astype(np.int64)) if is_category else (_binned(x, x, own), _binned(y, y if own else x, own))
    for x, y, is_category in zip(a.T, b.T, coded.discrete)
  ]
  scores = []
  for i, j in itertools.combinations(range(len(coded.names)), 2):
    if coded.discrete[i] or coded.discrete[j]:
      width = 1 + max(part.max() for part in cells[j])
      scores.append(1 - _total_variation(*(first * width + second for first, second in zip(cells[i], cells[j]))))
    else:
      in_fake = _correlation(b[:, i], b[:, j])
      scores.append(1 - abs(_correlation(a[:, i], a[:, j]) - (0.0 if np.isnan(in_fake) else in_fake)) / 2)
  return pd.Series(scores, _pairs(coded.names), dtype=np.float64, name='pair_trends')


def pair_strengths(table: pd.DataFrame, discrete: Sequence | None = None) -> pd.DataFrame:
  """How much each two columns have to do with each other: which of the pair trends matter.

  SDMetrics' quality report averages those with |correlation| above .5 or association above .3 in the real table.

  Args:
    table: at least two columns.
    discrete: the categorical columns; None: those of object, string, category and bool dtype.

  Returns:
    For each pair `correlation` (Pearson r, in [-1, 1]; nan unless both are numeric) and `association` (Cramer's V, in [0, 1], numeric
    columns in 10 bins over their range, the maximum in one for itself; nan where both are numeric).

  Raises:
    InputError: no table, or one column.
  """
  import pandas as pd

  coded = code({'table': table}, discrete)
  if len(coded.names) < 2:
    raise InputError(f'table: one column, {coded.names[0]!r}; a pair needs two')
  columns, found = coded.rows[0].T, []
  cells = [x.astype(np.int64) if is_category else _binned(x, x, True) for x, is_category in zip(columns, coded.discrete)]
  for i, j in itertools.combinations(range(len(cells)), 2):
    mixed = coded.discrete[i] or coded.discrete[j]
    found.append((np.nan, _cramers_v(cells[i], cells[j])) if mixed else (_correlation(columns[i], columns[j]), np.nan))
  return pd.DataFrame(found, _pairs(coded.names), ['correlation', 'association'], dtype=np.float64)
