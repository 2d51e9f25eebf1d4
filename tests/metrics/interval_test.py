"""Wilson's interval is scipy's, also at the ends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from jaxaug.metrics import Interval, wilson


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from((0.95, 0.99, 0.5)))
def test_wilson_is_scipys(trials, share, level):
  successes = round(share * trials)
  theirs = binomtest(successes, trials).proportion_ci(level, method='wilson')
  ours = wilson(successes, trials, norm.ppf((1 + level) / 2)) if level != 0.95 else wilson(successes, trials)
  assert ours == pytest.approx((successes / trials, theirs.low, theirs.high), abs=1e-9)
  assert 0 <= ours.low <= ours.value <= ours.high <= 1


def test_none_right_and_all_right_have_exact_ends():
  assert wilson(0, 7).low == 0 and wilson(7, 7).high == 1
  assert wilson(0, 7).high == pytest.approx(1 - wilson(7, 7).low)


def test_without_trials_nothing_is_known():
  value, low, high = wilson(0, 0)
  assert math.isnan(value) and (low, high) == (0, 1)


def test_an_interval_reads_as_a_number_with_its_ends():
  assert str(Interval(0.5, 0.25, 1.0)) == '0.5000 [0.2500, 1.0000]'
