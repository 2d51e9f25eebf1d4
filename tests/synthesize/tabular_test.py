"""TabularSynthesizer: whole, on tiny tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxaug.synthesize.constraints import Inequality, Range, Sum
from jaxaug.synthesize.tabular import TabularSynthesizer
from jaxaug.types import InputError

CONSTRAINTS = Range('count', 0, 9), Inequality('low', 'high'), Sum(('low', 'high'), 'total')


def table(rows=200):
  random = np.random.default_rng(0)
  frame = pd.DataFrame(
    {
      'kind': random.choice(['a', 'b', 'c'], rows, p=[0.7, 0.2, 0.1]),
      'count': random.integers(0, 10, rows),
      'hole': random.choice(['x', 'y', None], rows),
      'gap': np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
      'word': [f'w{i}' for i in random.integers(0, 60, rows)],
      'low': random.random(rows).round(3),
      'same': 7,
      'day': pd.Timestamp('2020-01-01') + pd.to_timedelta(random.integers(0, 99, rows), 'D'),
    }
  )
  frame['high'] = frame['low'] + random.random(rows)
  frame['total'] = frame['low'] + frame['high']
  return frame


@pytest.fixture(scope='module')
def frame():
  return table()


@pytest.fixture(scope='module')
def fitted(frame):
  return TabularSynthesizer('copula', constraints=CONSTRAINTS, category_cap=20).fit(frame)


@pytest.fixture(scope='module')
def network(frame):
  small = dict(widths=(16,), noise=4)
  return TabularSynthesizer('ctgan', steps=25, batch_size=40, constraints=CONSTRAINTS, category_cap=20, settings=small).fit(
    frame
  )


def holds(frame):
  total = np.isclose(frame['low'] + frame['high'], frame['total'])
  return frame['count'].between(0, 9).all() and (frame['low'] <= frame['high']).all() and total.all()


@pytest.mark.parametrize('which', ['fitted', 'network'])
def test_conditions_on_several_columns_hold_in_every_row(which, request, frame):
  synthesizer = request.getfixturevalue(which)
  made = synthesizer.sample(37, {'hole': 'y', 'kind': 'c', 'word': 'w3', 'count': 4, 'day': '2020-02-01'}, seed=1)
  assert len(made) == 37 and list(made.columns) == list(frame.columns) and (made.dtypes == frame.dtypes).all()
  assert made[['hole', 'kind', 'word', 'count']].drop_duplicates().values.tolist() == [['y', 'c', 'w3', 4]]
  assert (made['day'] == pd.Timestamp('2020-02-01')).all() and (made['same'] == 7).all()
  assert holds(made)
  drawn = synthesizer.drawn_
  assert drawn.rows == 37 and 500 <= drawn.candidates <= 5000 and 0 <= drawn.met <= 1 and 0 <= drawn.changed <= 37
  missing = synthesizer.sample(20, {'hole': None, 'gap': np.nan, 'total': 1.0})
  assert missing[['hole', 'gap']].isna().all(axis=None) and (missing['total'] == 1).all() and holds(missing)


def test_a_copula_meets_its_conditions_before_anything_is_set(fitted):
  fitted.sample(50, {'hole': 'y', 'kind': 'c'})
  assert fitted.drawn_.met == 1 and fitted.drawn_.changed == 0
  assert fitted.drawn_.held[str(CONSTRAINTS[0])] == 1 and fitted.drawn_.held[str(CONSTRAINTS[2])] < 0.1


@pytest.mark.parametrize('which', ['fitted', 'network'])
def test_the_same_seed_gives_the_same_frame_also_from_a_file(which, request, tmp_path):
  synthesizer = request.getfixturevalue(which)
  synthesizer.save(tmp_path / 'table.npz')
  again = TabularSynthesizer.load(tmp_path / 'table.npz')
  one = synthesizer.sample(30, {'kind': 'b'}, seed=3)
  pd.testing.assert_frame_equal(one, again.sample(30, {'kind': 'b'}, seed=3))
  assert not one.equals(synthesizer.sample(30, {'kind': 'b'}, seed=4))
  pd.testing.assert_frame_equal(synthesizer.sample(5), again.sample(5))  # calls are counted
  assert not again.sample(5).equals(again.sample(5))
  (tmp_path / 'broken.npz').write_bytes(b'no archive')
  for name in ('broken.npz', 'nothing.npz'):
    with pytest.raises(InputError, match='is no file of TabularSynthesizer.save'):
      TabularSynthesizer.load(tmp_path / name)


def test_two_fits_with_the_same_seed_are_the_same(frame):
  made = [TabularSynthesizer('copula', seed=2).fit(frame).sample(20) for _ in range(2)]
  pd.testing.assert_frame_equal(*made)


@settings(max_examples=15)
@given(
  st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=12, max_size=30).filter(any),
  st.lists(st.sampled_from(['u', 'v', 'w']), min_size=30, max_size=30),
)
def test_any_table_gives_valid_rows(whole, text):
  frame = pd.DataFrame({'n': pd.array(whole, dtype='Int64'), 'text': text[: len(whole)]})
  made = TabularSynthesizer('copula').fit(frame).sample(25)
  assert (made.dtypes == frame.dtypes).all() and set(made['text']) <= set(frame['text'])
  seen = made['n'].dropna()
  assert seen.between(frame['n'].min(), frame['n'].max()).all()
  assert frame['n'].isna().any() or not made['n'].isna().any()


def test_auto_takes_the_copula_for_a_small_table(frame, capsys):
  synthesizer = TabularSynthesizer().fit(frame)
  assert synthesizer.model_ == 'copula' and '200 rows, so model auto takes copula' in capsys.readouterr().out


@pytest.mark.parametrize(
  'conditions, says',
  [
    ({'kinds': 'a'}, "conditions: 'kinds' is unknown. Did you mean 'kind'"),
    ({'kind': 'z'}, "column 'kind': 'z' was not"),
    ({'count': 12}, "column 'count': 12 is not among"),
    ({'kind': None}, "column 'kind': 1 values are missing"),
    ({'low': 0.9, 'high': 0.5}, 'constraint Inequality.*: 4 of 4 rows cannot keep it'),
  ],
)
def test_conditions_that_cannot_be_met_are_refused(fitted, conditions, says):
  with pytest.raises(InputError, match=says):
    fitted.sample(4, conditions)


def test_bad_input_is_refused(frame):
  with pytest.raises(InputError, match="tabular.model: 'gan' is unknown"):
    TabularSynthesizer('gan')
  with pytest.raises(InputError, match='attempts 0'):
    TabularSynthesizer(attempts=0)
  with pytest.raises(InputError, match='seed -1 at least 0'):
    TabularSynthesizer(seed=-1)
  with pytest.raises(InputError, match='settings: .*widths.*a copula has none'):
    TabularSynthesizer('copula', settings={'widths': (3,)})
  with pytest.raises(InputError, match='at least 10 rows'):
    TabularSynthesizer().fit(frame[:9])
  with pytest.raises(InputError, match='sample: fit first'):
    TabularSynthesizer().sample(3)
  with pytest.raises(InputError, match='training rows break it'):
    TabularSynthesizer(constraints=[Range('count', 0, 5)]).fit(frame)
  with pytest.raises(InputError, match='ctgan: .*widht'):
    TabularSynthesizer('ctgan', settings={'widht': 3}).fit(frame)
  with pytest.raises(InputError, match='n 0 must be a whole number of at least 1'):
    TabularSynthesizer('copula').fit(frame).sample(0)


def test_a_column_called_auto_is_a_column(frame):
  made = TabularSynthesizer('copula').fit(frame[['kind', 'low']].rename(columns={'low': 'auto'})).sample(n=9)
  assert made['auto'].between(0, 1).all()


def test_a_fit_that_fails_leaves_the_fitted_model(frame):
  synthesizer = TabularSynthesizer('auto').fit(frame)
  before = synthesizer.sample(5, seed=0)
  synthesizer.model = 'tvae'
  with pytest.raises(InputError):
    synthesizer.fit(frame.assign(low=np.nan))
  assert synthesizer.model_ == 'copula'
  pd.testing.assert_frame_equal(synthesizer.sample(5, seed=0), before)


def test_one_row_that_is_not_missing_is_enough_for_a_network(frame):
  rare = frame[['kind', 'gap']].assign(gap=[1.5] + [np.nan] * (len(frame) - 1))
  made = TabularSynthesizer('tvae', steps=1, batch_size=20, settings=dict(widths=(4,), latent=2)).fit(rare).sample(20)
  assert set(made['gap'].dropna()) <= {1.5}


@pytest.mark.parametrize(
  'n, conditions, seed', [(2.5, None, 0), (-1, None, 0), ('3', None, 0), (3, ['kind'], 0), (3, None, 0.5)]
)
def test_what_sample_cannot_use_is_refused(fitted, n, conditions, seed):
  with pytest.raises(InputError, match='tabular.sample: '):
    fitted.sample(n, conditions, seed)
