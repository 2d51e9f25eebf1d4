"""Privacy filters: stored reference values, loops over single rows, what is planted is found."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from jaxaug.metrics import (
  closer_to_real,
  closest_record,
  exact_copies,
  identifiability,
  nearest,
  new_row_score,
  nndr,
  wilson,
)
from jaxaug.types import InputError


def test_closest_records_are_the_stored_ones(stored, tables):
  for rows, table in (('fake', 'real'), ('fake', 'holdout'), ('holdout', 'real')):
    found = closest_record(tables[rows], tables[table])
    np.testing.assert_allclose(found, stored[f'dcr_{rows}_to_{table}'], atol=1e-12, rtol=0)
    if rows == 'fake':
      assert np.median(found) == pytest.approx(stored['dcr_median_' + table], abs=1e-12)


def test_closer_to_real_is_the_stored_one(stored, tables):
  found = closer_to_real(tables['real'], tables['holdout'], tables['fake'])
  assert found['closer_to_real'] == wilson(232, 350) and 232 / 350 == pytest.approx(stored['dcr_closer_to_real'], abs=1e-12)
  assert found['overfitting_score'] == pytest.approx(stored['dcr_overfitting_score'], abs=1e-12)
  assert found['ties'] == stored['dcr_ties'] == 0 and found['chance'] == pytest.approx(2 / 3)


def test_new_rows_and_planted_copies_are_the_stored_ones(stored, tables):
  real, fake = tables['real'], tables['fake']
  found = new_row_score(real, fake, float(stored['new_row_tolerance']))
  assert found == wilson(350 - int(stored['new_row_matched']), 350) and found == new_row_score(real, fake)
  assert found.value == pytest.approx(stored['new_row_score'], abs=1e-12)
  assert exact_copies(real, fake).sum() == 20
  assert new_row_score(real, fake, 0.0).value == pytest.approx(330 / 350)
  assert new_row_score(real, real).value == 0 and exact_copies(real, real).all()


def one_by_one(a, b, discrete):
  """Gower's distances, entry by entry; the range is of `b`."""
  span = np.nanmax(b, 0) - np.nanmin(b, 0)

  def entry(x, y, j):
    if np.isnan(x) or np.isnan(y):
      return float(np.isnan(x) != np.isnan(y))
    return float(x != y) if discrete[j] or span[j] == 0 else min(abs(x - y) / span[j], 1)

  return np.array([[np.mean([entry(x[j], y[j], j) for j in range(len(x))]) for y in b] for x in a])


def test_closest_record_is_the_loop_also_where_values_are_missing_or_constant():
  random = np.random.default_rng(0)
  a, b = random.normal(size=(25, 4)), random.normal(size=(30, 4))
  a[:, 2:], b[:, 2:] = random.integers(0, 3, (25, 2)), random.integers(0, 4, (30, 2))
  a[random.random((25, 4)) < 0.1] = np.nan
  b[:, 1], b[random.random((30, 4)) < 0.1] = 1, np.nan
  a[:4, 1] = 1
  every = one_by_one(a, b, [False, False, True, True])
  frames = [pd.DataFrame(values, columns=list('wxyz')) for values in (a, b)]
  for bytes in (2**28, 5000):
    np.testing.assert_allclose(closest_record(*frames, ['y', 'z'], bytes), every.min(1), atol=1e-12)
  ordered = np.sort(every, axis=1)
  np.testing.assert_allclose(nndr(frames[1], frames[0], ['y', 'z']), ordered[:, 0] / ordered[:, 1], atol=1e-12)


def test_tiles_keep_to_their_bytes():
  random = np.random.default_rng(0)
  a, b = (pd.DataFrame(random.normal(size=(rows, 3)), columns=list('abc')) for rows in (1500, 2000))
  for measure in (closest_record, new_row_score):
    tracemalloc.start()
    measure(a, b, bytes=2**21)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21 + 2**19 < 1500 * 2000 * 8 / 8


def test_arrays_are_compared_by_euclidean_distance():
  real, fake = np.random.default_rng(0).normal(size=(2, 60, 5))
  first, second = nearest(fake, real, 2)[0].T
  np.testing.assert_array_equal(closest_record(fake, real), first)
  np.testing.assert_array_equal(nndr(real, fake), first / second)
  found = closer_to_real(real[:40], real[40:], fake)
  closer = nearest(fake, real[:40])[0] < nearest(fake, real[40:])[0]
  assert found['closer_to_real'] == wilson(int(closer.sum()), 60) and found['chance'] == pytest.approx(2 / 3)


def test_ties_are_not_closer():
  real = np.random.default_rng(0).normal(size=(20, 3))
  found = closer_to_real(real, real, real[:8])
  assert found['ties'] == 8 and found['closer_to_real'].value == 0 and found['overfitting_score'] == 1
  found = closer_to_real(real, real + 1, real)
  assert found['ties'] == 0 and found['closer_to_real'].value == 1 and found['overfitting_score'] == 0


def test_exact_copies_in_arrays_of_any_shape_and_dtype():
  real = np.random.default_rng(0).integers(0, 255, (30, 4, 4, 1)).astype(np.uint8)
  fake = real[[3, 5, 5]].copy()
  fake[1, 0, 0] ^= 1
  np.testing.assert_array_equal(exact_copies(real, fake), [True, False, True])
  np.testing.assert_array_equal(exact_copies(real, np.float32(fake)), [True, False, True])
  odd = np.array([[0.0, np.nan], [1, 2]])
  np.testing.assert_array_equal(exact_copies(odd, np.array([[-0.0, -np.nan], [2, 1]])), [True, False])
  assert not exact_copies(odd, np.nextafter(odd, 9)).any()


def test_nndr_is_0_for_copies_and_near_1_among_many():
  random = np.random.default_rng(0)
  real = np.concatenate([random.normal(size=(100, 20)), [np.full(20, 50.0)]])
  assert (nndr(real, real[:9]) == 0).all() and (nndr(np.repeat(real, 2, axis=0), real[:9]) == 0).all()
  assert nndr(real, real[-1:] + 0.01) < 0.01 and nndr(real, random.normal(size=(50, 20))).mean() > 0.9


def test_identifiability_of_copies_of_fresh_and_of_distant_rows():
  random = np.random.default_rng(0)
  real, fresh = random.normal(size=(2, 400, 3))
  frame = lambda x: pd.DataFrame(x, columns=list('abc')).assign(town=np.where(x[:, 0] > 0, 'x', 'y'))
  for kind in (np.asarray, frame):
    for weighted in (True, False):
      assert identifiability(kind(real), kind(real), weighted).value == 1
      assert identifiability(kind(real), kind(real + 20), weighted).value == 0
      assert abs(identifiability(kind(real), kind(fresh), weighted).value - 0.5) < 0.08
  gaps = frame(real).assign(c=np.where(real[:, 2] > 1, np.nan, real[:, 2]))
  assert identifiability(gaps, gaps).value == 1


def test_identifiability_weighs_columns_by_the_inverse_of_their_entropy():
  real = pd.DataFrame({'rare': ['a'] * 18 + ['b'] * 2, 'often': list('xy') * 10, 'one': ['k'] * 20})
  heavy = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1)), np.log(2)
  assert heavy[0] < heavy[1]
  real = real.drop_duplicates(['rare', 'often']).reset_index(drop=True)  # four rows; each other row differs somewhere
  fake = real.assign(one='new')
  assert identifiability(real, fake).value == 1  # the constant column weighs nothing
  assert identifiability(real, fake, weighted=False).value == 0  # as far from the fake row as from a neighbour
  spread = np.array([[0, 0], [0, 1], [0, 2], [0, 9], [1.0, 4.6]])  # entropy of column 0 is less: it weighs more
  moved = spread[-1:] + [0, 1.4]
  weights = 1 / np.array([-(0.8 * np.log(0.8) + 0.2 * np.log(0.2)), np.log(5) - 0 * 5])
  every = np.sqrt((((spread[:, None] - spread) * weights) ** 2).sum(-1)) + np.where(np.eye(5), np.inf, 0)
  to_moved = np.sqrt((((spread - moved) * weights) ** 2).sum(-1))
  assert identifiability(spread, moved) == wilson(int((to_moved < every.min(1)).sum()), 5)


@pytest.mark.parametrize(
  'measure', (exact_copies, closest_record, nndr, identifiability, lambda a, b: closer_to_real(a, a, b))
)
def test_what_does_not_fit_is_refused(measure, tables):
  real = tables['real'][:30]
  with pytest.raises(InputError, match=r"\['two'\]"):
    measure(real, real.drop(columns='two'))
  with pytest.raises(InputError, match='is a table'):
    measure(real, np.zeros((3, 8)))
  with pytest.raises(InputError, match='[34] features against [34]|shapes'):
    measure(np.zeros((5, 3)), np.zeros((5, 4)))
  with pytest.raises(InputError, match='must be'):
    measure(np.array([['a', 'b']] * 3), np.array([['a', 'b']] * 3))


def test_too_few_rows_and_bad_arguments_are_refused(tables):
  real = tables['real'][:30]
  for measure in (nndr, identifiability):
    with pytest.raises(InputError, match='real: 1 rows, needs at least 2'):
      measure(real[:1], real)
    with pytest.raises(InputError, match='1'):
      measure(np.zeros((1, 3)), np.ones((4, 3)))
  for tolerance in (-1, float('nan')):
    with pytest.raises(InputError, match='tolerance'):
      new_row_score(real, real, tolerance)
  with pytest.raises(InputError, match='must be a pandas DataFrame'):
    new_row_score(np.zeros((3, 2)), np.zeros((3, 2)))
