"""How near generated samples are to real ones, in the features of some network.

The number says as much as the network does. In the features of a classifier that was trained on the real train split the Frechet
distance is called FCD (Frechet classifier distance), never FID: only Inception features give FID, see `inception.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.metrics.distance import TILE, nearest, pair, within
from jaxaug.types import Array, InputError, Key


def frechet_distance(a: Array, b: Array) -> float:
  """Frechet distance of the Gaussians with the means and covariances of two sets of features; no ridge is added.

  |mean_a - mean_b|^2 + tr A + tr B - 2 tr (AB)^1/2

  With A = R^T R and B = S^T S the eigenvalues of AB are those of (R S^T)(R S^T)^T, so tr (AB)^1/2 is the sum of the singular values of
  R S^T. R and S come from the rows themselves: a covariance that is singular loses no digits.

  Args:
    a, b: [N, D] and [M, D] finite features, at least two rows each; N below D is allowed, and biased upwards.

  Returns:
    At least 0, in squared units of the features.

  Raises:
    InputError: features that are not finite, too few or of different widths.

  Source: Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017, equation 6; covariances with N - 1.
  """
  a, b = pair(a, b, 2)
  root = lambda x: np.linalg.qr((x - x.mean(0)) / np.sqrt(len(x) - 1), mode='r')
  root_a, root_b = root(a), root(b)
  between = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
  distance = ((a.mean(0) - b.mean(0)) ** 2).sum() + (root_a**2).sum() + (root_b**2).sum() - 2 * between
  return max(0.0, float(distance))


def _kernel_sums(x, y, bytes=TILE):
  """Sum of (x_i.y_j / D + 1)^3 over all pairs, row block by row block."""
  rows = max(1, bytes // (24 * len(y)))
  return sum(((x[at : at + rows] @ y.T / x.shape[1] + 1) ** 3).sum() for at in range(0, len(x), rows))


def polynomial_mmd(a: Array, b: Array) -> float:
  """Unbiased squared maximum mean discrepancy of all rows.

  mean over i != j of k(a_i, a_j) + the same of b - 2 mean k(a_i, b_j), with k(x, y) = (x.y / D + 1)^3

  Args:
    a, b: [N, D] and [M, D] finite features, at least two rows each.

  Returns:
    Near 0, also below it, where both sets come from one distribution.

  Raises:
    InputError: features that are not finite, too few or of different widths.

  Source: Binkowski et al., Demystifying MMD GANs, 2018, equation 4.
  """
  a, b = pair(a, b, 2)
  own = lambda x: (((x**2).sum(-1) / x.shape[1] + 1) ** 3).sum()
  inside = lambda x: (_kernel_sums(x, x) - own(x)) / (len(x) * (len(x) - 1))
  return float(inside(a) + inside(b) - 2 * _kernel_sums(a, b) / (len(a) * len(b)))


def kernel_distances(a: Array, b: Array, key: Key, subsets: int = 100, size: int = 1000) -> np.ndarray:
  """`polynomial_mmd` of each of several random pairs of subsets.

  Args:
    a, b: [N, D] and [M, D] finite features, at least two rows each.
    key: typed jax key; the same key draws the same rows.
    subsets: pairs of subsets, at least 1.
    size: rows of a subset, drawn without replacement; cut down to the smaller set.

  Returns:
    [subsets] float64.

  Raises:
    InputError: an argument out of range, or features that are not finite, too few or of different widths.
  """
  a, b = pair(a, b, 2)
  if subsets < 1 or size < 2:
    raise InputError(f'subsets: {subsets} of {size} rows; at least 1 of at least 2')
  if not jnp.issubdtype(getattr(key, 'dtype', None), jax.dtypes.prng_key):
    raise InputError('key: must be a typed key, as jax.random.key gives it')
  size = min(size, len(a), len(b))
  random = np.random.default_rng(np.asarray(jax.random.bits(key, (8,), jnp.uint32)))
  draw = lambda x: x[random.choice(len(x), size, replace=False)]
  return np.array([polynomial_mmd(draw(a), draw(b)) for _ in range(subsets)])


def kernel_distance(a: Array, b: Array, key: Key | None, subsets: int = 100, size: int = 1000) -> float:
  """Kernel distance (with Inception features: KID), the mean of `kernel_distances`.

  Args:
    a, b: [N, D] and [M, D] finite features, at least two rows each.
    key: typed jax key; may be None where `subsets` is 0.
    subsets: pairs of subsets; 0 takes all rows, once.
    size: rows of a subset; cut down to the smaller set.

  Returns:
    Near 0, also below it, where both sets come from one distribution.

  Raises:
    InputError: an argument out of range, or features that are not finite, too few or of different widths.

  Source: Binkowski et al., Demystifying MMD GANs, 2018, section 4 (KID).
  """
  return polynomial_mmd(a, b) if subsets == 0 else float(kernel_distances(a, b, key, subsets, size).mean())


def prdc(real: Array, fake: Array, k: int = 5) -> dict[str, float]:
  """Precision, recall, density and coverage.

  With the ball of x in X = {y: |x - y| < distance of x to its k-th neighbour in X, itself excluded}:
  precision = share of fake rows in some real ball; recall = share of real rows in some fake ball;
  density = mean over fake rows of the number of real balls they lie in / k; coverage = share of real balls with a fake row in them.
  The ball of a row that has k copies in its own set is empty: rows of few distinct values score 0 against themselves.

  Args:
    real: [N, D] finite features, more than k rows.
    fake: [M, D] finite features, more than k rows.
    k: neighbour that gives the radius.

  Returns:
    `precision`, `recall`, `coverage` in [0, 1]; `density` at least 0, near 1 for one distribution. All depend on N and M.

  Raises:
    InputError: k out of range, or features that are not finite, too few or of different widths.

  Source: Kynkaanniemi et al., Improved Precision and Recall Metric, 2019, equation 2; Naeem et al., Reliable Fidelity and Diversity
  Metrics, 2020, for density and coverage.
  """
  if k < 1:
    raise InputError(f'k: {k}, must be at least 1')
  real, fake = pair(real, fake, k + 1, ('real', 'fake'))
  radius = lambda x: nearest(x, x, k, exclude_self=True)[0][:, -1]
  radius_real = radius(real)
  in_real = within(fake, real, radius_real)
  return {
    'precision': float((in_real > 0).mean()),
    'recall': float((within(real, fake, radius(fake)) > 0).mean()),
    'density': float(in_real.mean() / k),
    'coverage': float((nearest(real, fake)[0][:, 0] < radius_real).mean()),
  }


def prdc_reference(train: Array, test: Array, fake: Array, k: int = 5) -> dict[str, dict[str, float]]:
  """`prdc` of fake rows against the train rows, beside what real rows that nobody trained on reach.

  Recall and coverage grow with the number of rows, so the larger of test and fake is thinned evenly to the size of the smaller.

  Args:
    train: [N, D] finite features of real rows.
    test: [T, D] finite features of other real rows.
    fake: [M, D] finite features of generated rows.
    k: neighbour that gives the radius.

  Returns:
    `fake` and `test`: what `prdc` gives for each against train.

  Raises:
    InputError: as `prdc`.
  """
  test, fake = pair(test, fake, k + 1, ('test', 'fake'))
  rows = min(len(test), len(fake))
  thin = lambda x: x[np.arange(rows) * len(x) // rows]
  return {'fake': prdc(train, thin(fake), k), 'test': prdc(train, thin(test), k)}
