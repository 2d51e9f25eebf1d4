"""A data frame as a matrix of float64, one column each: numbers as they are, categories as codes, missing as NaN; and back."""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jaxaug.types import InputError, check_name

WHOLE = 2**53  # float64 holds every whole number up to here
DECIMALS = 4  # more are taken for a continuous number


class Column(NamedTuple):
  """What is known of a column of the training frame; plain values, so that it can be written as JSON."""

  name: str | int
  kind: str  # 'number', 'category' or 'constant'
  dtype: str  # of pandas
  missing: int = 0  # rows without a value
  low: float = 0.0  # of a number
  high: float = 0.0
  deviation: float = 0.0
  step: float = 0.0  # that all values are multiples of: 1, .1 ... .0001, of dates their greatest common divisor; 0 for none
  values: tuple = ()  # of a category, in the order of their codes; of a constant the one
  counts: tuple[int, ...] = ()  # rows with each value
  codes: tuple[int, ...] = ()  # of each value: 0, 1, ... or, above the cap, a bucket that it shares
  levels: tuple = ()  # all categories of a pandas Categorical
  ordered: bool = False
  origin: int = (
    0  # of dates: the first, in the unit of their type since 1970; the matrix counts from it, which keeps every digit
  )

  @property
  def is_date(self) -> bool:
    """Whether its numbers are dates."""
    return pd.api.types.is_datetime64_any_dtype(pd.api.types.pandas_dtype(self.dtype))

  @property
  def size(self) -> int:
    """Categories or buckets, one more where values are missing."""
    return max(self.codes, default=-1) + 1 + (self.missing > 0)

  @property
  def frequencies(self) -> np.ndarray:
    """Rows with each code, those without a value last [size]."""
    counts = np.bincount(self.codes, self.counts, self.size)
    if self.missing:
      counts[-1] = self.missing
    return counts


def learn_columns(frame: pd.DataFrame, discrete: Sequence[str | int] | None = None, cap: int = 100) -> tuple[Column, ...]:
  """Looks at each column: what kind, which values.

  Args:
    frame: of N rows; numbers, whole numbers, booleans, texts, pandas categories and dates, each with missing values or without.
    discrete: columns to take as categories; None takes every one that is not numbers or dates.
    cap: a column of more categories shares so many buckets, by a hash of the value.

  Returns:
    A Column each.

  Raises:
    InputError: no frame, no row, names given twice or not text or whole numbers, an unknown discrete column, a column without any value,
    with infinities or of a type that is not known.
  """
  if not isinstance(frame, pd.DataFrame) or not len(frame) or not len(frame.columns):
    raise InputError(f'frame: {type(frame).__name__} must be a pandas DataFrame with rows and columns')
  names = list(frame.columns)
  odd = [name for name in names if not isinstance(name, (str, int, np.integer)) or names.count(name) > 1]
  if odd:
    raise InputError(f'column {odd[0]!r}: names must be text or whole numbers, each once')
  if cap < 2:
    raise InputError(f'category_cap: {cap} must be at least 2')
  if isinstance(discrete, str):
    raise InputError(f'discrete: {discrete!r} must be a list of columns')
  for name in discrete or ():
    check_column(name, names, 'discrete')

  def is_number(series: pd.Series) -> bool:
    number = pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)
    return number or pd.api.types.is_datetime64_any_dtype(series)

  chosen = {name for name in names if not is_number(frame[name])} if discrete is None else set(discrete)
  text = [name for name in names if name not in chosen and not is_number(frame[name])]
  if text:
    raise InputError(
      f'discrete: column {text[0]!r} is {frame[text[0]].dtype}, neither numbers nor dates, and must be listed'
    )
  return tuple(_categories(frame[n], n, cap) if n in chosen else _numbers(frame[n], n) for n in names)


def _plain(value: Any) -> Any:
  return value.item() if isinstance(value, np.generic) else value


def _dtype(series: pd.Series) -> str:
  """Name of the type, from which pandas makes it again."""
  dtype = series.dtype
  return f'string[{dtype.storage}]' if isinstance(dtype, pd.StringDtype) and str(dtype) == 'string' else str(dtype)


def _numbers(series: pd.Series, name: str | int) -> Column:
  """A Column of numbers or dates."""
  present = series.notna().to_numpy()
  if not present.any():
    raise InputError(f'column {name!r}: every value is missing')
  is_date = pd.api.types.is_datetime64_any_dtype(series)
  origin = int(_ticks(series)[present].min()) if is_date else 0
  values = _floats(series, name, origin)
  seen = values[present & ~np.isnan(values)]
  if pd.api.types.is_integer_dtype(series) and np.abs(seen).max() > WHOLE:
    raise InputError(f'column {name!r}: whole numbers beyond 2^53 cannot be told apart as numbers; list it in discrete')
  with np.errstate(over='ignore'):
    ends, deviation = (float(seen.min()), float(seen.max())), float(seen.std())
  if not np.isfinite(deviation):
    raise InputError(f'column {name!r}: numbers up to {np.abs(seen).max():.3g} have no finite variance')
  kind = 'number' if len(seen) < len(values) or ends[0] < ends[1] else 'constant'
  step = float(np.gcd.reduce(_ticks(series)[present] - origin)) if is_date else _step(series, seen)
  return Column(_plain(name), kind, _dtype(series), len(values) - len(seen), *ends, deviation, step, origin=origin)


def _step(series: pd.Series, seen: np.ndarray) -> float:
  """What all values are multiples of."""
  kind = np.float32 if str(series.dtype).lower() == 'float32' else np.float64
  fits = [10.0**-k for k in range(DECIMALS + 1) if (np.round(seen, k).astype(kind) == seen.astype(kind)).all()]
  return fits[0] if fits else 0.0


def _on_grid(column: Column, values: np.ndarray) -> np.ndarray:
  """The nearest values that the column's step allows."""
  if column.step and column.is_date:
    return column.step * np.rint(values / column.step)
  return np.round(values, -round(np.log10(column.step))) if column.step else values


def _categories(series: pd.Series, name: str | int, cap: int) -> Column:
  """A Column of categories."""
  seen = series[series.notna()]
  if not len(seen):
    raise InputError(f'column {name!r}: every value is missing')
  counts = {}
  for value in map(_plain, seen.tolist()):
    if not isinstance(value, (str, int, float)):
      raise InputError(f'column {name!r}: a value of type {type(value).__name__} must be text, a number or a boolean')
    counts[value] = counts.get(value, 0) + 1
  levels, ordered = (), False
  values = sorted(counts, key=lambda v: (type(v).__name__, v))
  if isinstance(series.dtype, pd.CategoricalDtype):
    levels, ordered = tuple(series.cat.categories.tolist()), bool(series.cat.ordered)
    values = [v for v in levels if v in counts]
  missing, dtype = len(series) - len(seen), 'category' if levels else _dtype(series)
  kind = 'category' if missing or len(values) > 1 else 'constant'
  codes = range(len(values))
  if len(values) > cap:
    buckets = [zlib.crc32(repr(v).encode()) % cap for v in values]
    codes = np.unique(buckets, return_inverse=True)[1].tolist()  # without those that no value fell into
  held = dict(
    values=tuple(values), counts=tuple(counts[v] for v in values), codes=tuple(codes), levels=levels, ordered=ordered
  )
  return Column(_plain(name), kind, dtype, missing, **held)


def _ticks(series: pd.Series) -> np.ndarray:
  """Dates as int64 [N], in the unit of their type since 1970; anything where missing."""
  return series.astype('int64').to_numpy()


def _floats(series: pd.Series, name: str | int, origin: int = 0) -> np.ndarray:
  """float64 [N]; dates counted from the origin."""
  try:
    if pd.api.types.is_datetime64_any_dtype(series):
      return np.where(series.isna(), np.nan, (_ticks(series) - origin).astype(np.float64))
    if pd.api.types.is_complex_dtype(series):
      raise TypeError('complex')
    values = series.to_numpy(np.float64, na_value=np.nan)
  except (TypeError, ValueError) as error:
    raise InputError(f'column {name!r}: {series.dtype} must be numbers ({error})') from error
  if np.isinf(values).any():
    raise InputError(f'column {name!r}: {np.isinf(values).sum()} values are infinite')
  return values


def check_column(name: str | int, names: Sequence[str | int], where: str) -> None:
  """Raises InputError unless the column is one of these.

  Args:
    name: what the user wrote.
    names: of the frame's columns.
    where: it was written, for the message.
  """
  if name not in names:
    check_name(str(name), [str(n) for n in names if str(n) != str(name)], where)


def check_columns(columns: Sequence[Column], frame: pd.DataFrame) -> None:
  """Raises InputError unless the frame has exactly these columns, in whatever order.

  Args:
    columns: of the training frame.
    frame: another one.
  """
  names = [column.name for column in columns]
  lacking, extra = [n for n in names if n not in frame.columns], [n for n in frame.columns if n not in names]
  if lacking or extra or len(frame.columns) != len(names):
    raise InputError(f'frame: columns {lacking} are missing and {extra} are not of the fitted frame, which has {names}')


def to_matrix(columns: Sequence[Column], frame: pd.DataFrame, strict: bool = True) -> np.ndarray:
  """Frame to matrix.

  Args:
    columns: as learnt.
    frame: N rows of them.
    strict: whether a category that was not seen, or a value missing where none was, is refused; otherwise it is written as -1 or NaN.

  Returns:
    float64 [N, C]: numbers, codes; NaN where missing.

  Raises:
    InputError: other columns, text among numbers, what strict refuses.
  """
  check_columns(columns, frame)
  return np.stack([_one(column, frame[column.name], strict) for column in columns], -1)


def _one(column: Column, series: pd.Series, strict: bool) -> np.ndarray:
  empty = series.isna().tolist()
  if strict and any(empty) and not column.missing:
    raise InputError(f'column {column.name!r}: {sum(empty)} values are missing, in the fitted frame none was')
  if not column.values:
    return _floats(_as_fitted(column, series), column.name, column.origin)
  code = dict(zip(column.values, column.codes))
  found = [np.nan if e else code.get(v, -1) for v, e in zip(series.tolist(), empty)]
  if strict and -1 in found:
    raise InputError(f'column {column.name!r}: {series.iloc[found.index(-1)]!r} was not in the fitted frame')
  return np.asarray(found, np.float64)


def _as_fitted(column: Column, series: pd.Series) -> pd.Series:
  """Dates in the unit and zone of the fitted ones; dates among numbers and the reverse are refused."""
  is_date = pd.api.types.is_datetime64_any_dtype(series)
  if is_date != column.is_date and series.notna().any():
    raise InputError(f'column {column.name!r}: {series.dtype}, in the fitted frame it was {column.dtype}')
  try:
    return series.astype(column.dtype) if column.is_date else series
  except (TypeError, ValueError) as error:
    raise InputError(f'column {column.name!r}: {series.dtype} cannot be {column.dtype} ({error})') from error


def to_frame(columns: Sequence[Column], matrix: np.ndarray, seed: int = 0) -> pd.DataFrame:
  """Matrix to frame, in the order and types of the training frame.

  Numbers are kept within the range that was seen and rounded to as many decimals, dates to the same grid; a bucket becomes one of its values, in proportion to how often it was
  seen.

  Args:
    columns: as learnt.
    matrix: float64 [N, C], as `to_matrix` gives; constant columns are not read.
    seed: of the draws from buckets.

  Returns:
    DataFrame of N rows.
  """
  random = np.random.default_rng([seed, 7])
  series = {column.name: _series(column, matrix[:, at], random) for at, column in enumerate(columns)}
  return pd.DataFrame(series, index=pd.RangeIndex(len(matrix)))


def _series(column: Column, values: np.ndarray, random: np.random.Generator) -> pd.Series:
  values = np.zeros_like(values) if column.kind == 'constant' else values
  if not column.values:
    values = _on_grid(column, np.clip(values, column.low, column.high))
    if column.is_date:
      return _dates(column, values)
    return pd.Series(values).astype(column.dtype)
  known = np.array([*column.values, None], object)
  chosen = _members(column, values, random)
  if column.levels:
    return pd.Series(pd.Categorical(known[chosen], list(column.levels), column.ordered))
  return pd.Series(known[chosen], dtype=object).astype(column.dtype)


def _dates(column: Column, values: np.ndarray) -> pd.Series:
  """Dates of numbers on the grid, multiplied out in whole numbers: nanoseconds since 1970 are more than a float holds."""
  steps = np.rint(np.nan_to_num(values) / (column.step or 1)).astype(np.int64)
  whole = column.origin + steps * int(column.step or 1)
  if 'pyarrow' in column.dtype:
    return pd.Series(pd.array(whole, dtype='Int64')).where(~np.isnan(values)).astype('int64[pyarrow]').astype(column.dtype)
  return pd.Series(np.where(np.isnan(values), np.iinfo(np.int64).min, whole)).astype(column.dtype)


def _members(column: Column, codes: np.ndarray, random: np.random.Generator) -> np.ndarray:
  """Index into the column's values of each code, len(values) where missing [N]."""
  of, weight = np.asarray(column.codes), np.asarray(column.counts, np.float64)
  order = np.argsort(of, kind='stable')
  total = np.concatenate([[0.0], np.cumsum(weight[order])])
  first = np.searchsorted(of[order], np.arange(of.max() + 2))  # of each code's values in that order, and the end
  code = np.nan_to_num(codes, nan=0.0).astype(np.int64)
  at = total[first[code]] + random.random(len(codes)) * (total[first[code + 1]] - total[first[code]])
  member = np.clip(np.searchsorted(total, at, 'right') - 1, first[code], first[code + 1] - 1)
  return np.where(np.isnan(codes), len(of), order[member])


def to_code(column: Column, value: Any) -> float:
  """A single value as it stands in the matrix.

  Args:
    column: as learnt.
    value: of it; None or NaN for missing.

  Returns:
    Number or code, NaN for missing.

  Raises:
    InputError: a value that the fitted frame did not have: another category, a number out of its range or not whole, missing where none was.
  """
  try:
    series = pd.Series([value], dtype=object)
    series = series.astype(column.dtype) if column.is_date and not column.values else series
  except (TypeError, ValueError) as error:
    raise InputError(f'column {column.name!r}: {value!r} is no date ({error})') from error
  code = float(_one(column, series, strict=True)[0])
  if not column.values and (code < column.low or code > column.high or (column.step == 1 and code % 1 > 0)):
    seen = 'dates' if column.is_date else 'whole numbers' if column.step == 1 else 'numbers'
    low, high = _dates(column, np.array([column.low, column.high])) if column.is_date else (column.low, column.high)
    ends = f'{low} to {high}' if column.is_date else f'{low:g} to {high:g}'
    raise InputError(f'column {column.name!r}: {value!r} is not among {seen} from {ends}, as fitted')
  return code


def repeated(column: Column, value: Any, rows: int) -> pd.Series:
  """The same value in every row, in the type of the column.

  Args:
    column: as learnt.
    value: of it; None or NaN for missing.
    rows: N.

  Returns:
    Series of N.
  """
  if column.levels:
    return pd.Series(pd.Categorical([value] * rows, list(column.levels), column.ordered))
  return pd.Series([value] * rows, dtype=object).astype(column.dtype)
