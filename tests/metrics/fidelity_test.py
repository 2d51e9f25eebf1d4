"""Fidelity: stored reference values, closed forms, what must not matter."""

import jax
import numpy as np
import pytest
from scipy.linalg import sqrtm

from jaxaug.metrics import frechet_distance, kernel_distance, kernel_distances, nearest, polynomial_mmd, prdc, prdc_reference
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def stored(root):
  with np.load(root / 'tests' / 'golden' / 'fidelity_reference.npz', allow_pickle=False) as file:
    return dict(file)


def normal(seed, *shape):
  return np.random.default_rng(seed).normal(size=shape)


def test_frechet_distance_is_the_stored_one(stored):
  real, fake, few = stored['real'], stored['fake'], int(stored['fid_few_rows'])
  assert frechet_distance(real, fake) == pytest.approx(stored['fid'], rel=1e-9)
  assert frechet_distance(real[:few], fake[:few]) == pytest.approx(stored['fid_few'], rel=1e-6)
  means = ((real.mean(0, dtype=np.float64) - fake.mean(0, dtype=np.float64)) ** 2).sum()
  assert means == pytest.approx(stored['fid_mean_term'], rel=1e-9)
  middle = lambda x: x - x.mean(0, dtype=np.float64)
  assert frechet_distance(middle(real), middle(fake)) == pytest.approx(stored['fid_covariance_term'], rel=1e-9)


def exactly(rows, mean, covariance):
  """Rows that have this mean and this covariance, not only in expectation."""
  white = rows - rows.mean(0)
  white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white.T))).T
  return white @ np.linalg.cholesky(covariance).T + mean


def test_frechet_distance_of_two_gaussians_is_the_closed_form():
  mean_a, mean_b, factors = normal(0, 5), normal(1, 5), normal(2, 2, 5, 5)
  a, b = factors @ factors.transpose(0, 2, 1) + np.eye(5)
  closed = ((mean_a - mean_b) ** 2).sum() + np.trace(a + b - 2 * sqrtm(a @ b).real)
  assert frechet_distance(exactly(normal(3, 60, 5), mean_a, a), exactly(normal(4, 80, 5), mean_b, b)) == pytest.approx(
    closed, rel=1e-10
  )
  one, four = exactly(normal(5, 50, 3), 0, np.eye(3)), exactly(normal(6, 50, 3), 2, 4 * np.eye(3))
  assert frechet_distance(one, four) == pytest.approx(3 * 4 + 3 * (2 - 1) ** 2, rel=1e-12)


@pytest.mark.parametrize('rows', (40, 6))  # more and fewer than features
def test_frechet_distance_ignores_order_shift_and_rotation_and_is_0_for_one_set(rows):
  a, b = normal(0, rows, 10), 1 + 2 * normal(1, rows + 3, 10)
  whole = frechet_distance(a, b)
  turn = np.linalg.qr(normal(2, 10, 10))[0]
  assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12) and frechet_distance(a, a) >= 0
  for other in (
    frechet_distance(b, a),
    frechet_distance(a[::-1], b),
    frechet_distance(a + 7, b + 7),
    frechet_distance(a @ turn, b @ turn),
  ):
    assert other == pytest.approx(whole, rel=1e-10)
  assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * whole, rel=1e-10)


def test_polynomial_mmd_is_the_stored_one(stored):
  real, fake = stored['real'], stored['fake']
  assert polynomial_mmd(real, fake) == pytest.approx(stored['kid_full'], rel=1e-9)
  assert kernel_distance(real, fake, None, subsets=0) == polynomial_mmd(real, fake)
  values = [polynomial_mmd(real[i], fake[j]) for i, j in zip(stored['kid_index_real'], stored['kid_index_fake'])]
  np.testing.assert_allclose(values, stored['kid_subset_values'], rtol=1e-9)
  np.testing.assert_allclose(
    [np.mean(values), np.std(values)], [stored['kid_subset_mean'], stored['kid_subset_std']], rtol=1e-9
  )


def test_polynomial_mmd_is_its_formula_pair_by_pair():
  a, b = normal(0, 7, 3), 1 + normal(1, 5, 3)
  k = lambda x, y: (x @ y / 3 + 1) ** 3
  own = lambda x: np.mean([k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j])
  assert polynomial_mmd(a, b) == pytest.approx(own(a) + own(b) - 2 * np.mean([k(x, y) for x in a for y in b]), rel=1e-12)
  assert polynomial_mmd(b[::-1], a) == pytest.approx(polynomial_mmd(a, b), rel=1e-12)


def test_polynomial_mmd_has_no_bias():
  draws = np.array([polynomial_mmd(x[:20], x[20:]) for x in normal(0, 500, 50, 4)])
  assert (draws < 0).any() and abs(draws.mean()) < 3 * draws.std() / np.sqrt(500)


def test_kernel_distance_draws_by_its_key_without_replacement(stored):
  real, fake = stored['real'], stored['fake']
  values = kernel_distances(real, fake, jax.random.key(3), subsets=8, size=200)
  assert values.shape == (8,) and len(set(values)) == 8
  np.testing.assert_array_equal(values, kernel_distances(real, fake, jax.random.key(3), subsets=8, size=200))
  assert (values != kernel_distances(real, fake, jax.random.key(4), subsets=8, size=200)).all()
  assert kernel_distance(real, fake, jax.random.key(3), 8, 200) == values.mean()
  error = np.std(stored['kid_subset_values']) / np.sqrt(8)
  assert abs(values.mean() - stored['kid_full']) < 4 * error
  all_of_both = kernel_distances(
    fake[:60], real[:60], jax.random.key(0), subsets=2
  )  # 1,000 are cut down to 60: all, in another order
  np.testing.assert_allclose(all_of_both, polynomial_mmd(fake[:60], real[:60]), rtol=1e-9)


def test_prdc_is_the_stored_one(stored):
  scores = prdc(stored['real'], stored['fake'], int(stored['prdc_k']))
  assert scores == {
    name: pytest.approx(float(stored['prdc_' + name]), rel=1e-12) for name in ('precision', 'recall', 'density', 'coverage')
  }
  for name in ('real', 'fake'):
    radius = nearest(stored[name], stored[name], 5, exclude_self=True)[0][:, -1]
    np.testing.assert_allclose(radius, stored['prdc_radius_' + name], rtol=1e-12)


def test_prdc_of_one_set_of_distant_sets_and_of_a_collapse():
  real = normal(0, 300, 4)
  same = prdc(real, real)
  assert (same['precision'], same['recall'], same['coverage']) == (1, 1, 1)
  assert same['density'] == 1  # itself and the k - 1 others nearer than the k-th: k balls a row, on average
  assert prdc(real, real + 100) == {'precision': 0, 'recall': 0, 'density': 0, 'coverage': 0}
  collapsed = prdc(real, np.tile(real[:1], (300, 1)))
  assert collapsed['precision'] == 1 and collapsed['recall'] == 0 and collapsed['coverage'] < 0.1


def test_the_balls_of_prdc_are_open():
  line = np.stack([np.arange(8.0), np.zeros(8)], axis=1)
  touching = {'precision': 0, 'recall': 0, 'density': 0, 'coverage': 0}
  assert prdc(line, line + [0, 1], k=1) == touching  # each is at the radius of one and beyond that of the others
  assert prdc(line, line + [0, 1 - 1e-12], k=1) == dict.fromkeys(touching, 1)


def test_prdc_ignores_shift_order_and_scale(stored):
  real, fake = np.float64(stored['real']), np.float64(stored['fake'])
  whole = prdc(real, fake)
  assert (
    whole
    == prdc(real[::-1], fake[np.random.default_rng(0).permutation(500)])
    == prdc(real + 3, fake + 3)
    == prdc(4 * real, 4 * fake)
  )
  assert prdc(fake, real)['precision'] == whole['recall'] and prdc(fake, real)['recall'] == whole['precision']


def test_the_reference_compares_equal_numbers_of_rows():
  train, test, fake = normal(0, 200, 3), normal(1, 60, 3), normal(2, 180, 3)
  both = prdc_reference(train, test, fake)
  assert both == {'fake': prdc(train, fake[::3]), 'test': prdc(train, test)}
  assert prdc_reference(train, fake, test) == {'fake': both['test'], 'test': both['fake']}
  assert abs(both['fake']['coverage'] - both['test']['coverage']) < 0.15 < both['test']['coverage']


GOOD = np.eye(7)


@pytest.mark.parametrize(
  'metric', (frechet_distance, polynomial_mmd, prdc, lambda a, b: kernel_distance(a, b, jax.random.key(0), 2))
)
def test_features_that_do_not_fit_are_refused(metric):
  for a, b, words in ((GOOD[:1], GOOD, '1 rows, needs at least'), (GOOD, GOOD[:, :3], '7 features against 3')):
    with pytest.raises(InputError, match=words):
      metric(a, b)
  for bad in (np.nan, np.inf):
    with pytest.raises(InputError, match='holds NaN or infinity'):
      metric(GOOD, np.where(GOOD > 0, bad, 0))


def test_arguments_out_of_range_are_refused():
  for k in (0, 7):
    with pytest.raises(InputError, match='k: 0|7 rows, needs at least 8'):
      prdc(GOOD, GOOD, k)
  with pytest.raises(InputError, match='fake: 3 rows, needs at least 6'):
    prdc_reference(GOOD, GOOD, GOOD[:3])
  for subsets, size in ((-1, 10), (3, 1)):
    with pytest.raises(InputError, match=f'subsets: {subsets} of {size}'):
      kernel_distance(GOOD, GOOD, jax.random.key(0), subsets, size)
  for key in (None, 0, np.zeros(2, np.uint32)):
    with pytest.raises(InputError, match='key: must be a typed key'):
      kernel_distance(GOOD, GOOD, key)
