"""Tables as arrays: equal values have equal codes, whatever pandas stores them as, and what does not fit is named."""

import numpy as np
import pandas as pd
import pytest

from jaxaug.metrics.table import CATEGORIES, Coded, are_tables, code, design
from jaxaug.types import InputError

REAL = pd.DataFrame({'age': [1, 2, 3], 'town': ['a', 'b', None], 'on': [True, False, True]})


def test_the_kind_follows_the_dtype_and_discrete_overrides_it():
  table = pd.DataFrame(
    {
      'object': pd.Series(['x', 1, None], dtype=object),
      'string': pd.Series(['x', 'y', pd.NA], dtype='string'),
      'arrow': pd.Series(['x', 'y', 'x'], dtype='str'),
      'category': pd.Categorical([1, 2, 1]),
      'bool': [True, False, True],
      'nullable bool': pd.array([True, None, False], dtype='boolean'),
      'int': [1, 2, 3],
      'float': [0.5, np.nan, 2],
      'nullable': pd.array([1, None, 3], dtype='Int64'),
    }
  )
  coded = code({'table': table})
  assert dict(zip(coded.names, coded.discrete)) == {name: name not in ('int', 'float', 'nullable') for name in table}
  np.testing.assert_array_equal(coded.rows[0][:, -3:], [[1, 0.5, 1], [2, np.nan, np.nan], [3, 2, 3]])
  assert np.isfinite(coded.rows[0][:, :6]).all() and len(set(coded.rows[0][:, 0])) == 3
  numbers = ['float', 'bool', 'nullable bool']
  np.testing.assert_array_equal(code({'t': table[numbers]}, ['float']).rows[0][:, 1:], [[1, 1], [0, np.nan], [1, 0]])
  assert code({'t': table[['int']]}, ['int']).discrete.all() and not code({'t': table[['bool']]}, []).discrete.any()


def test_equal_categories_have_equal_codes_whatever_they_are_stored_as():
  stored = [
    pd.Categorical(['a', 'b', None], ['b', 'a']),
    np.array(['c', 'a', None], object),
    pd.array(['b', pd.NA, 'd'], dtype='string'),
  ]
  a, b, c = (rows[:, 0] for rows in code({str(i): pd.DataFrame({'x': values}) for i, values in enumerate(stored)}).rows)
  assert a[0] == b[1] and a[1] == c[0] and a[2] == b[2] == c[1]
  assert len({*a, *b, *c}) == 5
  one, other = code({'a': pd.DataFrame({'x': [1, 2]}), 'b': pd.DataFrame({'x': [2.0, 3.0]})}, ['x']).rows
  assert one[1] == other[0] and len({*one[:, 0], *other[:, 0]}) == 3


def test_columns_are_found_by_name():
  a, b = code({'real': REAL, 'fake': REAL[['on', 'town', 'age']].iloc[::-1]}).rows
  np.testing.assert_array_equal(a, b[::-1])


@pytest.mark.parametrize(
  'fake, discrete, words',
  (
    (REAL.drop(columns='age'), None, r"fake: lacks columns \['age'\]"),
    (REAL.assign(more=1), None, r"has \['more'\] that real lacks"),
    (REAL.assign(age=['1', '2', '3']), None, r"fake: columns \['age'\] are categories here and numbers in real"),
    (REAL.assign(town=[1, 2, 3]), None, r"fake: columns \['town'\]"),
    (REAL.assign(age=[1, 2, np.inf]), None, "fake: column 'age' holds infinity"),
    (REAL.assign(age=[1, 2, 2**53 + 2]), None, "fake: column 'age' holds whole numbers beyond"),
    (REAL.iloc[:0], None, 'fake: 0 rows'),
    (REAL, 'town', "discrete: 'town' must be a list"),
    (REAL, ['ages'], r"discrete: no columns \['ages'\]"),
    (REAL, ['age', 'on'], "real: column 'town' is .*name it in discrete"),
    (REAL.to_numpy(), None, 'fake: ndarray, must be a pandas DataFrame'),
    (REAL[['age', 'town', 'on', 'on']], None, r"fake: columns \['on'\] appear twice"),
    (REAL.assign(town=[[1], [2], [3]]), None, "column 'town' holds values that cannot be told apart"),
  ),
)
def test_tables_that_do_not_fit_are_refused_by_name(fake, discrete, words):
  with pytest.raises(InputError, match=words):
    code({'real': REAL, 'fake': fake}, discrete)


@pytest.mark.parametrize('values', (np.array([1j]), pd.to_timedelta(['1 day'])))
def test_what_is_neither_a_number_nor_a_category_is_refused(values):
  with pytest.raises(InputError, match="real: column 'when' is .*make it a number"):
    code({'real': pd.DataFrame({'when': values})})


def test_tables_and_arrays_are_not_mixed():
  assert are_tables({'a': REAL, 'b': REAL}) and not are_tables({'a': np.eye(2)})
  with pytest.raises(InputError, match='real, fake: real is a table'):
    are_tables({'real': REAL, 'fake': np.eye(3)})


def test_design_has_numbers_their_gaps_and_one_column_a_category():
  table = pd.DataFrame({'x': [1, np.nan, 3], 'y': [5, 6, 7], 'town': ['b', 'a', 'b']})
  first, second = design(code({'a': table, 'b': table.iloc[:1]}))
  expected = [[1, 0, 5, 1, 0], [5 / 3, 1, 6, 0, 1], [3, 0, 7, 1, 0]]  # the commoner town first
  np.testing.assert_allclose(first, expected)
  np.testing.assert_allclose(second, expected[:1])
  lost = Coded(['x'], [np.full((2, 1), np.nan)], np.array([False]))
  np.testing.assert_array_equal(design(lost)[0], [[0, 1], [0, 1]])


def test_design_lets_the_rarest_categories_share_a_column():
  often, rare = np.repeat(np.arange(CATEGORIES - 1), 3), np.arange(1000, 1050)
  (wide,) = design(code({'a': pd.DataFrame({'x': np.concatenate([often, rare])})}, ['x']))
  assert wide.shape == (len(often) + 50, CATEGORIES)
  assert (wide.sum(1) == 1).all() and wide[-50:, -1].all() and wide[:-50, -1].sum() == 0
  assert (wide[:-50].sum(0)[:-1] == 3).all()


def test_dates_are_numbers_whatever_their_unit_and_zone():
  days = pd.Series(pd.to_datetime(['2020-01-01', None, '2020-01-02 01:00'], format='ISO8601'))
  tables = {'a': days.astype('datetime64[ns]'), 'b': days.astype('datetime64[s]'), 'c': days.dt.tz_localize('UTC')}
  coded = code({name: pd.DataFrame({'day': column}) for name, column in tables.items()})
  assert not coded.discrete.any()
  for rows in coded.rows:
    np.testing.assert_array_equal(rows[:, 0] - rows[0, 0], [0, np.nan, 25 * 3600])
  assert coded.rows[0][0, 0] == pd.Timestamp('2020-01-01').timestamp()
  with pytest.raises(InputError, match="column 'day' is dates in one"):
    code({'a': pd.DataFrame({'day': days}), 'b': pd.DataFrame({'day': [1.0]})})


def test_texts_and_numbers_of_one_column_are_no_silent_mismatch():
  words = pd.DataFrame({'town': ['1', '2']})
  with pytest.raises(InputError, match="real, fake: column 'town' is text in one"):
    code({'real': words, 'fake': words.astype({'town': int})}, ['town'])
  mixed = pd.DataFrame({'town': pd.Series([1, 'x', None], dtype=object)})
  for fake in (words, mixed, mixed[2:], words.astype('category')):
    code({'real': mixed, 'fake': fake}, ['town'])
