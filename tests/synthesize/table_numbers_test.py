"""Numbers within modes and by quantiles."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri
from scipy.stats import kstest

from jaxaug.synthesize.table_numbers import (
  decode_modes,
  encode_modes,
  encode_quantiles,
  fit_modes,
  fit_quantiles,
  from_uniform,
  rank_interval,
  to_uniform,
)

VALUES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 2)))


def test_two_far_modes_are_found_and_values_come_back():
  random = np.random.default_rng(0)
  values = np.concatenate([random.normal(0, 1, 700), random.normal(50, 2, 300)])
  curve = fit_modes(values, 0)
  weight, mean, _ = curve
  assert (weight > 0.005).all() and abs(weight[mean > 25].sum() - 0.3) < 0.02
  scalar, mode = encode_modes(curve, values, random)
  assert np.abs(scalar).max() <= 1
  assert ((mean[mode] > 25) == (values > 25)).all()
  kept = np.abs(scalar) < 1
  assert kept.mean() > 0.99
  np.testing.assert_allclose(decode_modes(curve, scalar, mode)[kept], values[kept], atol=1e-9)


def test_the_mode_is_drawn_by_its_share_of_the_density():
  curve = np.array([[0.75, 0.25], [0.0, 0.0], [1.0, 1.0]])
  _, mode = encode_modes(curve, np.zeros(20000), np.random.default_rng(0))
  assert abs(mode.mean() - 0.25) < 4 * np.sqrt(0.25 / 20000)


def test_mixtures_are_the_same_with_the_same_seed():
  values = np.random.default_rng(0).lognormal(size=3000)
  np.testing.assert_array_equal(fit_modes(values, 1), fit_modes(values, 1))
  assert fit_modes(np.full(50, 3.0), 0)[1].tolist() == [3.0]


@given(VALUES)
def test_quantiles_come_back_at_both_ends_and_in_the_middle_of_their_interval(values):
  curve = fit_quantiles(values)
  low, high = rank_interval(curve, values)
  assert (0 < low).all() and (low <= high).all() and (high < 1).all()
  for uniform in (low, to_uniform(curve, values), high):
    np.testing.assert_allclose(from_uniform(curve, uniform), values, rtol=1e-9, atol=1e-7)


def test_the_interval_of_a_spike_is_its_share():
  curve = fit_quantiles(np.r_[np.zeros(30), np.arange(1, 71)])
  low, high = rank_interval(curve, np.array([0.0]))
  np.testing.assert_allclose([low[0], high[0]], [0.005, 0.295])


def test_scores_are_normal_with_a_deviation_of_one_half_even_with_a_spike():
  random = np.random.default_rng(0)
  values = np.where(random.random(5000) < 0.3, 0, random.exponential(size=5000))
  scalar, _ = encode_quantiles(fit_quantiles(values), values, random)
  assert kstest(2 * scalar, 'norm').statistic < 0.02
  assert np.abs(scalar).max() <= ndtri(1 - 0.5 / 1000) / 2 + 1e-9


def test_one_value_is_one_mode_and_comes_back():
  for values in (np.array([2.5]), np.full(4, -3e9)):
    curve = fit_modes(values, 0)
    assert curve.shape == (3, 1)
    scalar, mode = encode_modes(curve, values, np.random.default_rng(0))
    np.testing.assert_array_equal(decode_modes(curve, scalar, mode), values)
