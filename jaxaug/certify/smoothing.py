"""Randomised smoothing: the class that a network gives to most noisy copies of an image, and a radius in which it stays."""

import zlib
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from scipy.stats import beta, norm
from tqdm import trange

from jaxaug.types import Array, InputError, Key

ABSTAIN = -1


def lower_bound(hits: Array, trials: int, alpha: float) -> np.ndarray:
  """Clopper-Pearson lower bound of a proportion, one-sided.

  Args:
    hits: int [...], 0 to trials.
    trials: at least 1.
    alpha: the bound is above the proportion with at most this probability, in (0, 1).

  Returns:
    float64 [...] in [0, 1): the alpha quantile of Beta(hits, trials - hits + 1).

  Source: Clopper and Pearson, The use of confidence or fiducial limits, 1934.
  """
  hits = np.asarray(hits)
  return np.where(hits > 0, beta.ppf(alpha, np.maximum(hits, 1), trials - hits + 1), 0.0)


def smoothed_radius(hits: Array, trials: int, sigma: float, alpha: float) -> np.ndarray:
  """L2 radius sigma Phi^-1(p) that `hits` of `trials` noisy copies of one class certify, p their lower bound; 0 up to p = 1/2.

  Args:
    hits: int [...], copies of the class.
    trials: copies.
    sigma: of the noise, pixel units.
    alpha: probability of a radius that is too large.

  Returns:
    float64 [...], at least 0.

  Source: Cohen, Rosenfeld and Kolter, Certified Adversarial Robustness via Randomized Smoothing, 2019, theorem 1 and section 3.2.2.
  """
  return sigma * np.maximum(norm.ppf(lower_bound(hits, trials, alpha)), 0.0)


def _counter(logits_fn: Callable[[Array], Array], sigma: float, trials: int, batch_size: int):
  """(key, image [H, W, C]) -> int32 [K], how many of `trials` noisy copies are given each class; the batches are dealt to the devices."""
  size = min(batch_size, trials)
  mesh = Mesh(np.array(jax.local_devices()), ('batch',))

  def count(key, image):
    def add(i, total):
      number = i * mesh.size + jax.lax.axis_index('batch')
      noisy = image[None] + sigma * jax.random.normal(jax.random.fold_in(key, number), (size, *image.shape), image.dtype)
      logits = logits_fn(noisy)
      counted = (number * size + jnp.arange(size) < trials) & jnp.isfinite(logits).all(-1)  # no number speaks for no class
      return total + jnp.bincount(jnp.where(counted, logits.argmax(-1), logits.shape[-1]), length=logits.shape[-1])

    classes = jax.eval_shape(logits_fn, image[None]).shape[-1]
    each = -(-trials // (size * mesh.size))
    return jax.lax.psum(jax.lax.fori_loop(0, each, add, jnp.zeros(classes, jnp.int32)), 'batch')

  whole = PartitionSpec()
  run = jax.jit(jax.shard_map(count, mesh=mesh, in_specs=whole, out_specs=whole, check_vma=False))
  return lambda *values: np.asarray(run(*jax.device_put(values, NamedSharding(mesh, whole))))


def smooth(
  logits_fn: Callable[[Array], Array],
  image: Array,
  *,
  sigma: float,
  n0: int = 100,
  n: int = 100_000,
  alpha: float = 0.001,
  key: Key,
  batch_size: int = 1000,
) -> tuple[np.ndarray, np.ndarray]:
  """Class and certified L2 radius of the smoothed classifier g(x) = the class most likely under noise.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; sees values outside [0, 1], as noise makes them.
    image: [H, W, C], or several [N, H, W, C], float.
    sigma: of the Gaussian noise, pixel units, above 0.
    n0: copies that choose the class.
    n: other copies that count how often it comes.
    alpha: probability, an image, of a radius that is too large.
    key: one key.
    batch_size: copies at a time on a device; the numbers depend on it, and not on how many devices there are.

  Returns:
    (prediction, radius): int [N], -1 where it abstains, and float64 [N] in pixel units, 0 there; without N for one image.

  Raises:
    InputError: sigma not above 0, n0 or n below 1, alpha outside (0, 1), an image of another shape or dtype, one class.

  Source: Cohen, Rosenfeld and Kolter, Certified Adversarial Robustness via Randomized Smoothing, 2019, `CERTIFY`.
  """
  image = jnp.asarray(image)
  if not sigma > 0 or n0 < 1 or n < 1 or not 0 < alpha < 1 or batch_size < 1:
    raise InputError(
      f'smooth: sigma {sigma} must be above 0, n0 {n0}, n {n} and batch_size {batch_size} at least 1, alpha {alpha} in (0, 1)'
    )
  if image.ndim not in (3, 4) or not jnp.issubdtype(image.dtype, jnp.floating):
    raise InputError(f'smooth.image: {image.dtype} {list(image.shape)}, must be float [H, W, C] or [N, H, W, C]')
  images = image[None] if image.ndim == 3 else image
  if jax.eval_shape(logits_fn, images[:1]).shape[-1] < 2:
    raise InputError('smooth.logits_fn: gives 1 class, needs 2')
  choose, count = (_counter(logits_fn, sigma, trials, batch_size) for trials in (n0, n))
  predictions, radii = [], []
  for index in trange(len(images), desc='smoothing', leave=False, disable=None):
    mark = np.uint32(zlib.crc32(np.asarray(images[index]).tobytes()))  # an image's noise is its own, in any order and batch
    key_choose, key_count = jax.random.split(jax.random.fold_in(key, mark))
    chosen = choose(key_choose, images[index]).argmax()
    hits = count(key_count, images[index])[chosen]
    sure = lower_bound(hits, n, alpha) > 0.5
    predictions.append(chosen if sure else ABSTAIN)
    radii.append(smoothed_radius(hits, n, sigma, alpha) if sure else 0.0)
  prediction, radius = np.array(predictions), np.array(radii)
  return (prediction, radius) if image.ndim == 4 else (prediction[0], radius[0])
