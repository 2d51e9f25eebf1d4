"""What differentially private training has spent: epsilon of Gaussian mechanisms on Poisson samples, by Renyi differential privacy."""

import math

from jaxaug.types import InputError

ORDERS = (*range(2, 65), 80, 96, 128, 192, 256, 512, 1024)
"""Renyi orders. Whole ones, for which the library has the exact divergence; between them it has an upper bound that can be much looser."""


def _library():
  try:
    import dp_accounting
    from dp_accounting import rdp
  except ImportError as error:
    raise InputError("privacy: epsilon needs the package dp-accounting (pip install 'jaxaug[privacy]')") from error
  return dp_accounting, lambda: rdp.RdpAccountant(ORDERS, dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE)


def _check(positive: dict, rate: float, steps: int, delta: float) -> None:
  for name, value in positive.items():
    if not 0 < value < math.inf:
      raise InputError(f'privacy.{name}: {value} must be above 0')
  if not 0 < rate <= 1:
    raise InputError(f'privacy.rate: {rate} must be in (0, 1]')
  if steps < 0 or steps != int(steps):
    raise InputError(f'privacy.steps: {steps} must be a whole number of at least 0')
  if not 0 < delta < 1:
    raise InputError(f'privacy.delta: {delta} must be in (0, 1)')


def _event(library, noise, rate, steps):
  sampled = library.PoissonSampledDpEvent(rate, library.GaussianDpEvent(noise))
  return library.SelfComposedDpEvent(sampled, int(steps))


def dp_epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
  """The epsilon at which `steps` noisy sums are (epsilon, delta)-differentially private, if one row is added or taken away.

  min_a  T R(a) + ln(1 - 1/a) - ln(delta a) / (a - 1), R(a) the Renyi divergence of order a of one sum; at rate 1 it is a / (2 sigma^2).

  Args:
    noise: sigma, the noise's standard deviation over the largest norm of a row's share in the sum.
    rate: q, probability with which each row is in a sum, by itself (Poisson sampling).
    steps: T, sums.
    delta: in (0, 1), well below 1 / rows.

  Returns:
    epsilon; an upper bound.

  Raises:
    InputError: a number out of range; the package dp-accounting is not installed.

  Source: Mironov, Talwar and Zhang, Renyi Differential Privacy of the Sampled Gaussian Mechanism, 2019, section 3 (R); Canonne, Kamath and
  Steinke, The Discrete Gaussian for Differential Privacy, 2020, proposition 12 (the conversion).
  """
  _check({'noise': noise}, rate, steps, delta)
  library, accountant = _library()
  if not steps:
    return 0.0
  return float(accountant().compose(_event(library, noise, rate, steps)).get_epsilon(delta))


def dp_noise(epsilon: float, rate: float, steps: int, delta: float) -> float:
  """The least noise, to 1e-6, with which `steps` noisy sums stay within epsilon.

  Args:
    epsilon: above 0.
    rate, steps, delta: as of `dp_epsilon`; at least one step.

  Returns:
    sigma, with dp_epsilon(sigma, ...) <= epsilon.

  Raises:
    InputError: as `dp_epsilon`.
  """
  _check({'epsilon': epsilon, 'steps': steps}, rate, steps, delta)
  library, accountant = _library()
  return float(library.calibrate_dp_mechanism(accountant, lambda noise: _event(library, noise, rate, steps), epsilon, delta))
