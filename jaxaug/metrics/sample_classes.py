"""What a classifier sees in generated samples: how sharp, how varied, and whether they are what they were asked to be."""

import numpy as np
from scipy.special import rel_entr

from jaxaug.metrics.classification import accuracy, classes, correct
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.types import Array, InputError


def _probabilities(value):
  value = np.asarray(value, np.float64)
  if value.ndim != 2 or value.shape[1] < 2 or not len(value):
    raise InputError(f'probabilities: {list(value.shape)}, must be [N, K], N at least 1 and K at least 2')
  if not (value >= 0).all() or not np.allclose(value.sum(1), 1, rtol=0, atol=1e-3):
    raise InputError('probabilities: rows must be at least 0 and sum to 1; are these logits?')
  return value


def inception_scores(probabilities: Array, splits: int = 10, permutation: Array | None = None) -> np.ndarray:
  """exp(mean over rows of KL(p(y | x) || p(y))) of each of several equal parts.

  Args:
    probabilities: [N, K], rows sum to 1.
    splits: parts; rows N i / splits to N (i + 1) / splits are part i.
    permutation: [N] order in which rows are dealt to the parts. None takes them as they are: rows that are sorted by class make each
      part look like one class.

  Returns:
    [splits] float64, each between 1 and K.

  Raises:
    InputError: no probabilities, no permutation, or fewer rows than parts.
  """
  p = _probabilities(probabilities)
  if not 1 <= splits <= len(p):
    raise InputError(f'splits: {splits}, must be between 1 and the {len(p)} rows')
  if permutation is not None:
    order = np.asarray(permutation)
    if not np.array_equal(np.sort(order), np.arange(len(p))):
      raise InputError(f'permutation: must hold each of 0 to {len(p) - 1} once')
    p = p[order]
  edges = len(p) * np.arange(splits + 1) // splits
  parts = [p[low:high] for low, high in zip(edges, edges[1:])]
  return np.array([np.exp(rel_entr(part, part.mean(0)).sum(1).mean()) for part in parts])


def inception_score(probabilities: Array, splits: int = 10, permutation: Array | None = None) -> float:
  """The mean of `inception_scores`; called so with Inception's probabilities only.

  Args:
    probabilities: [N, K], rows sum to 1.
    splits: equal parts.
    permutation: [N] order in which rows are dealt to the parts, or None.

  Returns:
    Between 1 (each sample alike, or none of any class) and K.

  Raises:
    InputError: no probabilities, no permutation, or fewer rows than parts.

  Source: Salimans et al., Improved Techniques for Training GANs, 2016, section 4.
  """
  return float(inception_scores(probabilities, splits, permutation).mean())


def class_coverage(predicted: Array, num_classes: int, least: float = 0.1) -> float:
  """Share of classes that are not (nearly) missing: at least `least` / K of the samples are taken for them.

  Args:
    predicted: [N] classes, or [N, K] probabilities of which the largest counts.
    num_classes: K.
    least: in (0, 1], share of the 1 / K that a class has when all are equally frequent.

  Returns:
    In [0, 1].

  Raises:
    InputError: no samples, classes outside 0 .. K - 1, or a share out of range.
  """
  if not 0 < least <= 1:
    raise InputError(f'least: {least} must be in (0, 1]')
  found = classes(predicted)
  if np.ndim(predicted) == 2 and np.shape(predicted)[1] != num_classes:
    raise InputError(f'predicted: {np.shape(predicted)[1]} classes, num_classes is {num_classes}')
  if not len(found) or found.min() < 0 or found.max() >= num_classes:
    raise InputError(f'predicted: {len(found)} rows, must be at least one, of classes 0 to {num_classes - 1}')
  share = np.bincount(found, minlength=num_classes) / len(found)
  return float((share >= least / num_classes - 1e-12).mean())


def label_agreement(labels: Array, probabilities: Array) -> dict[str, Interval | list[Interval]]:
  """How often a classifier takes a sample for the class that it was made as.

  Args:
    labels: [N] classes or [N, K] probabilities that the generator was given.
    probabilities: [N, K] of a classifier, or its logits; a row that is not finite disagrees.

  Returns:
    `overall`, and `per_class` [K]: shares with 95% Wilson intervals; (nan, 0, 1) for a class of which there are no rows.

  Raises:
    InputError: labels that do not fit.
  """
  right, asked = correct(probabilities, labels), classes(labels)
  of_class = [right[asked == k] for k in range(np.shape(probabilities)[1])]
  return {'overall': accuracy(probabilities, labels), 'per_class': [wilson(int(rows.sum()), len(rows)) for rows in of_class]}
