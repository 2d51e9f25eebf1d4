"""Neighbours: bit for bit what all differences give, however hard rounding makes it, within the memory that is promised."""

import tracemalloc

import ml_dtypes
import numpy as np
import pytest

from jaxaug.metrics import nearest, within
from jaxaug.types import InputError


def all_distances(a, b):
  return np.sqrt(((np.float64(a)[:, None] - np.float64(b)) ** 2).sum(-1))


def sets(kind):
  """(a, b): `a is b` where one set is compared with itself."""
  random = np.random.default_rng(0)
  normal = random.normal(size=(150, 3))
  if kind == 'two':
    return random.normal(size=(120, 3)), normal
  if kind == 'grid':  # many distances are equal
    grid = random.integers(0, 4, (200, 2)).astype(float)
    return grid, grid
  if kind == 'copies far from the origin':
    copies = (normal + 1e8)[random.integers(0, 12, 150)]
    return copies, copies
  if kind == 'float32':
    return np.float32(normal), np.float32(normal)
  if kind == 'near copies':
    near = 1e4 + np.repeat(normal[:15], 10, axis=0) + 1e-7 * normal
    return near, near
  if kind == 'crowds':  # closer together than the quick form can see, and more of them than it proposes
    crowd = np.repeat(normal[:3], 50, axis=0) + 1e-10 * random.normal(size=(150, 3))
    return crowd, crowd
  return normal, normal


KINDS = ('one', 'two', 'grid', 'copies far from the origin', 'near copies', 'crowds', 'float32')


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('k', (1, 4))
def test_nearest_is_the_sorted_differences(kind, k):
  a, b = sets(kind)
  every = all_distances(a, b)
  if a is b:
    np.fill_diagonal(every, np.inf)
  distances, rows = nearest(a, b, k, exclude_self=a is b)
  assert distances.dtype == np.float64 and distances.shape == rows.shape == (len(a), k)
  np.testing.assert_array_equal(distances, np.sort(every, axis=1)[:, :k])
  np.testing.assert_array_equal(np.take_along_axis(every, rows, 1), distances)
  assert all(len(set(row)) == k for row in rows)


@pytest.mark.parametrize('kind', KINDS)
def test_within_counts_open_balls(kind):
  a, b = sets(kind)
  radii = np.sort(all_distances(b, b), axis=1)[:, 3]  # of which some equal a distance
  for bytes in (2**28, 20_000):
    np.testing.assert_array_equal(within(a, b, radii, bytes=bytes), (all_distances(a, b) < radii).sum(1))


def test_a_copy_is_at_distance_0_and_a_row_may_be_its_own_neighbour():
  a = 1e3 + np.random.default_rng(0).normal(size=(80, 20))
  distances, rows = nearest(a, a)
  assert (distances == 0).all() and (rows[:, 0] == np.arange(80)).all()
  assert (nearest(a, a, exclude_self=True)[0] > 1).all()
  assert (nearest(np.tile(a[:1], (40, 1)), np.tile(a[:1], (40, 1)), 3, exclude_self=True)[0] == 0).all()
  assert (within(a, a, np.zeros(80)) == 0).all()


def test_tiles_change_nothing_and_keep_to_their_bytes():
  random = np.random.default_rng(0)
  a, b = random.normal(size=(3000, 4)), random.normal(size=(2000, 4))
  radii = random.random(2000)
  one_tile = within(a, b, radii)
  tracemalloc.start()
  tiled = within(a, b, radii, bytes=2**20)
  peak = tracemalloc.get_traced_memory()[1]
  tracemalloc.stop()
  np.testing.assert_array_equal(tiled, one_tile)
  inputs = 2 * (a.nbytes + b.nbytes)
  assert peak < 2**20 + inputs + 2**18 < 3000 * 2000 * 8 / 10


@pytest.mark.parametrize('dtype', (np.uint8, np.bool_, np.float16, ml_dtypes.bfloat16))
def test_any_real_numbers_do(dtype):
  a = np.arange(6).reshape(3, 2).astype(dtype)
  np.testing.assert_array_equal(nearest(a, a, 2)[0], np.sort(all_distances(a, a), axis=1)[:, :2])


GOOD = np.zeros((3, 2))


@pytest.mark.parametrize(
  'a, b, words',
  (
    (GOOD, np.zeros((3, 4)), '2 features against 4'),
    (np.zeros((0, 2)), GOOD, 'a: 0 rows'),
    (GOOD, np.zeros((0, 2)), '0 rows'),
    (np.full((3, 2), np.nan), GOOD, 'a: holds NaN'),
    (GOOD, np.full((3, 2), np.inf), 'holds NaN or infinity'),
    (np.zeros(3), GOOD, r'a: float64 \[3\], must be'),
    (GOOD, np.zeros((3, 0)), r'must be numbers \[N, D\]'),
    (np.array([['x', 'y']]), GOOD, 'must be numbers'),
  ),
)
def test_features_that_do_not_fit_are_refused(a, b, words):
  for metric in (nearest, lambda a, b: within(a, b, np.ones(len(b)))):
    with pytest.raises(InputError, match=words):
      metric(a, b)


def test_arguments_out_of_range_are_refused():
  for k, exclude_self in ((0, False), (4, False), (3, True)):
    with pytest.raises(InputError, match=f'k: {k}, must be between 1 and'):
      nearest(GOOD, GOOD, k, exclude_self)
  with pytest.raises(InputError, match='the same set'):
    nearest(GOOD[:2], GOOD, 1, True)
  for radii in (np.ones(2), -np.ones(3), np.full(3, np.nan)):
    with pytest.raises(InputError, match='radii: .*must be 3 finite'):
      within(GOOD, GOOD, radii)
