"""Tables (pandas) of the same columns, as arrays: numbers stay numbers, dates become seconds, categories become codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jaxaug.types import InputError

if TYPE_CHECKING:
  import pandas as pd  # slow to import, and most who import the metrics have no table

CATEGORIES = 100
"""Indicator columns that one categorical column may become; the rarest categories share the last."""

WHOLE = 2**53
"""Up to here float64 tells whole numbers apart."""


class Coded(NamedTuple):
  """Tables in arrays, columns in the order of the first table."""

  names: list  # [C] columns
  rows: list[
    np.ndarray
  ]  # one a table: [N, C] float64, numbers or seconds (nan where missing) or codes from 0 (missing is one of them)
  discrete: np.ndarray  # [C] bool, whether the column holds codes


def are_tables(values: Mapping[str, Any]) -> bool:
  """Whether all of these are DataFrames, and not all arrays.

  Args:
    values: name (for the message) -> table or array.

  Returns:
    True for tables, False for arrays.

  Raises:
    InputError: some are the one and some the other.
  """
  kinds = {name: hasattr(value, 'columns') for name, value in values.items()}
  if len(set(kinds.values())) > 1:
    raise InputError(
      f'{", ".join(kinds)}: {", ".join(name for name in kinds if kinds[name])} is a table, the others are not'
    )
  return all(kinds.values())


def _is_discrete(table, column, discrete, name):
  import pandas as pd

  dtype, types = table[column].dtype, pd.api.types
  text = types.is_object_dtype(dtype) or types.is_string_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype)
  if column in discrete if discrete is not None else text or types.is_bool_dtype(dtype):
    return True
  if not types.is_datetime64_any_dtype(dtype) and (not types.is_numeric_dtype(dtype) or types.is_complex_dtype(dtype)):
    raise InputError(f'{name}: column {column!r} is {dtype}; make it a number, or name it in discrete')
  return False


def _seconds(series):
  """Dates as seconds since 1970, whatever their unit and zone."""
  import pandas as pd

  ticks = pd.to_datetime(series, utc=True).dt.as_unit('us').astype('int64').to_numpy()
  return np.where(series.isna(), np.nan, ticks / 1e6)


def _numbers(tables, column):
  """float64 [N] of each table, nan where missing."""
  import pandas as pd

  dates = [pd.api.types.is_datetime64_any_dtype(table[column]) for table in tables.values()]
  if any(dates) != all(dates):
    raise InputError(f'{", ".join(tables)}: column {column!r} is dates in one and numbers in the other')
  if all(dates):
    return [_seconds(table[column]) for table in tables.values()]
  parts = [pd.to_numeric(table[column]).astype('Float64').to_numpy(np.float64, na_value=np.nan) for table in tables.values()]
  for (name, table), part in zip(tables.items(), parts):
    if np.isinf(part).any():
      raise InputError(f'{name}: column {column!r} holds infinity')
    if pd.api.types.is_integer_dtype(table[column]) and (np.abs(part) > WHOLE).any():
      raise InputError(
        f'{name}: column {column!r} holds whole numbers beyond 2^53, which as numbers cannot be told apart; name it in discrete'
      )
  return parts


def _check_alike(tables, column, known, parts):
  """'1' in one table and 1 in the other would be different categories, and every score silently the worst."""
  is_text = np.array([isinstance(value, str) for value in known])
  kinds = [set(is_text[part[part < len(known)]]) for part in parts]
  if {True} in kinds and {False} in kinds:
    raise InputError(f'{", ".join(tables)}: column {column!r} is text in one and numbers in the other')


def _check(tables, discrete):
  import pandas as pd

  (first, model), *_ = tables.items()
  for name, table in tables.items():
    if not isinstance(table, pd.DataFrame):
      raise InputError(f'{name}: {type(table).__name__}, must be a pandas DataFrame')
    if not table.columns.is_unique:
      raise InputError(f'{name}: columns {sorted(set(table.columns[table.columns.duplicated()]), key=str)} appear twice')
    lacking, unknown = [c for c in model if c not in table], [c for c in table if c not in model]
    if lacking or unknown:
      raise InputError(f'{name}: lacks columns {lacking} of {first}, and has {unknown} that {first} lacks')
    if not len(table) or not table.shape[1]:
      raise InputError(f'{name}: {len(table)} rows of {table.shape[1]} columns, needs at least one of each')
  if isinstance(discrete, str):
    raise InputError(f'discrete: {discrete!r} must be a list of columns')
  absent = [c for c in discrete or () if c not in model]
  if absent:
    raise InputError(f'discrete: no columns {absent}')


def code(tables: Mapping[str, pd.DataFrame], discrete: Sequence | None = None) -> Coded:
  """Arrays of tables that have the same columns, in whatever order.

  Args:
    tables: name (for messages) -> DataFrame.
    discrete: the categorical columns. None: those of object, string, category and bool dtype.

  Returns:
    Coded; equal categories have equal codes in all tables.

  Raises:
    InputError: empty tables, other columns, or a column that is a number in one table and a category, a date or a text in another, is
      none of them, or holds infinity or whole numbers that float64 cannot tell apart; the message names them.
  """
  import pandas as pd

  _check(tables, discrete)
  (first, model), *others = tables.items()
  kinds = {c: _is_discrete(model, c, discrete, first) for c in model}
  for name, table in others:
    differ = [c for c in kinds if _is_discrete(table, c, discrete, name) != kinds[c]]
    if differ:
      raise InputError(
        f'{name}: columns {differ} are categories here and numbers in {first}, or the reverse; name them in discrete'
      )
  rows = [np.empty((len(table), len(kinds))) for table in tables.values()]
  for place, (column, is_category) in enumerate(kinds.items()):
    if is_category:
      together = pd.concat([table[column].astype(object) for table in tables.values()], ignore_index=True)
      try:
        codes, known = pd.factorize(together)
      except TypeError as error:
        raise InputError(f'{first}: column {column!r} holds values that cannot be told apart ({error})') from None
      codes = np.where(codes < 0, len(known), codes)
      parts = np.split(codes, np.cumsum([len(table) for table in tables.values()])[:-1])
      _check_alike(tables, column, known, parts)
    else:
      parts = _numbers(tables, column)
    for array, part in zip(rows, parts):
      array[:, place] = part
  return Coded(list(kinds), rows, np.array(list(kinds.values())))


def design(coded: Coded) -> list[np.ndarray]:
  """Numbers only, for a model that knows no categories.

  Numeric columns stay, with missing values at the mean and a column that says where (if there are any); a category becomes one column
  of zeros and ones for each value, the rarest beyond CATEGORIES in one.

  Args:
    coded: what `code` gives.

  Returns:
    One array [N, D] float64 for each table, of the same D.
  """
  together, columns = np.concatenate(coded.rows), []
  for values, is_category in zip(together.T, coded.discrete):
    if is_category:
      codes = values.astype(np.int64)
      rank = np.argsort(np.argsort(-np.bincount(codes), kind='stable'))
      columns.append(np.eye(min(len(rank), CATEGORIES))[np.minimum(rank[codes], CATEGORIES - 1)])
    else:
      missing = np.isnan(values)
      mean = values[~missing].mean() if not missing.all() else 0.0
      columns.append(np.where(missing, mean, values)[:, None])
      if missing.any():
        columns.append(missing[:, None].astype(np.float64))
  return np.split(np.concatenate(columns, axis=1), np.cumsum([len(rows) for rows in coded.rows])[:-1])
