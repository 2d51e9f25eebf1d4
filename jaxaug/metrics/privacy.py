"""Filters against generated rows that are real ones: copies, near copies, rows too near to one real row.

Passing all of them does not mean private (Yao et al., The DCR Delusion, 2025): the headline is membership inference, `membership.py`.
Tables (DataFrames) are compared by Gower's distance, which is what DCR means for mixed columns; arrays [N, D] of features by the
Euclidean one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jaxaug.metrics.distance import TILE, matrix, nearest, pair
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.metrics.table import are_tables, code
from jaxaug.types import Array, InputError

if TYPE_CHECKING:
  import pandas as pd


def _span(values):
  """Range of each column without what is missing; nan where all is."""
  return np.fmax.reduce(values, 0) - np.fmin.reduce(values, 0)


def _gower(a, b, discrete, span, weights=None, k=1, exclude_self=False, bytes=TILE):
  """Distances [N, k], ascending, of the rows of coded tables `a` to the k nearest of `b`.

  Weighted mean over columns of min(|x - y| / span, 1), or of [x != y] for a category or a span of 0; a missing number is like another
  missing one (0) and unlike a known one (1).
  """
  if len(b) - exclude_self < k:
    raise InputError(f'real: {len(b)} rows, needs at least {k + exclude_self}')
  weights = np.ones(a.shape[1]) if weights is None else weights
  found, columns = np.empty((len(a), k)), b.T.copy()
  rows = max(1, bytes // (40 * len(b)))
  for start in range(0, len(a), rows):
    tile = a[start : start + rows]
    total = np.zeros((len(tile), len(b)))
    for x, y, is_category, width, weight in zip(tile.T[..., None], columns, discrete, span, weights):
      part = x != y if is_category or not width > 0 else np.minimum(np.abs(x - y) / width, 1)
      lost = np.isnan(x), np.isnan(y)
      if lost[0].any() or lost[1].any():
        part = np.where(lost[0] | lost[1], lost[0] != lost[1], part)
      total += weight * part
    if exclude_self:
      total[np.arange(len(tile)), start + np.arange(len(tile))] = np.inf
    found[start : start + rows] = np.sort(np.partition(total, k - 1, axis=1)[:, :k], axis=1)
  return found / (weights.sum() or 1)


def exact_copies(real: Array | pd.DataFrame, fake: Array | pd.DataFrame, discrete: Sequence | None = None) -> np.ndarray:
  """Which generated rows equal a real one in every entry.

  Args:
    real: table, or array [N, ...].
    fake: table of the same columns, or array [M, ...]; two dtypes are compared in the one that holds both.
    discrete: the categorical columns of tables; None: those of object, string, category and bool dtype.

  Returns:
    [M] bool.

  Raises:
    InputError: tables or shapes that do not fit.
  """
  if are_tables({'real': real, 'fake': fake}):
    real, fake = code({'real': real, 'fake': fake}, discrete).rows
  real, fake = np.asarray(real), np.asarray(fake)
  if real.shape[1:] != fake.shape[1:] or real.ndim < 2:
    raise InputError(f'real, fake: shapes {list(real.shape)} and {list(fake.shape)}, must be rows of the same kind')
  if {real.dtype.kind, fake.dtype.kind} - set('biuf'):
    raise InputError(f'real, fake: {real.dtype} and {fake.dtype}, must be numbers')
  dtype = np.result_type(real, fake)
  same = lambda row: (
    np.where(row != row, dtype.type(np.nan), row + dtype.type(0)) if dtype.kind == 'f' else row
  )  # one NaN, one 0
  digest = lambda row: hashlib.blake2b(np.ascontiguousarray(same(row.astype(dtype))).tobytes(), digest_size=16).digest()
  known = {digest(row) for row in real}
  return np.array([digest(row) in known for row in fake], bool)


def closest_record(
  rows: Array | pd.DataFrame, table: Array | pd.DataFrame, discrete: Sequence | None = None, bytes: int = TILE
) -> np.ndarray:
  """Distance of each row to the closest record of a table (DCR).

  Tables: mean over columns of min(|x - y| / range, 1), or of [x != y] for a category; the range is that of `table`. A missing number
  is at 0 from another and at 1 from a known one. Arrays: Euclidean.

  Args:
    rows: table, or finite features [N, D].
    table: table of the same columns, or finite features [M, D].
    discrete: the categorical columns; None: those of object, string, category and bool dtype.
    bytes: that the tiles of distances may take, beside inputs and outputs.

  Returns:
    [N] float64, for tables in [0, 1].

  Raises:
    InputError: tables or features that do not fit.

  Source: Gower, A General Coefficient of Similarity and Some of Its Properties, 1971; SDMetrics, DCR, by definition.
  """
  if not are_tables({'rows': rows, 'table': table}):
    return nearest(*pair(rows, table, names=('rows', 'table')), bytes=bytes)[0][:, 0]
  coded = code({'rows': rows, 'table': table}, discrete)
  return _gower(*coded.rows, coded.discrete, _span(coded.rows[1]), bytes=bytes)[:, 0]


def closer_to_real(
  real: Array | pd.DataFrame, holdout: Array | pd.DataFrame, fake: Array | pd.DataFrame, discrete: Sequence | None = None
) -> dict:
  """Whether generated rows are closer to the rows the generator saw than to rows it did not see.

  Args:
    real: what the generator was trained on.
    holdout: other rows of the same kind.
    fake: generated rows.
    discrete: the categorical columns of tables.

  Returns:
    `closer_to_real`: share of fake rows strictly closer to real, with its 95% Wilson interval; `chance`: what it is expected to be for
    rows that know neither, N_real / (N_real + N_holdout); `ties`: rows exactly as far from both, which count as not closer;
    `overfitting_score`: min(2 (1 - share), 1), which is right for N_real = N_holdout only.

  Raises:
    InputError: tables or features that do not fit.

  Source: SDMetrics, DCROverfittingProtection, by definition.
  """
  to_real, to_holdout = closest_record(fake, real, discrete), closest_record(fake, holdout, discrete)
  share = wilson(int((to_real < to_holdout).sum()), len(to_real))
  return {
    'closer_to_real': share,
    'chance': len(real) / (len(real) + len(holdout)),
    'ties': int((to_real == to_holdout).sum()),
    'overfitting_score': min(2 * (1 - share.value), 1.0),
  }


def nndr(real: Array | pd.DataFrame, fake: Array | pd.DataFrame, discrete: Sequence | None = None) -> np.ndarray:
  """Nearest-neighbour distance ratio: distance to the closest real row / distance to the second closest.

  Near 0, a row has one real row for itself; near 1, it lies among several.

  Args:
    real: table or finite features [N, D], at least two rows.
    fake: the same of M generated rows.
    discrete: the categorical columns of tables.

  Returns:
    [M] in [0, 1]; 0 for a copy, also of rows that are in the real table twice.

  Raises:
    InputError: tables or features that do not fit.
  """
  if are_tables({'real': real, 'fake': fake}):
    coded = code({'real': real, 'fake': fake}, discrete)
    first, second = _gower(coded.rows[1], coded.rows[0], coded.discrete, _span(coded.rows[0]), k=2).T
  else:
    first, second = nearest(*pair(fake, matrix('real', real, 2), names=('fake', 'real')), 2)[0].T
  return first / np.where(second > 0, second, 1)


def new_row_score(
  real: pd.DataFrame, fake: pd.DataFrame, tolerance: float = 0.01, discrete: Sequence | None = None, bytes: int = TILE
) -> Interval:
  """Share of generated rows that match no real row: |x - y| <= tolerance |y| in each number y of the generated row, equal categories.

  Args:
    real, fake: tables with the same columns.
    tolerance: relative, at least 0.
    discrete: the categorical columns; None: those of object, string, category and bool dtype.
    bytes: that the tiles of comparisons may take, beside inputs.

  Returns:
    Share in [0, 1] with its 95% Wilson interval; a missing number matches a missing one.

  Raises:
    InputError: tables that do not fit, or a negative tolerance.

  Source: SDMetrics, NewRowSynthesis, by definition.
  """
  if not tolerance >= 0:
    raise InputError(f'tolerance: {tolerance}, must be at least 0')
  coded = code({'real': real, 'fake': fake}, discrete)
  (known, made), matched = coded.rows, 0
  rows, columns = max(1, bytes // (24 * len(known))), known.T.copy()
  for start in range(0, len(made), rows):
    tile = made[start : start + rows]
    alike = np.ones((len(tile), len(known)), bool)
    for x, y, is_category in zip(columns, tile.T[..., None], coded.discrete):
      alike &= x == y if is_category else (np.abs(x - y) <= tolerance * np.abs(y)) | (np.isnan(x) & np.isnan(y))
    matched += int(alike.any(1).sum())
  return wilson(len(made) - matched, len(made))


def _entropy(values, is_category):
  """In nats, of a column's categories or of ten equal bins over its range; missing is a value."""
  known = ~np.isnan(values)
  place = values if is_category else np.where(known, 0.0, -1.0)
  if not is_category and known.any() and np.ptp(values[known]) > 0:
    place[known] = np.digitize(values[known], np.linspace(values[known].min(), values[known].max(), 11)[1:-1])
  share = np.unique(place, return_counts=True)[1] / len(values)
  return -(share * np.log(share)).sum()


def identifiability(
  real: Array | pd.DataFrame, fake: Array | pd.DataFrame, weighted: bool = True, discrete: Sequence | None = None
) -> Interval:
  """Share of real rows that have a generated row nearer than their nearest other real row.

  Weighted, column j counts 1 / entropy_j, so that a column which tells few rows apart weighs more, and one that is constant in the real
  rows not at all. Entropies are of ten bins where the column is numeric; tables are compared by Gower's distance with the range of the
  real table, and arrays by the Euclidean one, of which the paper has the second.

  Args:
    real: table or finite features [N, D], at least two rows.
    fake: the same of M generated rows.
    weighted: by entropy, as the paper has it; False: all columns alike.
    discrete: the categorical columns of tables.

  Returns:
    Share in [0, 1] with its 95% Wilson interval; real rows that were drawn anew in equal number would have it near 1/2.

  Raises:
    InputError: tables or features that do not fit.

  Source: Yoon et al., Anonymization Through Data Synthesis Using Generative Adversarial Networks (ADS-GAN), 2020.
  """
  is_table = are_tables({'real': real, 'fake': fake})
  coded = code({'real': real, 'fake': fake}, discrete) if is_table else None
  a, b = coded.rows if is_table else pair(real, fake, names=('real', 'fake'))
  kinds = coded.discrete if is_table else np.zeros(a.shape[1], bool)
  entropies = np.array([_entropy(column, kind) for column, kind in zip(a.T, kinds)])
  weights = np.where(entropies > 0, 1 / np.where(entropies > 0, entropies, 1), 0) if weighted else np.ones(a.shape[1])
  if is_table:
    closest = lambda table, alone: _gower(a, table, kinds, _span(a), weights, exclude_self=alone)
  else:
    closest = lambda table, alone: nearest(a * weights, table * weights, exclude_self=alone)[0]
  return wilson(int((closest(b, False) < closest(a, True)).sum()), len(a))
