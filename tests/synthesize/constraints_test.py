"""Constraints: what holds, what enforcing changes, what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxaug.synthesize.constraints import Inequality, Range, Sum, check_constraints, enforce, hold
from jaxaug.types import InputError

FLOATS = st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=5, max_size=5)
WHOLE = st.lists(st.integers(-100, 100), min_size=5, max_size=5)


def test_what_holds():
  frame = pd.DataFrame({'a': [1, 5, 3], 'b': [2.0, 5.0, np.nan], 'c': [3.0, 11.0, 4.0]})
  constraints = Range('a', 2, None), Inequality('a', 'b'), Inequality('a', 'b', True), Sum(('a', 'b'), 'c')
  expected = [
    [False, True, True, True],
    [True, True, False, False],
    [True, True, True, True],
  ]  # nothing against a missing value
  np.testing.assert_array_equal(hold(constraints, frame), expected)
  assert hold((), frame).shape == (3, 0)


@given(FLOATS, FLOATS, WHOLE, WHOLE, st.booleans(), st.booleans())
def test_enforced_constraints_hold_and_rows_that_kept_them_stay(a, b, i, j, strict, narrow):
  kind = 'float32' if narrow else 'float64'
  frame = pd.DataFrame({'a': pd.Series(a, dtype=kind), 'b': pd.Series(b, dtype=kind), 'i': i, 'j': j})
  frame['total'] = 0.0
  constraints = Range('a', -10.3, 20.1), Inequality('i', 'j', strict), Range('i', -50.5), Sum(('i', 'j', 'b'), 'total')
  made = enforce(constraints, frame)
  assert hold(constraints, made).all()
  assert (made.dtypes == frame.dtypes).all()
  assert (made[['a', 'b']].isna() == frame[['a', 'b']].isna()).all(axis=None)
  pd.testing.assert_frame_equal(enforce(constraints, made), made)
  kept = hold(constraints[:3], frame).all(1)
  pd.testing.assert_frame_equal(made.loc[kept, ['a', 'i', 'j']], frame.loc[kept, ['a', 'i', 'j']])


def test_each_is_enforced_as_it_says():
  frame = pd.DataFrame({'a': [5.0, 1.0], 'b': [2.0, 2.0], 'c': [0.0, 3.0]})
  assert enforce([Range('a', 2, 4)], frame)['a'].tolist() == [4, 2]
  swapped = enforce([Inequality('a', 'b')], frame)
  assert swapped['a'].tolist() == [2, 1] and swapped['b'].tolist() == [5, 2]
  assert enforce([Sum(('a', 'b'), 'c')], frame)['c'].tolist() == [7, 3]
  assert frame['a'].tolist() == [5, 1]  # the frame that was given is left alone


def test_fixed_columns_stay():
  frame = pd.DataFrame({'a': [5, 1], 'b': [2, 2], 'c': [0, 3]})
  assert enforce([Range('a', 0, 3)], frame, ['a'])['a'].tolist() == [5, 1]
  raised = enforce([Inequality('a', 'b', True)], frame, ['a'])
  assert raised['a'].tolist() == [5, 1] and raised['b'].tolist() == [6, 2]
  lowered = enforce([Inequality('a', 'b', True)], frame, ['b'])
  assert lowered['a'].tolist() == [1, 1] and lowered['b'].tolist() == [2, 2]
  part = enforce([Sum(('a', 'b'), 'c')], frame, ['c', 'a'])
  assert part['b'].tolist() == [-5, 2] and part['c'].tolist() == [0, 3]


@pytest.mark.parametrize(
  'constraint, says',
  [
    (Range('a', 2, 9), r'constraint Range\(.*\): 1 of 3 training rows break it'),
    (Inequality('b', 'a'), 'Inequality.*: 3 of 3'),
    (Sum(('a', 'a'), 'b'), 'Sum.*: 1 of 3'),
    (Range('z', 0), "Range.*'z' is unknown"),
    (Range('k', 0), "column 'k' is .*must be numbers"),
  ],
)
def test_training_rows_that_break_a_constraint_are_refused(constraint, says):
  frame = pd.DataFrame({'a': [1, 2, 3], 'b': [2.0, 3.0, 6.0], 'k': ['x', 'y', 'z']})
  with pytest.raises(InputError, match=says):
    check_constraints([constraint], frame)
  check_constraints([Range('a', 1, 3), Inequality('a', 'b', True)], frame)


@given(WHOLE, st.lists(st.floats(-100, 100), min_size=5, max_size=5), st.booleans(), st.booleans(), st.booleans())
def test_whole_numbers_and_fractions_keep_their_types_and_the_constraint(i, x, strict, turned, nullable):
  frame = pd.DataFrame({'i': pd.Series(i, dtype='Int64' if nullable else 'int64'), 'x': x})
  names = ('x', 'i') if turned else ('i', 'x')
  for fixed in ((), ('i',), ('x',)):
    made = enforce([Inequality(*names, strict)], frame, fixed)
    assert (made.dtypes == frame.dtypes).all() and hold([Inequality(*names, strict)], made).all()
  sums = enforce([Sum(('x', 'x'), 'i')], frame)
  assert (sums.dtypes == frame.dtypes).all() and (abs(2 * sums['x'] - sums['i']) <= 0.5).all()
