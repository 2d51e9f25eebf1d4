"""Euclidean neighbours between two sets of feature vectors, in bounded memory.

The quick form |x|^2 + |y|^2 - 2 x.y proposes, the difference |x - y| decides: what the quick form cannot tell apart for rounding is
computed from the difference itself, so a copy is at distance 0 exactly and every comparison with a radius is right.
"""

import numpy as np

from jaxaug.types import Array, InputError

TILE = 2**28
"""Bytes that one tile of distances may take."""

SPARE = 8
"""Neighbours asked for beyond k, among which rounding may have mixed the order."""


def matrix(name: str, value: Array, least: int = 1) -> np.ndarray:
  """The features as float64, checked.

  Args:
    name: of the argument, for the message.
    value: [N, D] real numbers.
    least: rows there must be.

  Returns:
    [N, D] float64, contiguous.

  Raises:
    InputError: another shape, too few rows, NaN or infinity.
  """
  value = np.asarray(value)
  if value.ndim != 2 or value.shape[1] == 0 or value.dtype.kind not in 'biuf' and value.dtype.name != 'bfloat16':
    raise InputError(f'{name}: {value.dtype} {list(value.shape)}, must be numbers [N, D]')
  if len(value) < least:
    raise InputError(f'{name}: {len(value)} rows, needs at least {least}')
  value = np.ascontiguousarray(value, np.float64)
  if not np.isfinite(value).all():
    raise InputError(f'{name}: holds NaN or infinity')
  return value


def pair(a: Array, b: Array, least: int = 1, names: tuple[str, str] = ('a', 'b')) -> tuple[np.ndarray, np.ndarray]:
  """Two sets of features of one width, as float64.

  Args:
    a, b: [N, D] and [M, D] finite numbers.
    least: rows there must be in each.
    names: of the two, for messages.

  Returns:
    The two, float64.

  Raises:
    InputError: as `matrix`, and for different widths.
  """
  a, b = matrix(names[0], a, least), matrix(names[1], b, least)
  if a.shape[1] != b.shape[1]:
    raise InputError(f'{names[0]}, {names[1]}: {a.shape[1]} features against {b.shape[1]}')
  return a, b


def _apart(x, y):
  """|x - y| of each pair of rows [P, D]: the one place where a distance that counts is computed."""
  return np.sqrt(((x - y) ** 2).sum(-1))


def _doubt(squares, width, offset):
  """What rounding can move the quick form by, where |x|^2 + |y|^2 is `squares` after a shift by `offset`."""
  return 8 * np.finfo(np.float64).eps * ((width + 4) * squares + np.sqrt(squares * width) * offset)


def _of_indices(a, b, indices, bytes):
  """Distances [N, m] of row i of `a` to the rows of `b` that `indices` [N, m] names."""
  found = np.empty(indices.shape)
  rows = max(1, bytes // (32 * indices.shape[1] * a.shape[1]))
  for start in range(0, len(a), rows):
    at = indices[start : start + rows]
    x = np.repeat(a[start : start + rows], at.shape[1], axis=0)
    found[start : start + rows] = _apart(x, b[at.ravel()]).reshape(at.shape)
  return found


def _nearest_by_difference(a, b, own, m, bytes):
  """Indices [N, m] of the nearest rows, without the quick form; `own` [N] is each row's place in `b`, or None."""
  from scipy.spatial.distance import cdist

  found = np.empty((len(a), m), np.int64)
  rows = max(1, bytes // (24 * len(b)))
  for start in range(0, len(a), rows):
    tile = cdist(a[start : start + rows], b)
    if own is not None:
      tile[np.arange(len(tile)), own[start : start + rows]] = np.inf
    found[start : start + rows] = np.argpartition(tile, m - 1, axis=1)[:, :m]
  return found


def nearest(a: Array, b: Array, k: int = 1, exclude_self: bool = False, bytes: int = TILE) -> tuple[np.ndarray, np.ndarray]:
  """The k nearest rows of `b` to each row of `a`.

  Args:
    a: [N, D] finite numbers.
    b: [M, D] finite numbers.
    k: between 1 and M, or M - 1 with `exclude_self`.
    exclude_self: `a` and `b` are one set, and row i is no neighbour of itself (its copies in other rows are).
    bytes: that the tiles of distances may take, beside inputs and outputs.

  Returns:
    Distances [N, k] float64, ascending, and the rows of `b` [N, k] int64. Which of equally distant rows is named is left open.

  Raises:
    InputError: an argument out of range, or features that are not finite, empty or of different widths.
  """
  from sklearn.neighbors import NearestNeighbors

  a, b = pair(a, b)
  if exclude_self and a.shape != b.shape:
    raise InputError(f'exclude_self: a has {len(a)} rows and b {len(b)}; they must be the same set')
  others = len(b) - exclude_self
  if not 1 <= k <= others:
    raise InputError(f'k: {k}, must be between 1 and {others}, the rows there are to choose from')
  m = min(k + SPARE, others)
  center = b.mean(0)  # near the origin less is lost
  x, y = a - center, b - center
  quick, indices = NearestNeighbors(algorithm='brute').fit(y).kneighbors(x, m + exclude_self)
  if exclude_self:
    own = indices == np.arange(len(a))[:, None]
    own[~own.any(1), -1] = True  # copies have pushed the row itself out
    indices = indices[~own].reshape(len(a), m)
  exact = _of_indices(a, b, indices, bytes)
  if m < others:  # could a row that was not proposed be nearer than the k-th?
    squares = (x**2).sum(-1) + (y**2).sum(-1).max()
    reach = np.sort(exact, axis=1)[:, k - 1]
    open_ = (reach > 0) & (reach**2 > quick[:, -1] ** 2 - _doubt(squares, a.shape[1], np.abs(center).max()))
    if open_.any():
      rows = np.flatnonzero(open_)
      indices[rows] = _nearest_by_difference(a[rows], b, rows if exclude_self else None, m, bytes)
      exact[rows] = _of_indices(a[rows], b, indices[rows], bytes)
  order = np.argsort(exact, axis=1, kind='stable')[:, :k]
  return np.take_along_axis(exact, order, 1), np.take_along_axis(indices, order, 1)


def within(a: Array, centers: Array, radii: Array, bytes: int = TILE) -> np.ndarray:
  """In how many open balls each row lies: #{j: |a_i - centers_j| < radii_j}.

  Args:
    a: [N, D] finite numbers.
    centers: [M, D] finite numbers.
    radii: [M] at least 0.
    bytes: that the tiles of distances may take, beside inputs and outputs.

  Returns:
    [N] int64 between 0 and M.

  Raises:
    InputError: radii that do not fit, or features that are not finite, empty or of different widths.
  """
  a, centers = pair(a, centers, names=('a', 'centers'))
  radii = np.asarray(radii, np.float64)
  if radii.shape != (len(centers),) or not (np.isfinite(radii) & (radii >= 0)).all():
    raise InputError(f'radii: {list(radii.shape)}, must be {len(centers)} finite numbers, at least 0')
  center = centers.mean(0)
  x, y, offset = a - center, centers - center, np.abs(center).max()
  squares = (y**2).sum(-1)
  counts = np.empty(len(a), np.int64)
  rows, at_once = max(1, bytes // (64 * len(y))), max(1, bytes // (64 * a.shape[1]))
  for start in range(0, len(a), rows):
    tile = x[start : start + rows]
    both = (tile**2).sum(-1)[:, None] + squares
    beyond = both - 2 * (tile @ y.T) - radii**2
    inside = beyond < 0
    i, j = np.nonzero(np.abs(beyond) <= _doubt(both, a.shape[1], offset))
    for at in range(0, len(i), at_once):
      p, q = i[at : at + at_once], j[at : at + at_once]
      inside[p, q] = _apart(a[start + p], centers[q]) < radii[q]
    counts[start : start + rows] = inside.sum(1)
  return counts
