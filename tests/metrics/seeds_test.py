"""Intervals over seeds."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from jaxaug import metrics
from jaxaug.types import InputError


def test_one_number_a_seed_is_students_interval():
  values = np.random.default_rng(0).normal(3, 2, 5)
  found, expected = metrics.over_seeds(values), ttest_1samp(values, 0).confidence_interval()
  assert np.allclose(found, (values.mean(), expected.low, expected.high))
  assert found.low < metrics.over_seeds(values, 0.5).low < metrics.over_seeds(values, 0.5).high < found.high


def test_examples_widen_it_and_equal_ones_do_not():
  random = np.random.default_rng(1)
  runs = random.normal(size=(5, 1))
  assert np.allclose(metrics.over_seeds(np.broadcast_to(runs, (5, 50))), metrics.over_seeds(runs[:, 0]))
  scores = runs + random.normal(size=(1, 50))
  wide, narrow = metrics.over_seeds(scores), metrics.over_seeds(scores.mean(1))
  assert wide.value == narrow.value and wide.low < narrow.low and wide.high > narrow.high


@pytest.mark.parametrize('seeds', (3, 5))
@pytest.mark.parametrize('spread', (0.0, 0.05, 0.3, 1.0))
def test_it_covers_the_truth_about_as_often_as_it_says(seeds, spread):
  random, inside = np.random.default_rng(2), 0
  for _ in range(600):  # a seed's effect, an example's, and noise, all around 0
    values = random.normal(0, spread, (seeds, 1)) + random.normal(0, 1, (1, 40)) + random.normal(0, 1, (seeds, 40))
    found = metrics.over_seeds(values)
    inside += found.low <= 0 <= found.high
  assert 0.935 <= inside / 600 <= 0.998


def test_few_seeds_that_agree_leave_what_the_examples_say():
  random = np.random.default_rng(3)
  scores = np.tile(random.random((1, 300)) < 0.7, (3, 1)).astype(float)
  found, expected = metrics.over_seeds(scores), ttest_1samp(scores[0], 0).confidence_interval()
  assert np.allclose(found[1:], (expected.low, expected.high))


def test_seeds_with_examples_of_their_own_promise_no_more_than_these():
  random = np.random.default_rng(4)
  equal = np.stack([random.permutation(np.arange(300) < 210) for _ in range(3)]).astype(float)
  found, expected = metrics.over_seeds(equal, shared=False), ttest_1samp(equal.ravel(), 0).confidence_interval()
  assert np.allclose(found[1:], (expected.low, expected.high), atol=1e-3)
  apart = equal + np.array([[0.0], [0.5], [1.0]])
  assert np.allclose(metrics.over_seeds(apart, shared=False), metrics.over_seeds(apart.mean(1)))


@pytest.mark.parametrize('values', [[1.0], np.ones((1, 9)), np.ones((2, 2, 2)), 1.0])
def test_one_seed_is_refused(values):
  with pytest.raises(InputError, match='seeds'):
    metrics.over_seeds(values)
