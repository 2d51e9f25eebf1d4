"""Gaussian copula: marginals, correlation, and conditions against closed forms and against rejection."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from jaxaug.synthesize.copula import draw_copula, fit_copula, splitting_column
from jaxaug.synthesize.table_columns import learn_columns, to_frame, to_matrix


@pytest.fixture(scope='module')
def frame():
  random = np.random.default_rng(0)
  rows = 1500
  kind = random.choice(['a', 'b', 'c'], rows, p=[0.6, 0.3, 0.1])
  z = random.normal(size=rows)
  return pd.DataFrame(
    {
      'x': np.exp(z) + 5 * (kind == 'b'),
      'y': 0.8 * z + 0.6 * random.normal(size=rows),
      'count': random.poisson(2, rows),
      'gaps': np.where(random.random(rows) < 0.25, np.nan, random.normal(size=rows)),
      'kind': kind,
      'level': pd.cut(z, [-9, -0.5, 0.5, 9], labels=['low', 'middle', 'top']).astype(str),
      'same': 'one',
    }
  )


def drawn(frame, rows, wanted={}, by=None, seed=0):
  columns = learn_columns(frame)
  matrix = to_matrix(columns, frame)
  return columns, draw_copula(fit_copula(columns, matrix, by), columns, rows, wanted, seed)


def test_marginals_and_correlation_are_near_the_truth(frame):
  columns, matrix = drawn(frame, 4000, by=4)
  made = to_frame(columns, matrix)
  assert (made.dtypes == frame.dtypes).all()
  for name in ('x', 'y', 'count', 'gaps'):
    assert ks_2samp(made[name].dropna(), frame[name].dropna()).statistic < 0.06
  assert abs(made['gaps'].isna().mean() - 0.25) < 0.04
  for name in ('kind', 'level'):
    shares = [table[name].value_counts(normalize=True).sort_index() for table in (made, frame)]
    np.testing.assert_allclose(*shares, atol=0.04)
  rank = lambda table: table[['x', 'y']][table['kind'] == 'a'].rank().corr().iloc[0, 1]
  assert abs(rank(made) - rank(frame)) < 0.06
  assert abs(made.loc[made['kind'] == 'b', 'x'].mean() - frame.loc[frame['kind'] == 'b', 'x'].mean()) < 0.4


def test_the_split_is_by_the_column_that_explains_most():
  random = np.random.default_rng(1)
  noise, classes = random.choice(['p', 'q'], 200), random.choice(['r', 's'], 200)
  frame = pd.DataFrame({'noise': noise, 'x': random.normal(3 * (classes == 'r')), 'class': classes})
  columns = learn_columns(frame)
  assert splitting_column(columns, to_matrix(columns, frame)) == 2
  few = frame.assign(**{'class': ['once', *frame['class'][1:]]})  # a class of one row
  columns = learn_columns(few)
  assert splitting_column(columns, to_matrix(columns, few)) != 2
  columns = learn_columns(frame[['x']])
  assert splitting_column(columns, to_matrix(columns, frame[['x']])) == -1


def test_the_condition_on_a_number_moves_the_other_as_a_normal_does():
  random = np.random.default_rng(2)
  x = random.normal(size=3000)
  frame = pd.DataFrame({'x': x, 'y': 0.6 * x + 0.8 * random.normal(size=3000)})
  value = float(np.sort(x)[2500])
  _, matrix = drawn(frame, 4000, {0: value})
  np.testing.assert_allclose(matrix[:, 0], value, atol=1e-9)
  assert abs(matrix[:, 1].mean() - 0.6 * value) < 0.08 and abs(matrix[:, 1].std() - 0.8) < 0.05


@pytest.mark.parametrize('by', [None, -1])
def test_conditions_hold_in_every_row_and_agree_with_rejection(frame, by):
  columns = learn_columns(frame)
  names = [column.name for column in columns]
  wanted = {names.index('level'): 2.0, names.index('kind'): 0.0, names.index('gaps'): np.nan}
  _, told = drawn(frame, 3000, wanted, by)
  _, free = drawn(frame, 60000, by=by, seed=1)
  kept = free[(free[:, 5] == 2) & (free[:, 4] == 0) & np.isnan(free[:, 3])]
  assert (told[:, 5] == 2).all() and (told[:, 4] == 0).all() and np.isnan(told[:, 3]).all()
  assert len(kept) > 1000
  for at in (0, 1, 2):
    assert ks_2samp(told[:, at], kept[:, at]).statistic < 0.06


def test_a_condition_on_the_class_draws_from_its_copula(frame):
  columns, matrix = drawn(frame, 500, {4: 1.0}, by=4)
  assert (matrix[:, 4] == 1).all() and matrix[:, 0].min() >= frame.loc[frame['kind'] == 'b', 'x'].min()


def test_a_value_that_never_meets_the_class_leaves_the_rest_of_the_condition():
  frame = pd.DataFrame({'k': ['a'] * 30 + ['b'] * 30, 'j': ['p'] * 30 + ['q', 'r'] * 15, 'x': np.arange(60.0)})
  columns, matrix = drawn(frame, 40, {0: 0.0, 1: 2.0}, by=0)
  made = to_frame(columns, matrix)
  assert (made['k'] == 'a').all() and (made['j'] == 'p').all()


def test_the_same_seed_gives_the_same_rows(frame):
  one, other, third = (drawn(frame, 50, seed=seed)[1] for seed in (3, 3, 4))
  np.testing.assert_array_equal(one, other)
  assert not np.array_equal(one, third, equal_nan=True)
