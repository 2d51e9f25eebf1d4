"""Membership inference: the density is scipy's, a leak is found, and none is claimed where there is none."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, gaussian_kde, multivariate_normal, norm

from jaxaug.metrics import auroc, density_ratio, log_density, membership, true_positive_rate
from jaxaug.types import InputError


def normal(seed, *shape):
  return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize('width', (1, 3))
def test_the_density_is_scipys(width):
  data, points = normal(0, 80, width) @ (np.eye(width) + 0.5), 3 * normal(1, 30, width)
  expected = gaussian_kde(data.T).logpdf(points.T)
  for bytes in (2**28, 8000):
    np.testing.assert_allclose(log_density(points, data, bytes=bytes), expected, rtol=1e-10)


def test_the_density_of_two_points_far_away_and_of_a_collapse_is_finite():
  data = np.array([[0.0, 0], [2, 0]])  # no spread in the second direction, which gets a variance of 1e-6
  h2 = 2 ** (-2 / 6)
  kernel = multivariate_normal(cov=np.diag([2 * h2, 1e-6 * h2]))
  closed = np.log((kernel.pdf([0.5, 1e-4]) + kernel.pdf([-1.5, 1e-4])) / 2)
  assert log_density(np.array([[0.5, 1e-4]]), data)[0] == pytest.approx(closed, rel=1e-10)
  far = log_density(np.array([[1e3, 1e3]]), np.tile(data[:1], (9, 1)))
  assert np.isfinite(far).all() and far[0] < -1e6


def test_the_ratio_is_that_of_two_densities_whatever_the_units():
  rows, fake, reference = normal(0, 40, 2), 0.5 * normal(1, 300, 2), normal(2, 300, 2)
  found = density_ratio({'rows': rows}, fake, reference)['rows']
  plain = gaussian_kde(fake.T).logpdf(rows.T) - gaussian_kde(reference.T).logpdf(rows.T)
  np.testing.assert_allclose(found, plain, rtol=1e-8)  # the volume that whitening changes is the same in both
  for other in (
    lambda x: 1e3 * x + 5,
    lambda x: np.c_[x, x[:, :1], np.full(len(x), 0.1)],
  ):  # a copy and a constant add nothing
    np.testing.assert_allclose(density_ratio({'rows': other(rows)}, other(fake), other(reference))['rows'], plain, rtol=1e-6)


def test_the_strongest_components_are_kept():
  random = np.random.default_rng(0)
  shared = random.normal(size=(900, 1))
  x = np.concatenate([shared + 0.1 * random.normal(size=(900, 4)), random.normal(size=(900, 1))], axis=1)
  rows, fake, reference = np.split(x, 3)
  one = density_ratio({'rows': rows}, fake, reference, components=1)['rows']
  moved = rows + [0, 0, 0, 0, 3]  # along what the first component leaves out
  few = density_ratio({'rows': moved}, fake, reference, components=1)['rows']
  all_of_them = density_ratio({'rows': rows}, fake, reference)['rows']
  assert np.corrcoef(one, few)[0, 1] > 0.9 and np.abs(one - all_of_them).max() > 0.5


def test_a_generator_that_repeats_its_rows_is_found_out():
  members, others, reference = normal(0, 3, 250, 3)
  copied = members + 0.02 * normal(1, 250, 3)
  found = membership(members, others, copied, reference)
  assert found['auroc'].low > 0.58 and found['auroc'].high < 0.75  # Scott's rule smooths the copies over
  sharp = membership(members, others, copied, reference, bandwidth=0.1)
  assert sharp['auroc'].low > found['auroc'].high and sharp['true_positive_rate'].low > 0.01
  scores = density_ratio({'in': members, 'out': others}, copied, reference)
  assert found['auroc'].value == auroc(scores['out'], scores['in'])
  assert found['true_positive_rate'].value == true_positive_rate(scores['out'], scores['in'], 0.01)
  assert found == membership(members, others, copied, reference)
  swapped = membership(others, members, copied, reference)
  assert swapped['auroc'].value == pytest.approx(1 - found['auroc'].value) and swapped['auroc'].high < 0.42


def test_intervals_hold_chance_as_often_as_they_say_where_nothing_leaks():
  random, held = np.random.default_rng(0), np.zeros(2)
  fake, reference = random.normal(size=(2, 60, 1))
  for _ in range(300):
    members, others = random.normal(size=(2, 200, 1))
    found = membership(members, others, fake, reference, false_positives=0.05)
    held += [
      found[name].low <= chance <= found[name].high for name, chance in (('auroc', 0.5), ('true_positive_rate', 0.05))
    ]
  assert binomtest(int(held[0]), 300, 0.95).pvalue > 1e-3
  assert held[1] / 300 > 0.92  # not below what it says; Wilson's alone holds it in 84%


def test_intervals_have_a_width_where_everything_is_told_apart():
  members, others, reference = normal(0, 60, 2), 50 + normal(1, 60, 2), 50 + normal(2, 80, 2)
  for name, interval in membership(members, others, members, reference).items():
    assert interval.value == interval.high == 1 and 0.8 < interval.low < 1, name
  wide = membership(members[:10], others[:10], members, reference)
  assert wide['auroc'].low < membership(members, others, members, reference)['auroc'].low


def test_tables_with_categories_and_gaps():
  def table(x, seed):
    random = np.random.default_rng(seed)
    x = np.where(random.random(x.shape) < 0.05, np.nan, x)
    return pd.DataFrame(x, columns=['a', 'b']).assign(town=np.where(norm.cdf(np.nan_to_num(x[:, 0])) > 0.3, 'x', 'y'))

  x = normal(0, 3, 150, 2)
  members, others, reference = (table(part, i) for i, part in enumerate(x))
  found = membership(members, others, members.sample(frac=1, random_state=0), reference)
  assert found['auroc'].low > 0.5
  assert found == membership(members, others, members.sample(frac=1, random_state=0), reference, discrete=['town'])


GOOD = np.eye(4)


@pytest.mark.parametrize(
  'arguments, words',
  (
    ((GOOD, GOOD, GOOD[:1], GOOD), 'fake: one row'),
    ((GOOD, GOOD, GOOD, GOOD[:1]), 'reference: one row'),
    ((GOOD[:0], GOOD, GOOD, GOOD), 'members: 0 rows'),
    ((GOOD, GOOD[:, :2], GOOD, GOOD), 'fake, non_members: 4 features against 2'),
    ((GOOD, GOOD, GOOD * np.nan, GOOD), 'fake: holds NaN'),
    ((pd.DataFrame(GOOD), GOOD, GOOD, GOOD), 'members is a table'),
    ((GOOD, GOOD, GOOD * 0, GOOD * 0), 'components: None of 0 directions'),
    ((GOOD, GOOD, GOOD, GOOD, 0), 'components: 0'),
    ((GOOD, GOOD, GOOD, GOOD, None, 0.0), 'bandwidth: 0'),
    ((GOOD, GOOD, GOOD, GOOD, None, 1.0, 1.0), 'false_positives: 1.0'),
  ),
)
def test_what_does_not_fit_is_refused(arguments, words):
  with pytest.raises(InputError, match=words):
    membership(*arguments)


def test_names_and_single_rows_are_refused():
  with pytest.raises(InputError, match='names other than'):
    density_ratio({'fake': GOOD}, GOOD, GOOD)
  with pytest.raises(InputError, match='data: one row'):
    log_density(GOOD, GOOD[:1])
