"""Counting: scikit-learn's numbers, and what cannot be counted is refused."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import accuracy_score, confusion_matrix

from jaxaug.metrics import accuracy, classes, confusion, correct, wilson
from jaxaug.types import InputError

LOGITS = hnp.arrays(np.float32, (12, 4), elements=st.floats(-9, 9, width=32))
LABELS = hnp.arrays(np.int64, 12, elements=st.integers(0, 3))
NAN = np.float32([[0, np.nan, 1], [5, 0, 0], [0, np.inf, 0], [0, -np.inf, 5]])


@given(LOGITS, LABELS)
def test_accuracy_and_confusion_are_scikit_learns(logits, label):
  predicted = logits.argmax(-1)
  assert accuracy(logits, label).value == pytest.approx(accuracy_score(label, predicted))
  assert accuracy(logits, label) == wilson((predicted == label).sum(), 12)
  counts = confusion(logits, label)
  np.testing.assert_array_equal(counts, confusion_matrix(label, predicted, labels=range(4)))
  assert counts.dtype == np.int64 and np.trace(counts) == correct(logits, label).sum()


@given(LOGITS, LABELS)
def test_probabilities_count_as_their_largest_entry(logits, label):
  soft = np.eye(4)[label] * 0.6 + 0.1
  assert (classes(soft) == label).all() and (classes(label) == label).all()
  for metric in (correct, confusion):
    assert (metric(logits, soft) == metric(logits, label)).all()
  assert (correct(jnp.asarray(logits), jnp.asarray(soft)) == correct(logits, label)).all()


def test_perfect_worst_and_empty():
  assert accuracy(np.eye(5), np.arange(5)).value == 1 and accuracy(np.eye(5), np.arange(5)[::-1]).value == 0.2
  assert not correct(-np.eye(5), np.arange(5)).any()
  assert np.isnan(accuracy(np.zeros((0, 3)), np.zeros(0, int)).value)


def test_a_row_with_a_logit_that_is_not_finite_is_wrong():
  assert correct(NAN, [1, 0, 1, 2]).tolist() == [False, True, False, False]
  assert accuracy(NAN, [1, 0, 1, 2]).value == 0.25


def test_a_row_that_is_wrong_is_off_the_diagonal():
  assert np.trace(confusion(NAN, [1, 0, 1, 2])) == correct(NAN, [1, 0, 1, 2]).sum()


@pytest.mark.parametrize(
  'label, words',
  (
    ([0, 1, 3], 'classes 0 to 3'),
    ([-1, 0, 1], 'classes -1 to 1'),
    ([0, 1], '2 rows against 3'),
    ([[0], [1], [2]], 'must be .N. classes or'),
    (np.eye(3, 5), '5 classes against 3'),
    (np.full((3, 3), np.nan), 'NaN'),
  ),
)
def test_labels_that_do_not_fit_are_refused(label, words):
  for metric in (correct, accuracy):
    with pytest.raises(InputError, match=words):
      metric(np.eye(3), label)


@pytest.mark.parametrize('label', ([0, 1, 3], [-1, 0, 1], [0, 1]))
def test_confusion_refuses_labels_that_do_not_fit(label):
  with pytest.raises(InputError):
    confusion(np.eye(3), label)
