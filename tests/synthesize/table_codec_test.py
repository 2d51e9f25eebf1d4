"""The codec of tables: there and back, absent values, buckets, constants, what is refused."""

import jax
import numpy as np
import pandas as pd
import pytest

from jaxaug.synthesize.table_codec import table_codec
from jaxaug.synthesize.table_columns import to_matrix
from jaxaug.synthesize.table_layout import condition_width, row_width, starts
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def frame():
  random = np.random.default_rng(0)
  rows = 300
  return pd.DataFrame(
    {
      'real': np.concatenate([random.normal(0, 1, 200), random.normal(20, 1, 100)]),
      'count': random.poisson(3, rows),
      'gaps': np.where(random.random(rows) < 0.2, np.nan, random.normal(5, 2, rows)),
      'kind': random.choice(['a', 'b', 'c'], rows, p=[0.7, 0.2, 0.1]),
      'holes': random.choice(['x', 'y', None], rows),
      'many': [f'id{i}' for i in random.integers(0, 60, rows)],
      'same': 4.5,
    }
  )


@pytest.mark.parametrize('numbers', ['modes', 'quantiles'])
def test_frames_come_back(frame, numbers):
  codec = table_codec(numbers=numbers, category_cap=10)
  learnt = codec.fit(frame)
  encoded = codec.encode(learnt, frame)
  assert encoded.shape == (300, row_width(learnt.layout)) and encoded.dtype == np.float32
  made = codec.decode(learnt, encoded)
  assert (made.dtypes == frame.dtypes).all()
  pd.testing.assert_frame_equal(made[['count', 'kind', 'holes', 'same']], frame[['count', 'kind', 'holes', 'same']])
  assert (made['gaps'].isna() == frame['gaps'].isna()).all()
  for name in ('real', 'gaps'):
    near = np.isclose(made[name], frame[name], atol=1e-3) | frame[name].isna()
    assert near.mean() > 0.99  # a value four deviations from its mode is clipped
  before, after = to_matrix(learnt.columns, frame), to_matrix(learnt.columns, made)
  np.testing.assert_array_equal(before[:, 5], after[:, 5])  # buckets
  assert codec.valid(learnt, made).all()
  np.testing.assert_array_equal(encoded, codec.encode(codec.fit(frame), frame))


def test_the_row_is_laid_out_as_it_says(frame):
  codec = table_codec(category_cap=10)
  learnt = codec.fit(frame)
  encoded, begin = codec.encode(learnt, frame), starts(learnt.layout)
  sizes = {span[:2]: span.size for span in learnt.layout}
  assert sizes['kind', 'category'] == 3 and sizes['holes', 'category'] == 3 and sizes['many', 'category'] <= 10
  assert condition_width(learnt.layout) == 6 + sizes['many', 'category']
  kind = encoded[:, begin['kind', 'category'] :][:, :3]
  np.testing.assert_array_equal(kind, np.eye(3)[frame['kind'].map({'a': 0, 'b': 1, 'c': 2})])
  at, size = begin['gaps', 'modes'], sizes['gaps', 'modes']
  np.testing.assert_array_equal(encoded[:, at + size - 1] == 1, frame['gaps'].isna())
  assert (encoded[frame['gaps'].isna(), begin['gaps', 'scalar']] == 0).all()
  assert ('same', 'scalar') not in begin


def test_quantiles_are_written_with_the_deviation_that_the_diffusion_expects(frame):
  codec = table_codec(numbers='quantiles')
  learnt = codec.fit(frame)
  encoded = codec.encode(learnt, frame)
  np.testing.assert_allclose(encoded[:, :2].std(0), 0.5, atol=0.02)
  assert set(np.unique(encoded[:, 3:])) == {-0.5, 0.5}
  raw = np.ones((2, encoded.shape[1]))
  assert codec.activate(learnt, raw, jax.random.key(0)) is raw


def test_activated_output_decodes_to_valid_rows(frame):
  codec = table_codec(category_cap=10)
  learnt = codec.fit(frame)
  raw = 4 * jax.random.normal(jax.random.key(0), (64, row_width(learnt.layout)))
  made = codec.decode(learnt, np.asarray(codec.activate(learnt, raw, jax.random.key(1))))
  assert codec.valid(learnt, made).all() and len(made) == 64
  assert (made['same'] == 4.5).all() and made['gaps'].isna().any()


def test_rows_that_are_not_of_the_table_are_told(frame):
  codec = table_codec(category_cap=10)
  learnt = codec.fit(frame)
  odd = frame.iloc[:5].reset_index(drop=True)
  odd.loc[0, 'kind'] = 'new'
  odd.loc[1, 'real'] = 1e9
  odd.loc[2, 'real'] = np.nan
  odd.loc[3, 'same'] = 3.0
  assert codec.valid(learnt, odd).tolist() == [False, False, False, False, True]
  with pytest.raises(InputError, match="column 'real': 1 values are missing"):
    codec.encode(learnt, odd)


def test_a_number_without_a_second_value_but_with_absent_ones():
  frame = pd.DataFrame({'x': [3.0, np.nan, 3.0, np.nan]})
  for numbers in ('modes', 'quantiles'):
    codec = table_codec(numbers=numbers)
    learnt = codec.fit(frame)
    pd.testing.assert_frame_equal(codec.decode(learnt, codec.encode(learnt, frame)), frame)


def test_what_cannot_be_learnt_is_refused():
  with pytest.raises(InputError, match='table_codec.numbers'):
    table_codec(numbers='mode')
  with pytest.raises(InputError, match='nothing to learn'):
    table_codec().fit(pd.DataFrame({'a': [1, 1]}))
  with pytest.raises(InputError, match="column 'b': every value is missing"):
    table_codec().fit(pd.DataFrame({'a': [1, 2], 'b': [np.nan] * 2}))
