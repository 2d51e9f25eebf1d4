"""Distances to decision boundaries on a linear model, where they are formulas."""

import numpy as np
import pytest

from jaxaug.attacks.boundary import boundary_to, nearest_boundary

RNG = np.random.default_rng(0)
WEIGHTS = np.float32(RNG.normal(size=(9, 5)))
IMAGE = RNG.random((7, 3, 3, 1), np.float32)
LABEL = np.arange(7, dtype=np.int32) % 5
DUAL = {'linf': lambda w: np.abs(w).sum(0), 'l2': lambda w: np.sqrt((w**2).sum(0)), 'l1': lambda w: np.abs(w).max(0)}


def logits_fn(image):
  return image.reshape(len(image), -1) @ WEIGHTS


def test_the_boundary_to_a_class_is_the_difference_of_logits():
  other = (LABEL + 2) % 5
  value, gradient = boundary_to(logits_fn, IMAGE, LABEL, other)
  logits = np.asarray(logits_fn(IMAGE))
  np.testing.assert_allclose(value, logits[np.arange(7), other] - logits[np.arange(7), LABEL], atol=1e-6)
  np.testing.assert_allclose(gradient.reshape(7, 9), (WEIGHTS[:, other] - WEIGHTS[:, LABEL]).T, atol=1e-6)


@pytest.mark.parametrize('norm', DUAL)
def test_the_nearest_one_is_at_the_smallest_distance(norm):
  value, gradient = nearest_boundary(logits_fn, IMAGE, LABEL, 5, norm)
  logits = np.asarray(logits_fn(IMAGE))
  for i, own in enumerate(LABEL):
    gaps, apart = np.abs(logits[i] - logits[i, own]), DUAL[norm](WEIGHTS - WEIGHTS[:, own : own + 1])
    away = np.where(np.arange(5) == own, np.inf, gaps / np.maximum(apart, 1e-12))
    np.testing.assert_allclose(abs(value[i]) / DUAL[norm](np.asarray(gradient[i]).reshape(9, 1)), away.min(), rtol=1e-5)
