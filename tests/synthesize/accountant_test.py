"""Accounting: closed forms of the Gaussian mechanism, composition, an integral for the subsampled one, the search."""

import math
import sys

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm

from jaxaug.synthesize import dp_epsilon, dp_noise
from jaxaug.synthesize.accountant import ORDERS
from jaxaug.types import InputError


def converted(divergences, delta):
  """Canonne, Kamath and Steinke, 2020, proposition 12, at the best order."""
  orders = np.array(ORDERS)
  return (divergences + np.log1p(-1 / orders) - np.log(delta * orders) / (orders - 1)).min()


@pytest.mark.parametrize('noise, steps, delta', [(1.0, 1, 1e-5), (5.0, 1, 1e-3), (20.0, 500, 1e-6), (0.7, 3, 1e-9)])
def test_the_gaussian_mechanism_has_its_closed_form(noise, steps, delta):
  closed = converted(steps * np.array(ORDERS) / (2 * noise**2), delta)
  assert dp_epsilon(noise, 1.0, steps, delta) == pytest.approx(closed, rel=1e-9)


@pytest.mark.parametrize('noise, delta', [(1.0, 1e-5), (4.0, 1e-6)])
def test_it_bounds_what_the_gaussian_mechanism_really_spends(noise, delta):
  """Balle and Wang, Improving the Gaussian Mechanism, 2018, theorem 8: the delta of an epsilon, exactly."""
  exact = lambda epsilon: (
    norm.cdf(0.5 / noise - epsilon * noise) - math.exp(epsilon) * norm.cdf(-0.5 / noise - epsilon * noise)
  )
  told = dp_epsilon(noise, 1.0, 1, delta)
  assert exact(told) <= delta < exact(0.7 * told)


def test_steps_compose():
  assert dp_epsilon(6.0, 1.0, 9, 1e-5) == pytest.approx(dp_epsilon(2.0, 1.0, 1, 1e-5), rel=1e-9)
  spent = [dp_epsilon(2.0, 0.1, steps, 1e-5) for steps in (0, 1, 10, 100)]
  assert spent[0] == 0 and sorted(spent) == spent and spent[-1] < 100 * spent[1]


@pytest.mark.parametrize('noise, rate, steps', [(1.0, 0.01, 1000), (3.0, 0.3, 50)])
def test_a_poisson_sample_spends_the_integral(noise, rate, steps):
  """R(a) = ln E_{x ~ N(0, sigma^2)} ((1 - q) + q exp((2x - 1) / (2 sigma^2)))^a / (a - 1)."""
  x = np.linspace(-30 * noise, 70 * noise, 400_001)
  ratio = np.logaddexp(np.log1p(-rate), np.log(rate) + (2 * x - 1) / (2 * noise**2))
  base = norm.logpdf(x, scale=noise)
  orders = [order for order in ORDERS if order <= 64]
  found = []
  for order in orders:
    exponent = base + order * ratio
    top = exponent.max()
    found.append((top + np.log(trapezoid(np.exp(exponent - top), x))) / (order - 1))
  orders = np.array(orders)
  closed = (steps * np.array(found) + np.log1p(-1 / orders) - np.log(1e-5 * orders) / (orders - 1)).min()
  assert dp_epsilon(noise, rate, steps, 1e-5) == pytest.approx(closed, rel=1e-6)
  assert closed < dp_epsilon(noise, 1.0, steps, 1e-5)


@pytest.mark.parametrize('epsilon, rate, steps', [(1.0, 0.1, 300), (8.0, 1.0, 20)])
def test_the_noise_keeps_the_budget_and_no_less_would(epsilon, rate, steps):
  noise = dp_noise(epsilon, rate, steps, 1e-5)
  assert dp_epsilon(noise, rate, steps, 1e-5) <= epsilon < dp_epsilon(noise - 1e-5, rate, steps, 1e-5)


def test_without_the_library_the_extra_is_named(monkeypatch):
  monkeypatch.setitem(sys.modules, 'dp_accounting', None)
  with pytest.raises(InputError, match=r'dp-accounting \(pip install .jaxaug\[privacy\]'):
    dp_epsilon(1.0, 0.1, 1, 1e-5)


@pytest.mark.parametrize(
  'field, values',
  [
    ('noise', (0.0, 0.1, 1, 1e-5)),
    ('noise', (math.nan, 0.1, 1, 1e-5)),
    ('rate', (1.0, 1.1, 1, 1e-5)),
    ('steps', (1.0, 0.1, 1.5, 1e-5)),
    ('delta', (1.0, 0.1, 1, 0.0)),
  ],
)
def test_what_is_out_of_range_is_named(field, values):
  with pytest.raises(InputError, match=f'privacy.{field}: '):
    dp_epsilon(*values)
  if field not in ('noise', 'steps'):
    with pytest.raises(InputError, match=f'privacy.{field}: '):
      dp_noise(*values)
  with pytest.raises(InputError, match='privacy.steps: 0 must be above 0'):
    dp_noise(1.0, 0.1, 0, 1e-5)
