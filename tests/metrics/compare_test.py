"""Two models on the same rows: closed forms, scipy's bootstrap, and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest, bootstrap

from jaxaug.metrics import mcnemar, paired_bootstrap
from jaxaug.types import InputError

RIGHT = hnp.arrays(np.bool_, 25)


@given(RIGHT, RIGHT)
def test_mcnemar_is_the_exact_two_sided_binomial_of_the_disagreements(a, b):
  result = mcnemar(a, b)
  only_a, only_b = sum(x and not y for x, y in zip(a, b)), sum(y and not x for x, y in zip(a, b))
  n, fewer = only_a + only_b, min(only_a, only_b)
  tail = sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n
  assert (result['only_a'], result['only_b']) == (only_a, only_b)
  assert result['p_value'] == pytest.approx(min(1, 2 * tail))
  assert n == 0 or result['p_value'] == pytest.approx(binomtest(fewer, n).pvalue)
  assert mcnemar(b, a)['p_value'] == pytest.approx(result['p_value'])


def test_mcnemar_of_equal_and_of_opposite_models():
  right = np.arange(20) % 2 == 0
  assert mcnemar(right, right) == {'only_a': 0, 'only_b': 0, 'p_value': 1}
  assert mcnemar(np.ones(20), np.zeros(20)) == {'only_a': 20, 'only_b': 0, 'p_value': pytest.approx(2**-19)}


@pytest.mark.parametrize('kind, level', (('right', 0.95), ('right', 0.8), ('score', 0.95)))
def test_the_interval_is_scipys_percentile_bootstrap(kind, level):
  rng = np.random.default_rng(0)
  a, b = (rng.random((2, 300)) < [[0.8], [0.7]]) if kind == 'right' else rng.normal(size=(2, 300))
  theirs = bootstrap((np.float64(a) - b,), np.mean, n_resamples=9999, confidence_level=level, method='percentile', rng=1)
  ours = paired_bootstrap(a, b, level=level)
  error = np.std(np.float64(a) - b) / math.sqrt(300)
  assert ours.value == pytest.approx(np.mean(a) - np.mean(b))
  np.testing.assert_allclose(ours[1:], theirs.confidence_interval, atol=0.1 * error)


def test_the_interval_covers_the_truth_as_often_as_it_says():
  rng, covered = np.random.default_rng(0), 0
  for _ in range(400):
    a, b = rng.random((2, 150)) < [[0.75], [0.6]]
    interval = paired_bootstrap(a, b, draws=500, level=0.9)
    covered += interval.low <= 0.15 <= interval.high
  assert binomtest(covered, 400, 0.9).pvalue > 1e-3


def test_the_seed_decides():
  a, b = np.random.default_rng(0).normal(size=(2, 50))
  assert paired_bootstrap(a, b, 3) == paired_bootstrap(a, b, 3) != paired_bootstrap(a, b, 4)
  low, high = paired_bootstrap(a, b, 3)[1:]
  assert paired_bootstrap(a, b, 3, level=0.5).low > low and paired_bootstrap(a, b, 3, level=0.5).high < high


def test_no_difference_and_a_constant_one_have_no_width():
  a = np.random.default_rng(0).random(30)
  assert paired_bootstrap(a, a) == (0, 0, 0)
  assert paired_bootstrap(np.ones(30), np.zeros(30)) == (1, 1, 1)


@pytest.mark.parametrize('a, b', (([1, 0], [1]), ([], []), ([[1, 0]], [[1, 0]])))
def test_other_examples_and_none_are_refused(a, b):
  for test in (mcnemar, paired_bootstrap):
    with pytest.raises(InputError, match='same examples'):
      test(a, b)
