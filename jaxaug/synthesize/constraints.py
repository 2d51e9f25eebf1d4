"""What a user knows of every row of a table: ranges, inequalities, sums; checked, and enforced on synthetic rows."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from jaxaug.synthesize.table_columns import check_column
from jaxaug.types import InputError

PASSES = 5  # over all constraints, since one may undo another


class Range(NamedTuple):
  """low <= column <= high; None leaves an end open. Enforced by clipping."""

  column: str | int
  low: float | None = None
  high: float | None = None

  @property
  def columns(self) -> tuple:
    """That it speaks of."""
    return (self.column,)

  def holds(self, frame: pd.DataFrame) -> np.ndarray:
    """bool [N]."""
    x = _values(frame, self.column)
    return ~((x < (-np.inf if self.low is None else self.low)) | (x > (np.inf if self.high is None else self.high)))

  def enforced(self, frame: pd.DataFrame, fixed: Collection = ()) -> pd.DataFrame:
    """The frame with values clipped, unless the column is fixed."""
    if self.column in fixed:
      return frame
    low, high = -np.inf if self.low is None else self.low, np.inf if self.high is None else self.high
    if _is_whole(frame[self.column]):
      low, high = np.ceil(low), np.floor(high)
    clipped = _with(frame, self.column, np.clip(_values(frame, self.column), low, high))
    x = _values(clipped, self.column)  # a narrow type may have rounded it across the end
    x = np.where(x < low, _next(x, np.inf, frame[self.column]), np.where(x > high, _next(x, -np.inf, frame[self.column]), x))
    return _with(clipped, self.column, x)


class Inequality(NamedTuple):
  """smaller <= larger, or < where strict. Enforced by swapping the two; where one is fixed, by moving the other to it."""

  smaller: str | int
  larger: str | int
  strict: bool = False

  @property
  def columns(self) -> tuple:
    """That it speaks of."""
    return self.smaller, self.larger

  def holds(self, frame: pd.DataFrame) -> np.ndarray:
    """bool [N]."""
    a, b = _values(frame, self.smaller), _values(frame, self.larger)
    return ~(a >= b if self.strict else a > b)

  def enforced(self, frame: pd.DataFrame, fixed: Collection = ()) -> pd.DataFrame:
    """The frame with the two in order; where strict, the larger is raised to the next value its type has, or the smaller lowered."""
    a, b = _values(frame, self.smaller), _values(frame, self.larger)
    if self.smaller in fixed:
      b = np.fmax(a, b) + 0 * b
    elif self.larger in fixed:
      a = np.fmin(a, b) + 0 * a
    else:
      a, b = np.where(a > b, b, a), np.where(a > b, a, b)
    a = np.floor(a) if _is_whole(frame[self.smaller]) else a  # away from each other, where the other column has fractions
    b = np.ceil(b) if _is_whole(frame[self.larger]) else b
    if self.strict and self.larger not in fixed:
      b = np.where(a >= b, _next(a, np.inf, frame[self.larger]), b)
    elif self.strict:
      a = np.where(a >= b, _next(b, -np.inf, frame[self.smaller]), a)
    frame = frame if self.smaller in fixed else _with(frame, self.smaller, a)
    return frame if self.larger in fixed else _with(frame, self.larger, b)


class Sum(NamedTuple):
  """The parts add up to the total, floats within 1e-6 of it. Enforced by computing the total; where that is fixed, the last free part."""

  parts: tuple
  total: str | int

  @property
  def columns(self) -> tuple:
    """That it speaks of."""
    return *self.parts, self.total

  def holds(self, frame: pd.DataFrame) -> np.ndarray:
    """bool [N]."""
    parts, total = sum(_values(frame, part) for part in self.parts), _values(frame, self.total)
    return np.isclose(parts, total, rtol=1e-6, atol=1e-9) | np.isnan(parts) | np.isnan(total)

  def enforced(self, frame: pd.DataFrame, fixed: Collection = ()) -> pd.DataFrame:
    """The frame with the total, or a part, computed from the others; rows with a missing part keep theirs."""
    free = [part for part in self.parts if part not in fixed]
    if self.total not in fixed:
      column, value = self.total, sum(_values(frame, part) for part in self.parts)
    elif free:
      column, value = free[-1], _values(frame, self.total) - sum(_values(frame, p) for p in self.parts if p != free[-1])
    else:
      return frame
    return _with(frame, column, np.where(self.holds(frame), _values(frame, column), value))


Constraint = Range | Inequality | Sum


def _values(frame: pd.DataFrame, column: str | int) -> np.ndarray:
  """float64 [N], NaN where missing: nothing is known against such a row."""
  return frame[column].to_numpy(np.float64, na_value=np.nan)


def _is_whole(series: pd.Series) -> bool:
  return pd.api.types.is_integer_dtype(series)


def _next(values: np.ndarray, towards: float, series: pd.Series) -> np.ndarray:
  """The nearest value of the column's type in that direction."""
  if _is_whole(series):
    return np.floor(values) + 1 if towards > 0 else np.ceil(values) - 1
  kind = np.float32 if '32' in str(series.dtype) else np.float64
  return np.nextafter(values.astype(kind), kind(towards)).astype(np.float64)


def _with(frame: pd.DataFrame, column: str | int, values: np.ndarray) -> pd.DataFrame:
  changed, values = frame.copy(deep=False), np.rint(values) if _is_whole(frame[column]) else values
  changed[column] = pd.Series(values, frame.index).astype(frame[column].dtype)
  return changed


def check_constraints(constraints: Sequence[Constraint], frame: pd.DataFrame) -> None:
  """Raises InputError unless each constraint speaks of columns of numbers and holds in every row.

  Args:
    constraints: of the table.
    frame: of training rows.
  """
  for constraint in constraints:
    for name in constraint.columns:
      check_column(name, list(frame.columns), f'constraint {constraint}')
      if not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
        raise InputError(f'constraint {constraint}: column {name!r} is {frame[name].dtype}, must be numbers')
    broken = ~constraint.holds(frame)
    if broken.any():
      raise InputError(f'constraint {constraint}: {broken.sum()} of {len(frame)} training rows break it')


def hold(constraints: Sequence[Constraint], frame: pd.DataFrame) -> np.ndarray:
  """Which constraints hold where; one that speaks of a missing value does.

  Args:
    constraints: M of them.
    frame: N rows.

  Returns:
    bool [N, M].
  """
  return np.array([constraint.holds(frame) for constraint in constraints], bool).reshape(len(constraints), len(frame)).T


def enforce(constraints: Sequence[Constraint], frame: pd.DataFrame, fixed: Collection = ()) -> pd.DataFrame:
  """Changes rows that break a constraint, in at most PASSES rounds over all of them.

  Args:
    constraints: of the table.
    frame: N rows.
    fixed: columns to leave as they are.

  Returns:
    The frame, in its types; look with `hold` whether the constraints allow each other.
  """
  for _ in range(PASSES):
    if hold(constraints, frame).all():
      break
    for constraint in constraints:
      frame = constraint.enforced(frame, fixed)
  return frame
