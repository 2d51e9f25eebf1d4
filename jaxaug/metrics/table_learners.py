"""What a classifier makes of a generated table: can it tell it from a real one, and does it learn from it what it should."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxaug.metrics.detection import auroc
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.metrics.table import code, design
from jaxaug.types import InputError

if TYPE_CHECKING:
  import pandas as pd

FOLDS = 3


def detection(real: pd.DataFrame, fake: pd.DataFrame, seed: int = 0, discrete: Sequence | None = None) -> float:
  """How well generated rows hide among real ones from a logistic regression.

  1 - mean over 3 folds of (2 max(1/2, AUC) - 1)

  Args:
    real, fake: tables with the same columns, at least 3 rows each.
    seed: of the folds.
    discrete: the categorical columns; None: those of object, string, category and bool dtype.

  Returns:
    In [0, 1]: 1 indistinguishable, 0 told apart without error. A logistic regression sees each column's mean and no interplay.

  Raises:
    InputError: tables that do not fit, or too few rows.

  Source: SDMetrics, LogisticDetection, by definition; columns standardised within each fold, categories
  as zeros and ones (of a column with more than 100, the rarest share one).
  """
  from sklearn.linear_model import LogisticRegression
  from sklearn.model_selection import StratifiedKFold
  from sklearn.pipeline import make_pipeline
  from sklearn.preprocessing import StandardScaler

  parts = design(code({'real': real, 'fake': fake}, discrete))
  for name, part in zip(('real', 'fake'), parts):
    if len(part) < FOLDS:
      raise InputError(f'{name}: {len(part)} rows, needs at least {FOLDS}')
  x, is_real = np.concatenate(parts), np.repeat([True, False], [len(part) for part in parts])
  told_apart = []
  for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, is_real):
    judge = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x[train], is_real[train])
    score = judge.decision_function(x[test])
    told_apart.append(2 * max(0.5, auroc(score[~is_real[test]], score[is_real[test]])) - 1)
  return float(1 - np.mean(told_apart))


def _taught(names, teacher, exam, target, learner, seed, discrete):
  """Accuracy on `exam` of a learner that has seen `teacher`."""
  from sklearn.base import clone
  from sklearn.dummy import DummyClassifier
  from sklearn.ensemble import HistGradientBoostingClassifier
  from sklearn.pipeline import make_pipeline
  from sklearn.preprocessing import StandardScaler

  tables = dict(zip(names, (teacher, exam)))
  for name, table in tables.items():
    if target not in getattr(table, 'columns', ()):
      raise InputError(f'target: {name} has no column {target!r}')
  answers = code({name: table[[target]] for name, table in tables.items()}, [target])
  inputs = design(
    code(
      {name: table.drop(columns=target) for name, table in tables.items()}, discrete and [c for c in discrete if c != target]
    )
  )
  y, truth = (rows[:, 0].astype(np.int64) for rows in answers.rows)
  if len(np.unique(y)) == 1:  # a generator that has lost all classes but one; most learners refuse
    learner = DummyClassifier()
  elif learner is None:
    alone = np.unique(y, return_counts=True)[1].min() == 1  # such a class cannot be in both parts that stopping early needs
    learner = HistGradientBoostingClassifier(random_state=seed, early_stopping=False if alone else 'auto')
  fitted = make_pipeline(StandardScaler(), clone(learner)).fit(inputs[0], y)
  return wilson(int((fitted.predict(inputs[1]) == truth).sum()), len(truth))


def tstr(
  fake: pd.DataFrame,
  real_test: pd.DataFrame,
  target: Any,
  learner: Any = None,
  seed: int = 0,
  discrete: Sequence | None = None,
) -> Interval:
  """Train on synthetic, test on real: accuracy on real rows of a classifier that has seen generated ones only.

  To be read beside the same classifier trained on the real train rows: `tstr(real_train, real_test, ...)`.

  Args:
    fake: rows to train on.
    real_test: rows to test on, which the generator has not seen.
    target: column that holds the class.
    learner: scikit-learn classifier, which is copied; it sees standardised numbers and categories as zeros and ones. None: histogram
      gradient boosting.
    seed: of the default learner.
    discrete: the categorical columns; None: those of object, string, category and bool dtype. The target always is.

  Returns:
    Accuracy with its 95% Wilson interval, for other test rows.

  Raises:
    InputError: tables that do not fit, or no such target.

  Source: Esteban et al., Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs, 2017.
  """
  return _taught(('fake', 'real_test'), fake, real_test, target, learner, seed, discrete)


def trts(
  real_train: pd.DataFrame,
  fake: pd.DataFrame,
  target: Any,
  learner: Any = None,
  seed: int = 0,
  discrete: Sequence | None = None,
) -> Interval:
  """Train on real, test on synthetic: how often a generated row has the class that a classifier of real rows gives it.

  Args:
    real_train: rows to train on.
    fake: rows to test on.
    target: column that holds the class.
    learner: as of `tstr`.
    seed: of the default learner.
    discrete: as of `tstr`.

  Returns:
    Accuracy with its 95% Wilson interval. High also where all generated rows are alike.

  Raises:
    InputError: tables that do not fit, or no such target.

  Source: Esteban et al., Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs, 2017.
  """
  return _taught(('real_train', 'fake'), real_train, fake, target, learner, seed, discrete)
