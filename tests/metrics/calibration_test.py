"""Calibration: scikit-learn, naive loops and closed forms."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import softmax
from sklearn.metrics import log_loss

from jaxaug.metrics import brier, calibration, nll, reliability
from jaxaug.types import InputError

LOGITS = hnp.arrays(np.float32, (20, 3), elements=st.floats(-9, 9, width=32))
LABELS = hnp.arrays(np.int64, 20, elements=st.integers(0, 2))


def naive(logits, label, bins):
  """(ece, count) one row and one bin at a time."""
  p = softmax(np.float64(logits), -1)
  ece, count = 0.0, []
  for low, high in zip(np.linspace(0, 1, bins + 1), np.linspace(0, 1, bins + 1)[1:]):
    rows = [i for i in range(len(p)) if low < p[i].max() <= high]
    count.append(len(rows))
    if rows:
      gap = np.mean([p[i].argmax() == label[i] for i in rows]) - np.mean([p[i].max() for i in rows])
      ece += len(rows) / len(p) * abs(gap)
  return ece, count


@given(LOGITS, LABELS, st.sampled_from((1, 7, 15)))
def test_ece_is_the_naive_loops(logits, label, bins):
  logits = logits + np.arange(3, dtype=np.float32) / 64  # tells equal logits apart: which one wins a tie is not the point
  assume((np.diff(np.sort(logits), axis=-1) > 1e-4).all())
  table = calibration(logits, label, bins)
  ece, count = naive(logits, label, bins)
  assert table['ece'] == pytest.approx(ece, abs=1e-9) and table['reliability']['count'].tolist() == count


@given(LOGITS, LABELS)
def test_nll_and_brier_are_scikit_learns_and_the_formula(logits, label):
  p = softmax(np.float64(logits), -1)
  assert nll(logits, label) == pytest.approx(log_loss(label, p, labels=range(3)), rel=1e-6, abs=1e-9)
  squares = sum((p[i, k] - (label[i] == k)) ** 2 for i in range(20) for k in range(3)) / 20
  assert brier(logits, label) == pytest.approx(squares, abs=1e-12)
  both, one_hot = calibration(logits, label), np.eye(3)[label]
  assert both['nll'] == nll(logits, label) == nll(logits, one_hot)
  assert both['brier'] == brier(logits, label) == brier(logits, one_hot)


def test_right_and_certain_is_0_wrong_and_certain_is_the_maximum():
  logits = 800 * np.eye(4)
  perfect, worst = calibration(logits, np.arange(4)), calibration(logits, np.arange(4) ^ 1)
  assert perfect['ece'] == perfect['nll'] == perfect['brier'] == 0
  assert (worst['ece'], worst['nll'], worst['brier']) == (1, 800, 2)


def test_uniform_is_log_k_and_calibrated_when_right_one_time_in_k():
  table = calibration(np.zeros((8, 4)), np.arange(8) % 4)
  np.testing.assert_allclose([table[name] for name in ('nll', 'brier', 'ece')], [np.log(4), 0.75, 0], atol=1e-12)


def test_the_table_has_closed_upper_edges_and_nan_where_nothing_is():
  table = reliability(np.log([[0.5, 0.5 - 1e-9], [0.75, 0.25], [0.9, 0.1]]), [0, 1, 0], 4)
  assert table['low'].tolist() == [0, 0.25, 0.5, 0.75] and table['high'].tolist() == [0.25, 0.5, 0.75, 1]
  assert table['count'].sum() == 3 and table['count'][:1] == 0 and table['count'][3] == 1
  assert np.isnan(table['accuracy'][0]) and np.isnan(table['confidence'][0])
  np.testing.assert_allclose([table['accuracy'][3], table['confidence'][3]], [1, 0.9])
  certain = reliability(np.zeros((4, 2)), [0, 0, 0, 1], 2)  # a confidence of exactly .5 belongs to (0, .5]
  assert certain['count'].tolist() == [4, 0] and certain['accuracy'][0] == 0.75


@pytest.mark.parametrize('label', ([0, 1, 3], [-1, 0, 1], [0, 1]))
def test_calibration_refuses_labels_that_do_not_fit(label):
  with pytest.raises(InputError):
    calibration(np.eye(3), label)


@pytest.mark.parametrize('metric', (nll, brier))
@pytest.mark.parametrize('label', ([0, 1, 3], [-1, 0, 1]))
def test_scores_refuse_labels_that_do_not_fit(metric, label):
  with pytest.raises(InputError):
    metric(np.eye(3), label)


def test_a_nan_does_not_hide_the_rest_of_its_bin():
  logits, label = np.tile([9.0, 0.0], (100, 1)), np.ones(100, int)
  assert calibration(logits, label)['ece'] > 0.99
  logits[0] = np.nan
  ece = calibration(logits, label)['ece']
  assert np.isnan(ece) or ece > 0.9
