"""Frames as matrices: what is learnt of a column, there and back, what is refused."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxaug.synthesize.table_columns import Column, learn_columns, repeated, to_code, to_frame, to_matrix
from jaxaug.types import InputError

MAYBE = lambda values: st.lists(st.one_of(st.none(), values), min_size=6, max_size=6).filter(any)


@pytest.fixture
def frame():
  return pd.DataFrame(
    {
      'whole': [1, 2, 3, 4],
      'gaps': [1.5, np.nan, 2, 3],
      'text': ['x', 'y', None, 'x'],
      'level': pd.Categorical(['u', 'v', 'u', 'u'], ['v', 'w', 'u'], ordered=True),
      'flag': [True, False, True, True],
      'day': pd.to_datetime(['2020-01-01', '2021-02-03', None, '2022-01-01']),
      'zone': pd.date_range('2020-01-01', periods=4, tz='Europe/Paris'),
      'nullable': pd.array([1, None, 3, 4], dtype='Int64'),
      'maybe': pd.array([True, None, False, True], dtype='boolean'),
      'mixed': np.array(['p', None, True, 2], object),
      'same': [7] * 4,
      'word': ['z'] * 4,
      'narrow': np.array([0.1, 0.2, 0.3, 0.4], np.float32),
      'byte': np.array([0, 255, 3, 4], np.uint8),
      3: [9, 8, 7, 6],
    }
  )


def test_every_type_comes_back(frame):
  columns = learn_columns(frame)
  pd.testing.assert_frame_equal(to_frame(columns, to_matrix(columns, frame)), frame)
  again = [Column(*(tuple(v) if isinstance(v, list) else v for v in c)) for c in json.loads(json.dumps(columns))]
  assert tuple(again) == columns
  assert {c.name: c.kind for c in columns if c.kind == 'constant'} == {'same': 'constant', 'word': 'constant'}


@given(MAYBE(st.integers(-9, 9)), MAYBE(st.text('abc', max_size=2)), st.lists(st.floats(-1e9, 1e9), min_size=6, max_size=6))
def test_frames_come_back(whole, text, real):
  frame = pd.DataFrame({'whole': pd.array(whole, dtype='Int64'), 'text': pd.Series(text, dtype=object), 'real': real})
  columns = learn_columns(frame)
  pd.testing.assert_frame_equal(to_frame(columns, to_matrix(columns, frame)), frame)


def test_columns_are_found_by_name_whatever_their_order(frame):
  columns = learn_columns(frame)
  np.testing.assert_array_equal(to_matrix(columns, frame[frame.columns[::-1]]), to_matrix(columns, frame))


def test_numbers_stay_within_what_was_seen_and_on_its_grid():
  frame = pd.DataFrame(
    {'a': [1, 5, 9], 'b': [0.5, 1.25, 2.0], 'c': pd.to_datetime(['2020-01-01', '2020-01-03', '2020-02-02'])}
  )
  columns = learn_columns(frame)
  assert [column.step for column in columns][:2] == [1.0, 0.01]
  made = to_frame(columns, np.array([[99.0, -3.0, columns[2].low], [4.6, 1.23456, columns[2].low + 1.3 * 86400 * 1e6]]))
  assert made['a'].tolist() == [9, 5] and made['b'].tolist() == [0.5, 1.23]
  assert (made['c'].dt.hour == 0).all()


def test_many_categories_share_buckets_and_come_back_by_their_frequency():
  words = [f'w{i}' for i in range(40)]
  frame = pd.DataFrame({'word': np.repeat(words, np.arange(1, 41))})
  column = learn_columns(frame, cap=5)[0]
  assert column.size == 5 and column.frequencies.sum() == len(frame)
  codes = to_matrix([column], frame)
  many = np.tile(codes, (30, 1))
  made = to_frame([column], many, seed=3)
  assert (to_matrix([column], made) == many).all()
  found = made['word'].value_counts(normalize=True).reindex(words)
  np.testing.assert_allclose(found, np.arange(1, 41) / 820, atol=4 * np.sqrt(0.05 / len(many)))
  pd.testing.assert_frame_equal(made, to_frame([column], many, seed=3))
  assert not made.equals(to_frame([column], many, seed=4))


def test_a_value_as_code_and_as_column(frame):
  by = {column.name: column for column in learn_columns(frame)}
  assert to_code(by['text'], 'y') == 1 and np.isnan(to_code(by['text'], None)) and to_code(by['level'], 'u') == 1
  assert to_code(by['day'], '2020-01-01') == by['day'].low
  for name in frame:
    value = frame[name].iloc[0]
    made = repeated(by[name], value, 2)
    assert str(made.dtype) == str(frame[name].dtype) and made.tolist() == [value, value]


@pytest.mark.parametrize(
  'name, value, says',
  [
    ('text', 'q', "'text': 'q' was not in the fitted frame"),
    ('whole', 9, "'whole': 9 is not among whole numbers from 1 to 4"),
    ('whole', 1.5, "'whole': 1.5"),
    ('whole', 'many', "'whole'"),
    ('whole', None, "'whole': 1 values are missing"),
    ('same', 8, "'same': 8"),
    ('day', 'soon', "'day': 'soon' is no date"),
  ],
)
def test_values_that_were_not_seen_are_refused(frame, name, value, says):
  column = {column.name: column for column in learn_columns(frame)}[name]
  with pytest.raises(InputError, match=says):
    to_code(column, value)


@pytest.mark.parametrize(
  'bad, discrete, says',
  [
    ({'a': [np.nan, np.nan]}, None, "column 'a': every value is missing"),
    ({'a': [None, None]}, None, "column 'a': every value is missing"),
    ({'a': [1.0, np.inf]}, None, "column 'a': 1 values are infinite"),
    ({'a': [1j, 2]}, None, "column 'a': complex128 must be numbers"),
    ({'a': [1e200, -1e200]}, None, "column 'a': .*no finite variance"),
    ({'a': ['x', 'y']}, 'a', "discrete: 'a' must be a list"),
    ({'a': [2**60, 1]}, None, "column 'a': whole numbers beyond"),
    ({'a': [(1,), (2,)]}, None, "column 'a': a value of type tuple"),
    ({'a': ['x', 'y']}, [], "column 'a' is .*must be listed"),
    ({'a': [1, 2]}, ['b'], "discrete: 'b' is unknown"),
    ({(1, 2): [1, 2]}, None, 'names must be text'),
    ({}, None, 'rows and columns'),
  ],
)
def test_frames_that_cannot_be_learnt_are_refused(bad, discrete, says):
  with pytest.raises(InputError, match=says):
    learn_columns(pd.DataFrame(bad), discrete)


def test_names_given_twice_and_other_columns_are_refused(frame):
  with pytest.raises(InputError, match="column 'a'.*each once"):
    learn_columns(pd.DataFrame([[1, 2]], columns=['a', 'a']))
  columns = learn_columns(frame)
  with pytest.raises(InputError, match=r"\['whole'\] are missing and \['other'\]"):
    to_matrix(columns, frame.rename(columns={'whole': 'other'}))
  with pytest.raises(InputError, match="column 'text': 'new' was not"):
    to_matrix(columns, frame.assign(text='new'))
  with pytest.raises(InputError, match="column 'whole': 4 values are missing"):
    to_matrix(columns, frame.assign(whole=np.nan))
  assert to_matrix(columns, frame.assign(text='new'), strict=False)[:, 2].tolist() == [-1] * 4


def test_dates_keep_every_nanosecond_and_are_read_in_any_unit():
  days = pd.Series(
    pd.to_datetime(['2020-01-01', '2021-05-05 12:30:01.123', '2021-05-05 12:30:01.124', None], format='ISO8601')
  )
  frame = pd.DataFrame({'day': days.astype('datetime64[ns]')})
  columns = learn_columns(frame)
  assert columns[0].step == 1e6
  pd.testing.assert_frame_equal(to_frame(columns, to_matrix(columns, frame)), frame)
  between = to_frame(columns, to_matrix(columns, frame) / 3)['day'].dropna()
  assert (between.astype('int64') % 10**6 == 0).all()
  for other in ('datetime64[ms]', 'datetime64[us]'):
    np.testing.assert_array_equal(to_matrix(columns, frame.astype(other)), to_matrix(columns, frame))
  with pytest.raises(InputError, match="'day': '2023-01-01' is not among dates from 2020-01-01 00:00:00 to 2021-05-05"):
    to_code(columns[0], '2023-01-01')
  with pytest.raises(InputError, match="'day': int64, in the fitted frame it was datetime64"):
    to_matrix(columns, pd.DataFrame({'day': [1, 2]}))
  with pytest.raises(InputError, match="'day': .*cannot be datetime64"):
    to_matrix(columns, pd.DataFrame({'day': days.dt.tz_localize('UTC')}))
  whole = learn_columns(pd.DataFrame({'day': [1, 2]}))
  with pytest.raises(InputError, match="'day': datetime64.*, in the fitted frame it was int64"):
    to_matrix(whole, frame[:3])


def test_a_whole_number_can_be_asked_to_be_missing(frame):
  column = {column.name: column for column in learn_columns(frame)}['nullable']
  assert column.step == 1 and np.isnan(to_code(column, None)) and repeated(column, None, 2).isna().all()


def test_numpys_scalars_and_pandas_own_texts_come_back():
  frame = pd.DataFrame(
    {
      'whole': pd.Series([np.int64(1), np.int64(2)], dtype=object),
      'flag': pd.Series([np.bool_(True), None], dtype=object),
      'text': pd.array(['x', None], dtype='string[python]'),
    }
  )
  columns = learn_columns(frame)
  assert json.loads(json.dumps(columns[0].values)) == [1, 2]
  pd.testing.assert_frame_equal(to_frame(columns, to_matrix(columns, frame)), frame)
