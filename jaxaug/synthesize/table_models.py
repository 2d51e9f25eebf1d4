"""The models of `TabularSynthesizer`, each as two functions: learn from a frame, and draw a matrix of rows under conditions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from jaxaug.synthesize.copula import Copula, draw_copula, fit_copula
from jaxaug.synthesize.ctgan import ctgan
from jaxaug.synthesize.edm import edm
from jaxaug.synthesize.fit import fit
from jaxaug.synthesize.generator import Generator
from jaxaug.synthesize.table_codec import TableLearnt, decode_matrix, table_codec
from jaxaug.synthesize.table_columns import Column, check_column, learn_columns, to_matrix
from jaxaug.synthesize.table_layout import Layout, condition_width, row_width
from jaxaug.synthesize.table_rows import (
  category_counts,
  frequent_conditions,
  masked_rows,
  no_conditions,
  table_examples,
  training_by_sampling,
)
from jaxaug.synthesize.tvae import tvae
from jaxaug.types import InputError, PyTree, call

LEAST_STEPS = 2000  # a table of few rows has few batches an epoch: 300 epochs of 500 rows would be 300 updates
MOST_STEPS = 20000
EPOCHS = 300
CHUNK = 500  # rows of one compiled draw


class Recipe(NamedTuple):
  """How a Generator learns a table."""

  numbers: str  # of the table codec
  make: Callable[..., Generator]  # (layout, settings by keyword)
  draw: Callable  # (layout, counts) -> (key, examples, size) -> batch
  prior: Callable  # (layout, counts, random, size) -> conditions [size, K] of rows that nothing is asked of


def table_edm(
  layout: Layout, *, width: int = 256, depth: int = 3, learning_rate: float = 1e-3, ema: float = 0.999
) -> Generator:
  """`edm` on encoded rows, conditioned on any of their discrete columns.

  Args:
    layout: of the rows.
    width, depth: of the denoiser.
    learning_rate: of Adam.
    ema: decay of the averaged weights, ramped.

  Returns:
    Generator.

  Source: in the place of the Gaussian and multinomial diffusions of TabDDPM (Kotelnikov et al., 2023).
  """
  told = condition_width(layout)
  return edm((row_width(layout),), told, width=width, depth=depth, learning_rate=learning_rate, ema=ema)


RECIPES = {
  'ctgan': Recipe('modes', ctgan, training_by_sampling, frequent_conditions),
  'tvae': Recipe('modes', tvae, masked_rows, no_conditions),
  'diffusion': Recipe('quantiles', table_edm, masked_rows, no_conditions),
}
MODELS = ('copula', *RECIPES)


class Neural(NamedTuple):
  """A generator that has learnt a table."""

  name: str
  learnt: TableLearnt
  counts: np.ndarray  # rows of each category [K]
  variables: PyTree
  settings: Mapping[str, Any]


def default_steps(rows: int, batch_size: int) -> int:
  """EPOCHS over the rows, but at least LEAST_STEPS and at most MOST_STEPS updates.

  Args:
    rows: N.
    batch_size: rows of an update.

  Returns:
    Updates.
  """
  return int(np.clip(EPOCHS * -(-rows // batch_size), LEAST_STEPS, MOST_STEPS))


def learn_copula(frame: pd.DataFrame, discrete: Sequence | None, cap: int, by: str | int | None) -> tuple[tuple, Copula]:
  """Fits a copula.

  Args:
    frame: of training rows.
    discrete: columns to take as categories.
    cap: buckets of a column with more categories.
    by: discrete column whose classes are fitted each on its own; 'auto' chooses, whatever columns are called, None takes none.

  Returns:
    (columns, Copula).

  Raises:
    InputError: what `learn_columns` refuses; `by` that is no discrete column.
  """
  columns = learn_columns(frame, discrete, cap)
  names = [column.name for column in columns]
  if by in ('auto', None):
    return columns, fit_copula(columns, to_matrix(columns, frame), -1 if by is None else None)
  check_column(by, names, 'by')
  index = names.index(by)
  if columns[index].kind != 'category':
    raise InputError(f'by: column {by!r} is no discrete column of two values or more')
  return columns, fit_copula(columns, to_matrix(columns, frame), index)


def learn_neural(
  name: str,
  frame: pd.DataFrame,
  discrete: Sequence | None,
  cap: int,
  *,
  settings: Mapping[str, Any],
  steps: int | None,
  batch_size: int,
  seed: int,
) -> tuple[Neural, list[dict]]:
  """Fits a codec and trains a generator.

  Args:
    name: a key of RECIPES.
    frame: of training rows.
    discrete: columns to take as categories.
    cap: buckets of a column with more categories.
    settings: of the generator, by name.
    steps: updates; None takes `default_steps`.
    batch_size: rows of an update.
    seed: of everything.

  Returns:
    (Neural, history of the training).

  Raises:
    InputError: what the codec, the generator or `fit` refuse.
  """
  recipe = RECIPES[name]
  codec = table_codec(discrete, numbers=recipe.numbers, category_cap=cap, seed=seed)
  learnt = codec.fit(frame)
  generator = call(recipe.make, settings, name, learnt.layout)
  examples = table_examples(learnt.layout, codec.encode(learnt, frame, seed))
  counts = category_counts(learnt.layout, examples['encoded'])
  steps = default_steps(len(frame), batch_size) if steps is None else steps
  look = max(25, steps // 10 // 25 * 25)  # of whole calls, so that one program does
  draw = recipe.draw(learnt.layout, counts)
  found = fit(
    generator, examples, jax.random.key(seed), steps=steps, batch_size=batch_size, draw=draw, check_every=look, name=name
  )
  return Neural(name, learnt, counts, jax.device_get(found.variables), dict(settings)), found.history


def neural_sampler(neural: Neural) -> Callable[[int, Mapping[int, float], int], np.ndarray]:
  """How a trained generator draws.

  Args:
    neural: as `learn_neural` gives it.

  Returns:
    (rows N, wanted codes by index of column, seed) -> matrix [N, C]. Conditions are soft: whoever asks looks which rows meet them. All
    wanted categories are named at once, though CTGAN learnt them one at a time: that meets two of them in 90% of rows, not 40%.
  """
  recipe, learnt = RECIPES[neural.name], neural.learnt
  generator = call(recipe.make, neural.settings, neural.name, learnt.layout)
  compiled = jax.jit(generator.sample)
  slots = _slots(learnt.layout)
  index = {column.name: at for at, column in enumerate(learnt.columns)}

  def sampler(rows: int, wanted: Mapping[int, float], seed: int) -> np.ndarray:
    random, key, drawn = np.random.default_rng([seed, 11]), jax.random.key(seed), []
    codes = {name: wanted[index[name]] for name in slots if index[name] in wanted}
    asked = [slots[name][0] + (slots[name][1] - 1 if np.isnan(code) else int(code)) for name, code in codes.items()]
    for chunk in range(-(-rows // CHUNK)):
      condition = recipe.prior(learnt.layout, neural.counts, random, CHUNK)
      if asked:
        condition = np.zeros_like(condition)
        condition[:, asked] = 1
      drawn.append(np.asarray(compiled(neural.variables, jax.random.fold_in(key, chunk), condition)))
    return decode_matrix(learnt, np.concatenate(drawn)[:rows])

  return sampler


def copula_sampler(columns: Sequence[Column], copula: Copula) -> Callable[[int, Mapping[int, float], int], np.ndarray]:
  """How a copula draws.

  Args:
    columns: of the table.
    copula: as `learn_copula` gives it.

  Returns:
    (rows N, wanted values and codes by index of column, seed) -> matrix [N, C].
  """
  return lambda rows, wanted, seed: draw_copula(copula, columns, rows, wanted, seed)


def _slots(layout: Layout) -> dict[str | int, tuple[int, int]]:
  """Of each discrete column, where its categories begin in the condition, and how many there are."""
  found, at = {}, 0
  for span in layout:
    if span.kind == 'category':
      found[span.column] = at, span.size
      at += span.size
  return found
