"""Whether adversarial images can be told from clean ones, by an attack that does not know that it is watched for."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import metrics, ops
from jaxaug.attacks import example_keys
from jaxaug.types import Array, Batch, InputError, Key, fill

DEFAULTS = dict(
  examples=1000,  # of the split, from its start; 0 is all
  fit=2000,  # training images that the Mahalanobis distance is fitted on
  bits=3,  # of feature squeezing
  window=3,  # of its median filter
  neighbours=8,  # of the local Lipschitz estimate
  radius=0.02,  # of those neighbours, Linf
)

Score = Callable[[Key, Batch], Array]
"""(key, batch) -> [B], higher for what looks adversarial."""


def detection_settings(section: Mapping) -> dict:
  """The section `evaluate.detection`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, a number out of range.
  """
  settings = fill(section, DEFAULTS, 'evaluate.detection')
  for field, least in (('examples', 0), ('fit', 2), ('bits', 1), ('window', 1), ('neighbours', 1)):
    if settings[field] < least:
      raise InputError(f'evaluate.detection.{field}: {settings[field]} must be at least {least}')
  if settings['bits'] > 8 or settings['window'] % 2 == 0:
    raise InputError(
      f'evaluate.detection: bits {settings["bits"]} must be at most 8, window {settings["window"]} an odd number'
    )
  if not settings['radius'] > 0:
    raise InputError(f'evaluate.detection.radius: {settings["radius"]} must be above 0')
  return settings


def feature_squeezing(logits_fn: Callable[[Array], Array], bits: int, window: int) -> Score:
  """max over squeezers s of |softmax f(x) - softmax f(s(x))|_1, s fewer bits or a median filter

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    bits: that are kept.
    window: side of the median filter.

  Returns:
    Score.

  Source: Xu, Evans and Qi, Feature Squeezing: Detecting Adversarial Examples in Deep Neural Networks, 2018, section 5.
  """
  squeezers = (lambda image: ops.posterize(image, bits), lambda image: ops.median(image, window))
  answer = lambda image: jax.nn.softmax(logits_fn(image))

  def score(key: Key, batch: Batch) -> Array:
    plain = answer(batch['image'])
    return jnp.stack([jnp.abs(plain - answer(jax.vmap(s)(batch['image']))).sum(-1) for s in squeezers]).max(0)

  return score


def softmax_score(logits_fn: Callable[[Array], Array]) -> Score:
  """-max_k softmax f(x)_k

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].

  Returns:
    Score.

  Source: Hendrycks and Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks, 2017.
  """
  return lambda key, batch: -jax.nn.softmax(logits_fn(batch['image'])).max(-1)


def energy_score(logits_fn: Callable[[Array], Array]) -> Score:
  """-log sum_k exp f(x)_k

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].

  Returns:
    Score.

  Source: Liu et al., Energy-based Out-of-distribution Detection, 2020.
  """
  return lambda key, batch: -jax.nn.logsumexp(logits_fn(batch['image']), -1)


def local_lipschitz(logits_fn: Callable[[Array], Array], neighbours: int, radius: float) -> Score:
  """max over random neighbours x + d, |d|_inf <= radius, of |f(x + d) - f(x)|_1 / |d|_inf

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    neighbours: random ones an image.
    radius: of their box, pixel units.

  Returns:
    Score.

  Source: Yang et al., A Closer Look at Accuracy vs. Robustness, 2020, with random neighbours in place of the worst.
  """

  def score(key: Key, batch: Batch) -> Array:
    image, plain = batch['image'], logits_fn(batch['image'])

    def one(_, number):
      keys = jax.vmap(lambda k: jax.random.fold_in(k, number))(example_keys(key, batch))
      change = jax.vmap(lambda k: jax.random.uniform(k, image.shape[1:], image.dtype, -radius, radius))(keys)
      reach = jnp.abs(change).max(tuple(range(1, image.ndim)))
      return _, jnp.abs(logits_fn(image + change) - plain).sum(-1) / reach

    return jax.lax.scan(one, None, jnp.arange(neighbours))[1].max(0)

  return score


def mahalanobis(features_fn: Callable[[Array], Array], features: Array, label: Array) -> Score:
  """min_k (h(x) - m_k)' S^-1 (h(x) - m_k), m_k the mean of class k and S the covariance that all classes share

  Args:
    features_fn: image [B, H, W, C] -> h [B, D].
    features: [N, D] of training images.
    label: [N, K] probabilities.

  Returns:
    Score.

  Source: Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks, 2018.
  """
  features, own = np.asarray(features, np.float64), np.asarray(label).argmax(-1)
  means = np.stack([features[own == k].mean(0) for k in np.unique(own)])
  apart = features - means[np.searchsorted(np.unique(own), own)]
  precision = np.linalg.pinv(apart.T @ apart / len(apart), rcond=1e-6, hermitian=True).astype(np.float32)
  means = means.astype(np.float32)

  def score(key: Key, batch: Batch) -> Array:
    apart = features_fn(batch['image'])[:, None] - means[None]
    return jnp.einsum('bki,ij,bkj->bk', apart, precision, apart).min(-1)

  return score


def detection_scores(clean: Mapping[str, np.ndarray], attacked: Mapping[str, np.ndarray], fooled: np.ndarray) -> dict:
  """AUROC and true positive rate at 1% false ones of each detector: clean images against those that fool the network.

  Args:
    clean: {detector: [N] scores} of clean images.
    attacked: the same of the images under attack.
    fooled: [N] bool, right as they are and wrong under attack.

  Returns:
    `clean` and `adversarial` numbers of images, `detectors` {name: {'auroc', 'tpr'}}; None in their place where nothing was fooled.
  """
  found = {'clean': len(fooled), 'adversarial': int(fooled.sum()), 'detectors': {}}
  for name in clean:
    both = (clean[name], attacked[name][fooled])
    found['detectors'][name] = (
      {'auroc': metrics.auroc(*both), 'tpr': metrics.true_positive_rate(*both)}
      if fooled.any()
      else {'auroc': None, 'tpr': None}
    )
  return found
