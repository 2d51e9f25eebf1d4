"""Shapes and trends of tables: stored reference values, scipy, closed forms."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from scipy.stats.contingency import association

from jaxaug.metrics import column_shapes, pair_strengths, pair_trends
from jaxaug.types import InputError


def test_shapes_are_the_stored_ones(stored, tables):
  found = column_shapes(tables['real'], tables['fake'])
  assert list(found.index) == list(tables['real'])
  np.testing.assert_allclose(found, stored['column_shape'], atol=1e-8, rtol=0)
  assert found.mean() == pytest.approx(stored['column_shape_mean'], abs=1e-8)


@pytest.mark.parametrize('bins, name', (('own', 'pair_trend'), ('real', 'pair_trend_shared_bins')))
def test_trends_are_the_stored_ones(stored, tables, bins, name):
  found = pair_trends(tables['real'], tables['fake'], bins)
  assert list(found.index) == [tuple(tables['real'].columns[pair]) for pair in stored['pair_index']]
  np.testing.assert_allclose(found, stored[name], atol=1e-12, rtol=0)
  assert found.mean() == pytest.approx(stored[name + '_mean'], abs=1e-12)
  if bins == 'real':
    pd.testing.assert_series_equal(pair_trends(tables['real'], tables['fake']), found)


def test_strengths_and_the_quality_they_choose_are_the_stored_ones(stored, tables):
  found = pair_strengths(tables['real'])
  np.testing.assert_allclose(found['correlation'], stored['pair_correlation_real'], atol=1e-12, rtol=0)
  np.testing.assert_allclose(found['association'], stored['pair_association_real'], atol=1e-12, rtol=0)
  in_fake = pair_strengths(tables['fake'])['correlation']
  np.testing.assert_allclose(in_fake, stored['pair_correlation_fake'], atol=1e-12, rtol=0)
  counted = (found['correlation'].abs() > 0.5) | (found['association'] > 0.3)
  np.testing.assert_array_equal(counted, stored['pair_counts'])
  np.testing.assert_array_equal(found['correlation'].isna(), stored['pair_is_contingency'])
  trends, shapes = pair_trends(tables['real'], tables['fake'], 'own'), column_shapes(tables['real'], tables['fake'])
  assert trends[counted].mean() == pytest.approx(stored['pair_trend_counted_mean'], abs=1e-12)
  assert (shapes.mean() + trends.mean()) / 2 == pytest.approx(stored['quality_all_pairs'], abs=1e-8)
  assert (shapes.mean() + trends[counted].mean()) / 2 == pytest.approx(stored['quality_counted_pairs'], abs=1e-8)


def test_a_table_is_like_itself_in_any_order_of_rows_and_columns(tables):
  real, fake = tables['real'], tables['fake']
  for score in (column_shapes, pair_trends, lambda a, b: pair_trends(a, b, 'own')):
    np.testing.assert_allclose(score(real, real.sample(frac=1, random_state=0)), 1, atol=1e-12)
    mixed = fake[list(fake)[::-1]].sample(frac=1, random_state=1)
    np.testing.assert_allclose(score(real, mixed), score(real, fake), atol=1e-12)


def test_a_shift_is_seen_by_shared_bins_only(tables):
  real, shifted = tables['real'], tables['real'].assign(normal=tables['real']['normal'] + 100)
  assert column_shapes(real, shifted)['normal'] == pytest.approx(0)
  pair = ('normal', 'two')
  own, shared = pair_trends(real, shifted, 'own')[pair], pair_trends(real, shifted)[pair]
  assert own > 0.99 and shared < 0.2


def test_shapes_against_scipy_and_by_hand_with_missing_values():
  random = np.random.default_rng(0)
  x, y = random.integers(0, 9, 60).astype(float), random.integers(2, 12, 45).astype(float)
  real = pd.DataFrame({'x': np.append(x, [np.nan] * 5), 'town': ['a'] * 40 + ['b'] * 20 + [None] * 5})
  fake = pd.DataFrame({'x': np.append(y, [np.nan] * 15), 'town': ['a'] * 30 + ['c'] * 30})
  found = column_shapes(real, fake)
  assert found['x'] == pytest.approx(1 - ks_2samp(x, y).statistic, abs=1e-12)
  assert found['town'] == pytest.approx(1 - (abs(40 / 65 - 30 / 60) + 20 / 65 + 5 / 65 + 30 / 60) / 2, abs=1e-12)
  assert column_shapes(real, fake.assign(x=np.nan)).isna().tolist() == [True, False]


def test_trends_by_hand_with_missing_values():
  real = pd.DataFrame({'x': [0, 1, 2, 10, np.nan], 'y': [0, 2, 4, 20, 7], 'town': list('aabba')})
  fake = pd.DataFrame({'x': [-5, 0.5, np.nan, 30], 'y': [5.0, -0.5, 3, -30], 'town': list('abab')})
  found = pair_trends(real, fake)
  known = [0, 1, 3]
  r = np.corrcoef(fake['x'][known], fake['y'][known])[0, 1]
  assert found['x', 'y'] == pytest.approx(1 - (1 - r) / 2, abs=1e-12)
  # (bin of x in 0..10, town): real (1,a) (2,a) (3,b) (10,b) (missing,a); fake (1,a) (1,b) (missing,a) (10,b)
  assert found['x', 'town'] == pytest.approx(
    1 / 5 + 1 / 5 + 1 / 5, abs=1e-12
  )  # the smaller share of each cell that both have


def test_a_collapsed_column_counts_and_a_constant_real_one_says_nothing():
  real = pd.DataFrame({'x': np.arange(20.0), 'y': 2 * np.arange(20.0), 'z': np.ones(20)})
  found = pair_trends(real, real.assign(y=3.0))
  assert found['x', 'y'] == pytest.approx(0.5) and found[[('x', 'z'), ('y', 'z')]].isna().all()
  assert pair_trends(real, real, discrete=['z'])['x', 'z'] == 1
  assert pair_trends(real, real.assign(y=-real['y']))['x', 'y'] == pytest.approx(0)


def test_association_is_scipys():
  random = np.random.default_rng(0)
  table = pd.DataFrame(random.integers(0, [2, 3, 5], (80, 3)).astype(str), columns=list('abc'))
  found = pair_strengths(table)['association']
  for a, b in itertools.combinations('abc', 2):
    counts = pd.crosstab(table[a], table[b]).to_numpy()
    assert found[a, b] == pytest.approx(association(counts, method='cramer'), abs=1e-12)
  assert pair_strengths(table.assign(b=table['a']))['association']['a', 'b'] == pytest.approx(1)
  assert np.isnan(pair_strengths(table.assign(b='one'))['association']['a', 'b'])


def test_tables_that_do_not_fit_are_refused(tables):
  real, fake = tables['real'], tables['fake']
  for score in (column_shapes, pair_trends):
    with pytest.raises(InputError, match=r"fake: lacks columns \['two'\]"):
      score(real, fake.drop(columns='two'))
    with pytest.raises(InputError, match=r"fake: columns \['normal'\]"):
      score(real, fake.assign(normal='x'))
  with pytest.raises(InputError, match="bins: 'fake' must be"):
    pair_trends(real, fake, 'fake')
  for one in (lambda: pair_trends(real[['two']], fake[['two']]), lambda: pair_strengths(real[['two']])):
    with pytest.raises(InputError, match="one column, 'two'"):
      one()
