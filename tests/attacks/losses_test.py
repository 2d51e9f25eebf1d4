"""Losses of attacks are their formulas."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jaxaug.attacks import LOSSES, cross_entropy, margin

LOGITS = hnp.arrays(np.float32, (4, 3), elements=st.floats(-30, 30, width=32))
CLASSES = hnp.arrays(np.int64, 4, elements=st.integers(0, 2))
SOFT = np.random.default_rng(0).dirichlet((1, 1, 1), 4).astype(np.float32)


def one_hot(classes):
  return np.eye(3, dtype=np.float32)[classes]


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


@pytest.mark.parametrize('name', ('cross_entropy', 'margin'))
def test_losses_by_name_are_worse_for_worse_logits(name):
  low, high = LOSSES[name](np.float32([[5, 0, 0], [0, 5, 0]]), one_hot([0, 0]))
  assert low < high and set(LOSSES) == {'cross_entropy', 'margin'}
