"""A column of numbers as scalars near unit scale: within modes of a mixture, as CTGAN has it, or as normal scores, as TabDDPM does."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import norm

FIT_ROWS = 2000  # that mixtures are fitted on, drawn by the seed
LEAST_WEIGHT = 0.005  # of a mode that is kept


class NumberCode(NamedTuple):
  """One way to write a column of numbers: `curve` is what `fit` returned."""

  fit: Callable[[np.ndarray, int], np.ndarray]  # (values [N] without NaN, seed) -> curve
  modes: Callable[[np.ndarray], int]  # curve -> width of the one-hot without absence
  encode: Callable[..., tuple]  # (curve, values [N], random) -> scalar [N], mode [N]
  decode: Callable[..., np.ndarray]  # (curve, scalar [N], mode [N]) -> values [N]


def fit_modes(values: np.ndarray, seed: int, count: int = 10) -> np.ndarray:
  """A variational Gaussian mixture of at most `count` modes with weights above .005, on FIT_ROWS of the values.

  Args:
    values: float64 [N], finite.
    seed: of the rows and of the mixture's start.
    count: modes at most.

  Returns:
    float64 [3, M]: weights, means, deviations.

  Source: Xu et al., Modeling Tabular Data using Conditional GAN, 2019, section 4.2.
  """
  from sklearn.exceptions import ConvergenceWarning
  from sklearn.mixture import BayesianGaussianMixture
  from threadpoolctl import threadpool_limits

  if len(values) > FIT_ROWS:
    values = np.random.default_rng(seed).choice(values, FIT_ROWS, replace=False)
  mean, scale = values.mean(), values.std() or 1.0
  unit = (values - mean) / scale
  count = min(count, len(np.unique(unit)))
  if count == 1:
    return np.array([[1.0], [mean], [1e-3 * scale]])
  mixture = BayesianGaussianMixture(n_components=count, weight_concentration_prior=0.001, random_state=seed)
  with warnings.catch_warnings(), threadpool_limits(1):
    warnings.simplefilter('ignore', ConvergenceWarning)
    mixture.fit(unit[:, None])
  kept = mixture.weights_ > LEAST_WEIGHT
  means, deviations = mixture.means_[kept, 0], np.sqrt(mixture.covariances_[kept, 0, 0])
  return np.stack([mixture.weights_[kept], means * scale + mean, deviations * scale])


def encode_modes(curve: np.ndarray, values: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
  """Mode k drawn from p(k | x) ~ w_k N(x; mu_k, sigma_k); scalar (x - mu_k) / (4 sigma_k), clipped to [-1, 1].

  Args:
    curve: [3, M] as `fit_modes` gives it.
    values: float64 [N].
    random: draws the modes.

  Returns:
    (scalar [N] in [-1, 1], mode [N]).

  Source: Xu et al., 2019, section 4.2.
  """
  weight, mean, deviation = curve[:, None]
  log = np.log(weight) + norm.logpdf(values[:, None], mean, deviation)
  mode = (log + random.gumbel(size=log.shape)).argmax(-1)
  return np.clip((values - mean[0, mode]) / (4 * deviation[0, mode]), -1, 1), mode


def decode_modes(curve: np.ndarray, scalar: np.ndarray, mode: np.ndarray) -> np.ndarray:
  """mu_k + 4 sigma_k scalar.

  Args:
    curve: [3, M].
    scalar: [N].
    mode: int [N].

  Returns:
    float64 [N].
  """
  return curve[1, mode] + 4 * curve[2, mode] * scalar


def fit_quantiles(values: np.ndarray, seed: int = 0, count: int = 1000) -> np.ndarray:
  """The values at the shares (i + .5) / Q of the rows, Q = min(N, count).

  Args:
    values: float64 [N], finite.
    seed: not needed; as the other codes have it.
    count: quantiles at most.

  Returns:
    float64 [Q], ascending.
  """
  size = min(len(values), count)
  return np.quantile(values, (np.arange(size) + 0.5) / size, method='hazen')


def rank_interval(curve: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Shares of training rows below each value, and of those that are not above it; alike but for a value that several rows have.

  Args:
    curve: [Q] as `fit_quantiles` gives it.
    values: float64 [N].

  Returns:
    Two float64 [N] in (0, 1).
  """
  shares = (np.arange(len(curve)) + 0.5) / len(curve)
  low, high = 1 - np.interp(-values, -curve[::-1], 1 - shares[::-1]), np.interp(values, curve, shares)
  return np.minimum(low, high), high  # rounding can turn them round


def to_uniform(curve: np.ndarray, values: np.ndarray, random: np.random.Generator | None = None) -> np.ndarray:
  """F(x); a value that several rows have lies anywhere in their interval, or in its middle.

  Args:
    curve: [Q] as `fit_quantiles` gives it.
    values: float64 [N].
    random: chooses the place among equals; None takes the middle.

  Returns:
    float64 [N] in (0, 1).
  """
  low, high = rank_interval(curve, values)
  return low + (0.5 if random is None else random.random(len(values))) * (high - low)


def from_uniform(curve: np.ndarray, uniform: np.ndarray) -> np.ndarray:
  """The inverse of `to_uniform`.

  Args:
    curve: [Q].
    uniform: [N] in [0, 1].

  Returns:
    float64 [N] between the curve's ends.
  """
  return np.interp(uniform, (np.arange(len(curve)) + 0.5) / len(curve), curve)


def encode_quantiles(curve: np.ndarray, values: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
  """Normal scores of deviation .5: Phi^-1(F(x)) / 2.

  Args:
    curve: [Q].
    values: float64 [N].
    random: chooses places among equal values.

  Returns:
    (scalar [N], zeros).

  Source: the quantile transform of TabDDPM (Kotelnikov et al., 2023), at the deviation that `edm` expects.
  """
  return ndtri(to_uniform(curve, values, random)) / 2, np.zeros(len(values), np.int64)


def decode_quantiles(curve: np.ndarray, scalar: np.ndarray, mode: np.ndarray) -> np.ndarray:
  """F^-1(Phi(2 scalar)).

  Args:
    curve: [Q].
    scalar: [N].
    mode: not needed.

  Returns:
    float64 [N].
  """
  return from_uniform(curve, ndtr(2 * scalar))


NUMBERS = {
  'modes': NumberCode(fit_modes, lambda curve: curve.shape[1], encode_modes, decode_modes),
  'quantiles': NumberCode(fit_quantiles, lambda curve: 1, encode_quantiles, decode_quantiles),
}
