"""Gaussian copula of a table, one for each class of a column: no training, exact conditions, the first choice for small tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from jaxaug.synthesize.table_columns import Column
from jaxaug.synthesize.table_numbers import fit_quantiles, from_uniform, rank_interval, to_uniform

MOST_CLASSES = 20  # of a column that splits the table
LEAST_ROWS = 5  # of each of its classes
LEAST_EXPLAINED = 0.01  # share of the others' variance, on average
SWEEPS = 30  # of Gibbs sampling where several columns are asked for


class Latent(NamedTuple):
  """A normal variable that a column is a step function of."""

  column: int
  kind: str  # 'number', 'category', or 'absent': whether a number is missing
  curve: np.ndarray  # [Q] quantiles, or [codes] cumulated shares of codes


class Group(NamedTuple):
  """The rows of one class."""

  code: float  # of the class, NaN where missing
  share: float  # of the rows
  latents: tuple[Latent, ...]
  correlation: np.ndarray  # [latents, latents]


class Copula(NamedTuple):
  """x_j = F_j^-1(Phi(z_j)), z ~ N(0, R), with F and R of each class."""

  by: int  # index of the column of classes, -1 for none
  groups: tuple[Group, ...]


def fit_copula(columns: Sequence[Column], matrix: np.ndarray, by: int | None = None) -> Copula:
  """Marginals by empirical quantiles and shares; correlation of normal scores, shrunk by Ledoit and Wolf's estimate.

  Args:
    columns: as `learn_columns` gives them.
    matrix: [N, C] as `to_matrix` gives it.
    by: index of a discrete column to fit each class of on its own; -1 for none, None chooses by `splitting_column`.

  Returns:
    Copula.

  Source: Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, 2016, section III; shrinkage: Ledoit and Wolf, A Well-Conditioned
  Estimator for Large-Dimensional Covariance Matrices, 2004.
  """
  by = splitting_column(columns, matrix) if by is None else by
  classes = np.nan_to_num(matrix[:, by], nan=-1) if by >= 0 else np.zeros(len(matrix))
  groups = []
  for code in np.unique(classes):
    rows = matrix[classes == code]
    latents = _latents(columns, rows, by)
    groups.append(Group(np.nan if code < 0 else float(code), len(rows) / len(matrix), latents, _correlation(latents, rows)))
  return Copula(by, tuple(groups))


def splitting_column(columns: Sequence[Column], matrix: np.ndarray) -> int:
  """The discrete column whose classes explain most of the variance of the others' normal scores, corrected for their number.

  Args:
    columns: as `learn_columns` gives them.
    matrix: [N, C].

  Returns:
    Its index; -1 where none explains LEAST_EXPLAINED of it, or none has 2 to MOST_CLASSES classes of LEAST_ROWS rows or more each.
  """
  latents = _latents(columns, matrix, -1)
  scores, of = _scores(latents, matrix), np.array([latent.column for latent in latents])
  best, chosen = LEAST_EXPLAINED, -1
  for at, column in enumerate(columns):
    rows = column.frequencies if column.kind == 'category' else np.zeros(0)
    if not 2 <= len(rows) <= MOST_CLASSES or rows.min() < LEAST_ROWS or len(matrix) <= len(rows) or (of == at).all():
      continue
    others, classes = scores[:, of != at], np.nan_to_num(matrix[:, at], nan=-1)
    inside = sum(np.square(others[classes == c] - others[classes == c].mean(0)).sum(0) for c in np.unique(classes))
    total = np.square(others - others.mean(0)).sum(0)
    left = inside / np.where(total > 0, total, 1) * (len(matrix) - 1) / (len(matrix) - len(rows))
    explained = np.mean(np.where(total > 0, 1 - left, 0))
    best, chosen = (explained, at) if explained > best else (best, chosen)
  return chosen


def _latents(columns: Sequence[Column], rows: np.ndarray, by: int) -> tuple[Latent, ...]:
  found = []
  for at, column in enumerate(columns):
    values = rows[:, at]
    absent = np.isnan(values)
    if at == by or column.kind == 'constant':
      continue
    if column.kind == 'category':
      counts = np.bincount(np.where(absent, column.size - 1, np.nan_to_num(values)).astype(int), minlength=column.size)
      found.append(Latent(at, 'category', np.cumsum(counts) / len(values)))
      continue
    if not absent.all():
      found.append(Latent(at, 'number', fit_quantiles(values[~absent])))
    if column.missing:
      found.append(Latent(at, 'absent', np.array([absent.mean(), 1.0])))
  return tuple(found)


def _bounds(latent: Latent, value: float) -> tuple[float, float]:
  """The interval of Phi(z) on which the column has this value; (0, 1) where the latent says nothing about it."""
  if latent.kind == 'number':
    return (0.0, 1.0) if np.isnan(value) else tuple(float(end) for end in rank_interval(latent.curve, value))
  code = int(not np.isnan(value)) if latent.kind == 'absent' else len(latent.curve) - 1 if np.isnan(value) else int(value)
  return (latent.curve[code - 1] if code else 0.0), latent.curve[code]


def _scores(latents: Sequence[Latent], rows: np.ndarray) -> np.ndarray:
  """z in the middle of each value's interval [N, latents]; 0 where the latent says nothing."""
  scores = np.zeros((len(rows), len(latents)))
  for at, latent in enumerate(latents):
    values = rows[:, latent.column]
    absent = np.isnan(values)
    if latent.kind == 'number':
      scores[~absent, at] = ndtri(to_uniform(latent.curve, values[~absent]))
    else:
      code = ~absent if latent.kind == 'absent' else np.where(absent, len(latent.curve) - 1, np.nan_to_num(values))
      ends = np.concatenate([[0.0], latent.curve])
      scores[:, at] = ndtri((ends[:-1] + ends[1:]) / 2)[code.astype(int)]
  return scores


def _correlation(latents: Sequence[Latent], rows: np.ndarray) -> np.ndarray:
  from sklearn.covariance import ledoit_wolf

  scores = _scores(latents, rows)
  deviation = scores.std(0)
  if len(rows) < 2 or not len(latents):
    return np.eye(len(latents))
  covariance, _ = ledoit_wolf((scores - scores.mean(0)) / np.where(deviation > 0, deviation, 1), assume_centered=True)
  covariance += 1e-6 * np.eye(len(latents))
  scale = np.sqrt(np.diag(covariance))
  return covariance / scale[:, None] / scale


def draw_copula(
  copula: Copula, columns: Sequence[Column], rows: int, wanted: Mapping[int, float] = {}, seed: int = 0
) -> np.ndarray:
  """Rows, of the classes in their shares; under conditions from the copula given that these columns have these values.

  Conditions choose the class by Bayes' rule, as if they were independent within it; several on one class are drawn by Gibbs sampling of
  the truncated normal. A value that never occurred in a class is not enforced there.

  Args:
    copula: as `fit_copula` gives it.
    columns: of the table.
    rows: N.
    wanted: value, code or NaN of columns by index.
    seed: of the draws.

  Returns:
    float64 [N, C].
  """
  random = np.random.default_rng([seed, 5])
  chances = np.array([group.share * _likelihood(group, copula.by, wanted) for group in copula.groups])
  if not chances.sum():
    chances = np.array(
      [group.share * (copula.by not in wanted or _same(group.code, wanted[copula.by])) for group in copula.groups]
    )
  chosen = random.choice(len(chances), rows, p=chances / chances.sum())
  matrix = np.zeros((rows, len(columns)))
  for at, group in enumerate(copula.groups):
    here = np.flatnonzero(chosen == at)
    if copula.by >= 0:
      matrix[here, copula.by] = group.code
    uniform = ndtr(_draw(group, len(here), wanted, random))
    for latent, u in zip(group.latents, uniform.T):
      if latent.kind == 'number':
        matrix[here, latent.column] = from_uniform(latent.curve, u)
      elif latent.kind == 'absent':
        matrix[here[u < latent.curve[0]], latent.column] = np.nan
      else:
        code = np.minimum(
          np.searchsorted(latent.curve, u, side='right'), np.flatnonzero(np.diff(latent.curve, prepend=0))[-1]
        )
        absent = columns[latent.column].missing and code == len(latent.curve) - 1
        matrix[here, latent.column] = np.where(absent, np.nan, code)
  return matrix


def _same(one: float, other: float) -> bool:
  return one == other or (np.isnan(one) and np.isnan(other))


def _likelihood(group: Group, by: int, wanted: Mapping[int, float]) -> float:
  """Of what is wanted: shares of codes, densities of numbers by a kernel estimate of Silverman's width."""
  chance = 1.0 if by not in wanted else float(_same(group.code, wanted[by]))
  for latent in group.latents:
    if latent.column not in wanted:
      continue
    value = wanted[latent.column]
    if latent.kind != 'number':
      low, high = _bounds(latent, value)
      chance *= high - low
    elif not np.isnan(value):
      width = 1.06 * latent.curve.std() * len(latent.curve) ** -0.2 or 1e-9 * max(abs(value), 1)
      chance *= np.exp(-0.5 * np.square((value - latent.curve) / width)).mean() / width
  return chance


def _draw(group: Group, rows: int, wanted: Mapping[int, float], random: np.random.Generator) -> np.ndarray:
  """z [rows, latents], within the intervals of what is wanted."""
  count, correlation = len(group.latents), group.correlation
  z, told, bounds = np.zeros((rows, count)), [], []
  for at, latent in enumerate(group.latents):
    low, high = _bounds(latent, wanted[latent.column]) if latent.column in wanted else (0.0, 1.0)
    if (low, high) != (0.0, 1.0) and (high > low or latent.kind == 'number'):
      told.append(at)
      bounds.append((ndtri(low), ndtri(high)))
      z[:, at] = ndtri((low + high) / 2)
  free = [at for at in range(count) if at not in told]
  if told:
    inverse = np.linalg.inv(correlation[np.ix_(told, told)])
    for _ in range(SWEEPS if len(told) > 1 else 1):
      for i, (at, (low, high)) in enumerate(zip(told, bounds)):
        deviation = inverse[i, i] ** -0.5
        mean = z[:, at] - z[:, told] @ inverse[i] / inverse[i, i]
        ends = ndtr((low - mean) / deviation), ndtr((high - mean) / deviation)
        u = ends[0] + random.random(rows) * (ends[1] - ends[0])
        z[:, at] = np.clip(mean + deviation * ndtri(np.clip(u, 1e-15, 1 - 1e-15)), low, high)
    weight = correlation[np.ix_(free, told)] @ inverse
  else:
    weight = np.zeros((count, 0))
  spread = correlation[np.ix_(free, free)] - weight @ correlation[np.ix_(told, free)]
  noise = random.standard_normal((rows, len(free))) @ np.linalg.cholesky(spread).T if free else np.zeros((rows, 0))
  z[:, free] = z[:, told] @ weight.T + noise
  return z
