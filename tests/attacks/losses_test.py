"""Losses of attacks are their formulas."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jaxaug.attacks import LOSSES, cross_entropy, dlr, margin, targeted_dlr
from jaxaug.types import InputError

LOGITS = hnp.arrays(np.float32, (4, 3), elements=st.floats(-30, 30, width=32))
CLASSES = hnp.arrays(np.int64, 4, elements=st.integers(0, 2))
SOFT = np.random.default_rng(0).dirichlet((1, 1, 1), 4).astype(np.float32)


def one_hot(classes, count=3):
  return np.eye(count, dtype=np.float32)[classes]


@given(LOGITS, st.sampled_from((SOFT, one_hot([0, 1, 2, 1]))))
def test_cross_entropy_is_minus_label_times_log_softmax(logits, label):
  exact = np.float64(logits)
  log_p = exact - np.logaddexp.reduce(exact, -1, keepdims=True)
  value = cross_entropy(logits, label)
  np.testing.assert_allclose(value, -(label * log_p).sum(-1), rtol=1e-4, atol=1e-4)
  assert value.shape == (4,) and (value >= 0).all()


@given(LOGITS, CLASSES)
def test_margin_is_the_best_other_logit_minus_the_own(logits, classes):
  naive = [max(logits[i, k] for k in range(3) if k != y) - logits[i, y] for i, y in enumerate(classes)]
  np.testing.assert_array_equal(margin(logits, one_hot(classes)), np.float32(naive))


@given(hnp.arrays(np.float32, (4, 3), elements=st.integers(-4, 4).map(float)), CLASSES)
def test_margin_is_positive_exactly_where_the_row_is_misclassified(logits, classes):
  value = np.asarray(margin(logits, one_hot(classes)))
  tied = value == 0
  assert ((value > 0) == (logits.argmax(-1) != classes))[~tied].all()
  assert (logits.max(-1) == logits[np.arange(4), classes])[tied].all()


def test_margin_reads_the_most_likely_class_of_a_soft_label():
  label = np.float32([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
  np.testing.assert_array_equal(margin(np.float32([[1, 2, 5], [1, 2, 5]]), label), [3, 4])


def test_margins_gradient_is_one_up_one_down():
  gradient = jax.grad(lambda logits: margin(logits, one_hot([1, 2])).sum())(np.float32([[1, 2, 5], [1, 2, 5]]))
  np.testing.assert_array_equal(gradient, [[0, -1, 1], [0, 1, -1]])


@pytest.mark.parametrize('name', LOSSES)
def test_losses_by_name_are_worse_for_worse_logits(name):
  low, high = LOSSES[name](np.float32([[5, 0, 0], [0, 5, 0]]), one_hot([0, 0]))
  assert low < high


def test_dlr_is_the_formula_and_does_not_see_the_scale():
  logits = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
  own, target = np.arange(50) % 6, (np.arange(50) + 1) % 6
  ordered = -np.sort(-logits)
  others = np.where(np.arange(6) == own[:, None], -np.inf, logits).max(-1)
  at = lambda index: logits[np.arange(50), index]
  plain = -(at(own) - others) / (ordered[:, 0] - ordered[:, 2])
  towards = -(at(own) - at(target)) / (ordered[:, 0] - (ordered[:, 2] + ordered[:, 3]) / 2)
  for scale in (1, 100):
    np.testing.assert_allclose(dlr(scale * logits, one_hot(own, 6)), plain, rtol=2e-5)
    np.testing.assert_allclose(targeted_dlr(scale * logits, one_hot(own, 6), target), towards, rtol=2e-5)


def test_too_few_classes_are_named():
  logits = np.zeros((2, 3), np.float32)
  with pytest.raises(InputError, match='dlr: 2 classes'):
    dlr(logits[:, :2], logits[:, :2])
  with pytest.raises(InputError, match='targeted_dlr: 3 classes'):
    targeted_dlr(logits, logits, np.zeros(2, int))
