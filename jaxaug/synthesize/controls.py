"""What a generator has to beat: ways to make more rows of a class without learning one."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata
from sklearn.covariance import ledoit_wolf

from jaxaug.types import InputError

Control = Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(random, rows [N, ...] float, label [N] int, wanted [M] int classes) -> [M, ...] rows of these classes."""


def _drawn(random: np.random.Generator, label: np.ndarray, wanted: np.ndarray) -> np.ndarray:
  """For each wanted class the number of a real row of it."""
  places = {k: np.flatnonzero(label == k) for k in np.unique(wanted)}
  for k, found in places.items():
    if not len(found):
      raise InputError(f'controls: class {k} has no real row to start from')
  return np.array([random.choice(places[k]) for k in wanted], int)


def oversampling(random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray) -> np.ndarray:
  """Copies of real rows.

  Args:
    random, rows, label, wanted: of a Control.

  Returns:
    [M, ...].
  """
  return rows[_drawn(random, label, wanted)]


def jitter(
  random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray, scale: float = 0.3
) -> np.ndarray:
  """Copies plus normal noise of `scale` deviations of each entry, kept in the range seen.

  Args:
    random, rows, label, wanted: of a Control.
    scale: in deviations of the training rows.

  Returns:
    [M, ...].
  """
  copies = rows[_drawn(random, label, wanted)]
  moved = copies + scale * rows.std(0)[None] * random.standard_normal(copies.shape)
  return np.clip(moved, rows.min(0)[None], rows.max(0)[None]).astype(rows.dtype)


def smote(
  random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray, neighbours: int = 5
) -> np.ndarray:
  """x_i + t (x_j - x_i), t ~ U(0, 1), x_j one of the nearest rows of the same class.

  Args:
    random, rows, label, wanted: of a Control.
    neighbours: k; fewer where the class has fewer.

  Returns:
    [M, ...].

  Source: Chawla et al., SMOTE: Synthetic Minority Over-sampling Technique, 2002.
  """
  chosen = _drawn(random, label, wanted)
  flat, made = rows.reshape(len(rows), -1), rows[chosen].copy()
  for k in np.unique(wanted):
    places = np.flatnonzero(label == k)
    near = min(neighbours, len(places) - 1)
    if not near:
      continue  # one row has no neighbour: a copy
    squares = np.square(flat[places][:, None] - flat[places][None]).sum(-1)
    nearest = places[np.argsort(squares, 1)[:, 1 : near + 1]]
    of_class = np.flatnonzero(wanted == k)
    other = nearest[np.searchsorted(places, chosen[of_class]), random.integers(near, size=len(of_class))]
    share = random.random((len(of_class), *[1] * (rows.ndim - 1))).astype(rows.dtype)
    made[of_class] += share * (rows[other] - made[of_class])
  return made


def gaussian(random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray) -> np.ndarray:
  """N(mean of the class, covariance within classes), the covariance pooled and shrunk, kept in the range seen.

  Args:
    random, rows, label, wanted: of a Control.

  Returns:
    [M, ...].

  Source: Ledoit and Wolf, A Well-Conditioned Estimator for Large-Dimensional Covariance Matrices, 2004.
  """
  flat = rows.reshape(len(rows), -1).astype(np.float64)
  means = {k: flat[label == k].mean(0) for k in np.unique(label)}
  _drawn(random, label, wanted)  # a class without rows is told
  covariance, _ = ledoit_wolf(flat - np.stack([means[k] for k in label]), assume_centered=True)
  noise = random.multivariate_normal(np.zeros(flat.shape[1]), covariance, len(wanted), method='eigh')
  made = np.clip(np.stack([means[k] for k in wanted]) + noise, flat.min(0)[None], flat.max(0)[None])
  return made.reshape(len(wanted), *rows.shape[1:]).astype(rows.dtype)


def copula(random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray) -> np.ndarray:
  """A Gaussian copula: marginals of the class, correlation of normal scores within classes, pooled and shrunk.

  x_j = F_kj^-1(Phi(z_j)), z ~ N(0, R), F_kj the class's empirical quantiles.

  Args:
    random, rows, label, wanted: of a Control.

  Returns:
    [M, ...].

  Source: Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, 2016, section III; shrinkage as in `gaussian`.
  """
  _drawn(random, label, wanted)  # a class without rows is told
  flat, scores = rows.reshape(len(rows), -1).astype(np.float64), []
  for k in np.unique(label):
    inside = flat[label == k]
    scores.append(ndtri((rankdata(inside, axis=0) - 0.5) / len(inside)))
  covariance, _ = ledoit_wolf(np.concatenate(scores), assume_centered=True)
  scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
  noise = random.multivariate_normal(np.zeros(len(scale)), covariance, len(wanted), method='eigh')
  uniform, made = ndtr(noise / scale[None]), np.empty((len(wanted), flat.shape[1]))
  for k in np.unique(wanted):
    inside, here = np.sort(flat[label == k], 0), wanted == k
    at = (np.arange(len(inside)) + 0.5) / len(inside)
    made[here] = np.stack([np.interp(u, at, column) for u, column in zip(uniform[here].T, inside.T)], 1)
  return made.reshape(len(wanted), *rows.shape[1:]).astype(rows.dtype)


def classic(random: np.random.Generator, rows: np.ndarray, label: np.ndarray, wanted: np.ndarray) -> np.ndarray:
  """What one does by hand: an image shifted by up to a pixel, a series scaled by N(1, .1^2) and shifted by up to two steps.

  Args:
    random, rows, label, wanted: of a Control; rows [N, H, W, C] or [N, T, C].

  Returns:
    [M, ...].

  Raises:
    InputError: rows of a table, for which there is no such thing.
  """
  copies = rows[_drawn(random, label, wanted)]
  if rows.ndim == 4:
    padded = np.pad(copies, ((0, 0), (1, 1), (1, 1), (0, 0)))
    down, across = random.integers(0, 3, (2, len(copies)))
    height, width = rows.shape[1:3]
    return np.stack([image[i : i + height, j : j + width] for image, i, j in zip(padded, down, across)])
  if rows.ndim == 3:
    factor = random.normal(1, 0.1, (len(copies), 1, rows.shape[2])).astype(rows.dtype)
    moves = random.integers(-2, 3, len(copies))
    at = np.clip(np.arange(rows.shape[1])[None] + moves[:, None], 0, rows.shape[1] - 1)
    return factor * np.take_along_axis(copies, at[..., None], 1)
  raise InputError('controls: classic augmentation is of images and series, these are rows of a table')


CONTROLS = {
  'oversampling': oversampling,
  'jitter': jitter,
  'smote': smote,
  'gaussian': gaussian,
  'copula': copula,
  'classic': classic,
}
