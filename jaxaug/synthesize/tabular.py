"""Synthetic tables in the manner of scikit-learn: fit(frame), sample(n, conditions)."""

import numbers
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jaxaug import tracking
from jaxaug.synthesize.constraints import Constraint, Sum, check_constraints, enforce, hold
from jaxaug.synthesize.table_columns import Column, check_column, repeated, to_code, to_frame
from jaxaug.synthesize.table_file import read_table_model, write_table_model
from jaxaug.synthesize.table_models import MODELS, copula_sampler, learn_copula, learn_neural, neural_sampler
from jaxaug.types import InputError, check_name

SMALL = 5000  # rows; below, 'auto' takes the copula
LEAST_ROWS = 10
SETTINGS = ('model', 'steps', 'batch_size', 'seed', 'constraints', 'category_cap', 'by', 'attempts', 'settings')
LEAST_DRAW = 500  # rows of a draw that is searched
NEAR = 0.1  # deviations of the column: a drawn number this near to a wanted one meets it


class Drawn(NamedTuple):
  """What the last `sample` took."""

  rows: int  # returned
  candidates: int  # drawn
  met: float  # share of candidates that meet the conditions
  held: Mapping[str, float]  # share of candidates in which each constraint holds; of sums, before they are computed
  changed: int  # returned rows that did not meet all conditions and constraints and were changed until they did


class TabularSynthesizer:
  """Learns a table and draws rows like it.

  'copula': Gaussian copula of each class, without training; 'ctgan', 'tvae': Xu et al., 2019; 'diffusion': EDM on normal scores.
  'auto' takes the copula below 5,000 rows and the diffusion from there on. Networks take at least 2,000 updates, however few the rows.

  Attributes:
    model_: name of the model that was fitted.
    columns_: a Column each.
    history_: of the training, a row per look.
    drawn_: Drawn, of the last `sample`.
  """

  def __init__(
    self,
    model: str = 'auto',
    *,
    steps: int | None = None,
    batch_size: int = 500,
    seed: int = 0,
    constraints: Sequence[Constraint] = (),
    category_cap: int = 100,
    by: str | int | None = 'auto',
    attempts: int = 10,
    settings: Mapping[str, Any] = {},
  ):
    """Nothing is learnt yet.

    Args:
      model: 'auto', 'copula', 'ctgan', 'tvae' or 'diffusion'.
      steps: updates of a network; None takes 300 epochs, at least 2,000 and at most 20,000 updates.
      batch_size: rows of an update; of CTGAN divisible by its pack of 10.
      seed: of everything.
      constraints: what holds in every row: Range, Inequality and Sum.
      category_cap: a discrete column of more categories is learnt by so many hash buckets.
      by: discrete column whose classes get a copula each; 'auto' takes the one that explains most (also where a column is called so), None none.
      attempts: draws of as many rows as are wanted, but at least 500, in search of those that meet conditions and constraints.
      settings: of the network, such as {'learning_rate': 1e-4}; the arguments of `ctgan`, `tvae` or `table_edm`. A copula has none.

    Raises:
      InputError: an unknown model, a number out of range, settings of a copula.
    """
    check_name(model, ('auto', *MODELS), 'tabular.model')
    if min(attempts, batch_size, 1 if steps is None else steps, seed + 1) < 1:
      raise InputError(
        f'tabular: attempts {attempts}, batch_size {batch_size} and steps {steps} must be at least 1, seed {seed} at least 0'
      )
    if model == 'copula' and settings:
      raise InputError(f'tabular.settings: {list(settings)}; a copula has none')
    self.model, self.steps, self.batch_size, self.seed = model, steps, batch_size, seed
    self.constraints, self.category_cap, self.by = tuple(constraints), category_cap, by
    self.attempts, self.settings = attempts, dict(settings)

  def fit(self, frame: pd.DataFrame, discrete: Sequence[str | int] | None = None) -> 'TabularSynthesizer':
    """Learns the table.

    Args:
      frame: of at least 10 rows; numbers, texts, booleans, pandas categories and dates, with missing values or without.
      discrete: columns to take as categories; None takes all but numbers and dates.

    Returns:
      The synthesizer itself.

    Raises:
      InputError: too few rows, a column that cannot be used, training rows that break a constraint.
      FloatingPointError: the network diverged.
    """
    if not isinstance(frame, pd.DataFrame) or len(frame) < LEAST_ROWS:
      raise InputError(f'tabular.fit: needs a DataFrame of at least {LEAST_ROWS} rows')
    check_constraints(self.constraints, frame)
    model, history = self.model, []
    if model == 'auto':
      model = 'copula' if len(frame) < SMALL else 'diffusion'
      tracking.say(f'tabular: {len(frame)} rows, so model auto takes {model}; from {SMALL} rows on it takes diffusion')
    if model == 'copula':
      columns, learnt = learn_copula(frame, discrete, self.category_cap, self.by)
    else:
      learnt, history = learn_neural(
        model,
        frame,
        discrete,
        self.category_cap,
        settings=self.settings,
        steps=self.steps,
        batch_size=self.batch_size,
        seed=self.seed,
      )
      columns = learnt.learnt.columns
    self.model_, self.history_, self._calls = model, history, 0
    self._hold(columns, learnt)
    return self

  def save(self, path: str | os.PathLike) -> None:
    """Writes what was learnt and all settings to one npz, without pickles.

    Args:
      path: of the file.

    Raises:
      InputError: not fitted.
    """
    self._check_fitted('save')
    settings = {name: getattr(self, name) for name in SETTINGS}
    write_table_model(path, settings, self.columns_, self._learnt, {'model': self.model_, 'calls': self._calls})

  @classmethod
  def load(cls, path: str | os.PathLike) -> 'TabularSynthesizer':
    """Reads what `save` wrote: the same seeds give the same frames.

    Args:
      path: of the file.

    Returns:
      A fitted synthesizer, without the training's history.

    Raises:
      InputError: no such file, or one that is something else.
    """
    settings, columns, learnt, about = read_table_model(path)
    made = cls(**settings)
    made.model_, made._calls, made.history_ = about['model'], about['calls'], []
    made._hold(columns, learnt)
    return made

  def _check_fitted(self, where: str) -> None:
    if not hasattr(self, 'columns_'):
      raise InputError(f'tabular.{where}: fit first')

  def _hold(self, columns: Sequence[Column], learnt: Any) -> None:
    """Keeps what was learnt."""
    self.columns_, self._learnt = tuple(columns), learnt
    self._sampler = copula_sampler(columns, learnt) if self.model_ == 'copula' else neural_sampler(learnt)

  def sample(self, n: int, conditions: Mapping[str | int, Any] | None = None, seed: int | None = None) -> pd.DataFrame:
    """Draws rows; `drawn_` says how many candidates met what was asked.

    A network is told the wanted categories and may still miss them: rows that meet all conditions and constraints are looked for in at
    most `attempts` draws. What is lacking then is filled with the nearest candidates, in which the wanted columns are set and constraints
    enforced. A wanted number is met within a tenth of its column's deviation, and then set. Sums are computed in every row.

    Args:
      n: rows N, at least 1.
      conditions: wanted value of any columns; None or NaN for missing.
      seed: of the draw: same seed, same frame. None takes the synthesizer's and the number of calls so far.

    Returns:
      DataFrame of N rows, with the columns, order and types of the training frame, in which all conditions and constraints hold.

    Raises:
      InputError: not fitted; an unknown column; a value the training frame does not have; conditions that no constraint allows.
    """
    self._check_fitted('sample')
    conditions = {} if conditions is None else conditions
    if not isinstance(n, numbers.Integral) or n < 1 or not isinstance(seed, numbers.Integral | None) or (seed or 0) < 0:
      raise InputError(
        f'tabular.sample: n {n!r} must be a whole number of at least 1, seed {seed!r} one of at least 0 or None'
      )
    if not isinstance(conditions, Mapping):
      raise InputError(f'tabular.sample: conditions {conditions!r} must be {{column: value}}')
    wanted = self._wanted(conditions)
    fixed = tuple(conditions)
    stream = np.random.SeedSequence([self.seed, self._calls] if seed is None else [seed])
    self._calls += seed is None
    frames, misses, met, held = [], [], 0.0, 0.0
    many = max(n, LEAST_DRAW) if wanted or self.constraints else n
    for one in (stream.generate_state(self.attempts) // 2).tolist():
      matrix = self._sampler(many, wanted, one)
      frame = to_frame(self.columns_, matrix, one)
      held = held + hold(self.constraints, frame).sum(0)
      frame = enforce([c for c in self.constraints if isinstance(c, Sum)], frame, fixed)
      missed = self._missed(matrix, wanted)
      met += (missed == 0).sum()
      frames.append(frame)
      misses.append(missed + (~hold(self.constraints, frame)).sum(1))
      if (np.concatenate(misses) == 0).sum() >= n:
        break
    candidates = many * len(frames)
    misses = np.concatenate(misses)
    chosen = np.sort(np.argsort(misses, kind='stable')[:n])
    frame = pd.concat(frames, ignore_index=True).iloc[chosen].reset_index(drop=True)
    shares = {str(c): float(share) / candidates for c, share in zip(self.constraints, np.atleast_1d(held))}
    self.drawn_ = Drawn(n, candidates, float(met) / candidates, shares, int((misses[chosen] > 0).sum()))
    return self._settled(frame, conditions, fixed)

  def _wanted(self, conditions: Mapping) -> dict[int, float]:
    """Value or code of each condition, by index of the column."""
    names = [column.name for column in self.columns_]
    for name in conditions:
      check_column(name, names, 'conditions')
    return {names.index(name): to_code(self.columns_[names.index(name)], value) for name, value in conditions.items()}

  def _missed(self, matrix: np.ndarray, wanted: Mapping[int, float]) -> np.ndarray:
    """How many conditions each row misses; of a number at most 1, the further the more [N]."""
    missed = np.zeros(len(matrix))
    for at, value in wanted.items():
      column, x = self.columns_[at], matrix[:, at]
      if column.kind == 'constant':
        continue
      if column.kind == 'category' or np.isnan(value):
        missed += ~((x == value) | (np.isnan(x) & np.isnan(value)))
      else:
        distance = np.abs(np.nan_to_num(x, nan=np.inf) - value) / (column.deviation or 1)
        missed += np.where(distance > NEAR, np.minimum(distance, 1), 0)
    return missed

  def _settled(self, frame: pd.DataFrame, conditions: Mapping, fixed: Sequence) -> pd.DataFrame:
    """The frame with conditions set and constraints enforced."""
    columns = {column.name: column for column in self.columns_}
    for name, value in conditions.items():
      frame[name] = repeated(columns[name], value, len(frame))
    frame = enforce(self.constraints, frame, fixed)
    broken = (~hold(self.constraints, frame)).sum(0)
    for constraint, rows in zip(self.constraints, broken):
      if rows:
        others = f'conditions on {list(fixed)} and the other constraints' if fixed else 'the other constraints'
        raise InputError(f'constraint {constraint}: {rows} of {len(frame)} rows cannot keep it together with {others}')
    return frame
