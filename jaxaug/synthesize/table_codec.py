"""The codec of tables: a data frame as rows of scalars and one-hots, by modes for GANs and VAEs or by quantiles for diffusion."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from jaxaug.synthesize.codec import Codec
from jaxaug.synthesize.table_columns import Column, learn_columns, to_frame, to_matrix
from jaxaug.synthesize.table_layout import Layout, Span, activate, make_layout, starts
from jaxaug.synthesize.table_numbers import NUMBERS
from jaxaug.types import check_name


class TableLearnt(NamedTuple):
  """What a table codec knows of the training frame."""

  columns: tuple[Column, ...]
  layout: Layout
  numbers: str  # 'modes' or 'quantiles'
  curves: Mapping[
    str, np.ndarray
  ]  # of column i under str(i): [3, M] weights, means and deviations of modes, or [Q] quantiles


def table_codec(
  discrete: Sequence[str | int] | None = None, *, numbers: str = 'modes', category_cap: int = 100, seed: int = 0
) -> Codec:
  """Data frames of N rows as float32 [N, D]; `learnt.layout` says what stands where.

  Numbers: a scalar and a one-hot of the mode ('modes') or a normal score of deviation .5 ('quantiles'); where values are missing the one-hot
  has one more entry, for absence. Categories: a one-hot, absence as one more category; above the cap one of hash buckets. Constant columns
  take no entry. With 'quantiles' one-hots are written as -.5 and .5, and `activate` changes nothing.

  Args:
    discrete: columns to take as categories; None takes all but numbers and dates.
    numbers: a key of NUMBERS.
    category_cap: buckets of a column that has more categories.
    seed: of the mixtures.

  Returns:
    Codec of DataFrames; learnt is a TableLearnt.

  Raises:
    InputError: unknown name; from `fit` what `learn_columns` refuses, from `encode` what `to_matrix` refuses.
  """
  check_name(numbers, NUMBERS, 'table_codec.numbers')
  code, shift = NUMBERS[numbers], 0.5 if numbers == 'quantiles' else 0.0

  def fit(data: pd.DataFrame) -> TableLearnt:
    columns = learn_columns(data, discrete, category_cap)
    matrix, curves, spans = to_matrix(columns, data), {}, []
    for at, column in enumerate(columns):
      if column.kind == 'number':
        curves[str(at)] = code.fit(matrix[~np.isnan(matrix[:, at]), at], seed)
        spans.append(Span(column.name, 'scalar', 1))
        size = code.modes(curves[str(at)]) + (column.missing > 0)
        spans += [Span(column.name, 'modes', size)] if size > 1 else []
      elif column.kind == 'category':
        spans.append(Span(column.name, 'category', column.size))
    return TableLearnt(columns, make_layout(spans), numbers, curves)

  def encode(learnt: TableLearnt, data: pd.DataFrame, seed: int = 0) -> np.ndarray:
    matrix, random, parts = to_matrix(learnt.columns, data), np.random.default_rng([seed, 3]), {}
    for at, column in enumerate(learnt.columns):
      absent = np.isnan(matrix[:, at])
      if column.kind == 'number':
        curve = learnt.curves[str(at)]
        scalar, mode = code.encode(curve, np.where(absent, column.low, matrix[:, at]), random)
        parts[column.name, 'scalar'] = np.where(absent, 0.0, scalar)[:, None]
        size = code.modes(curve) + (column.missing > 0)
        parts[column.name, 'modes'] = np.eye(size)[np.where(absent, size - 1, mode)] - shift
      elif column.kind == 'category':
        chosen = np.where(absent, column.size - 1, np.nan_to_num(matrix[:, at])).astype(np.int64)
        parts[column.name, 'category'] = np.eye(column.size)[chosen] - shift
    return np.concatenate([parts[span[:2]] for span in learnt.layout], -1).astype(np.float32)

  def decode(learnt: TableLearnt, encoded: np.ndarray, seed: int = 0) -> pd.DataFrame:
    return to_frame(learnt.columns, decode_matrix(learnt, encoded), seed)

  def valid(learnt: TableLearnt, data: pd.DataFrame) -> np.ndarray:
    matrix, good = to_matrix(learnt.columns, data, strict=False), np.ones(len(data), bool)
    for column, values in zip(learnt.columns, matrix.T):
      absent = np.isnan(values)
      fits = values >= 0 if column.values else (values >= column.low) & (values <= column.high)
      good &= np.where(absent, column.missing > 0, fits)
    return good

  def activated(learnt: TableLearnt, raw, key):
    return raw if numbers == 'quantiles' else activate(learnt.layout, raw, key)

  return Codec(fit, encode, decode, activated, valid)


def decode_matrix(learnt: TableLearnt, encoded: np.ndarray) -> np.ndarray:
  """Encoded rows as the matrix that `to_frame` takes; of each one-hot the largest entry counts.

  Args:
    learnt: of the table codec.
    encoded: float [N, D].

  Returns:
    float64 [N, C]: numbers, codes, NaN where missing, 0 for constants.
  """
  encoded, begin = np.asarray(encoded, np.float64), starts(learnt.layout)
  sizes = {span[:2]: span.size for span in learnt.layout}
  matrix = np.zeros((len(encoded), len(learnt.columns)))

  def largest(column: Column, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Index of each row's largest entry, and whether it is the one for absence."""
    if (column.name, kind) not in begin:
      return np.zeros(len(encoded), np.int64), np.zeros(len(encoded), bool)
    at, size = begin[column.name, kind], sizes[column.name, kind]
    index = encoded[:, at : at + size].argmax(-1)
    return index, (index == size - 1) & (column.missing > 0)

  for at, column in enumerate(learnt.columns):
    if column.kind == 'number':
      mode, absent = largest(column, 'modes')
      curve = learnt.curves[str(at)]
      scalar = encoded[:, begin[column.name, 'scalar']]
      values = NUMBERS[learnt.numbers].decode(curve, scalar, np.where(absent, 0, mode))
      matrix[:, at] = np.where(absent, np.nan, values)
    elif column.kind == 'category':
      code, absent = largest(column, 'category')
      matrix[:, at] = np.where(absent, np.nan, code)
  return matrix
