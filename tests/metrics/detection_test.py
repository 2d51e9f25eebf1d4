"""Detection metrics against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from jaxaug import metrics
from jaxaug.types import InputError

SCORES = st.lists(st.integers(0, 6), min_size=1, max_size=30)


@given(SCORES, SCORES)
def test_auroc_is_scikit_learns_ties_included(negative, positive):
  truth = [0] * len(negative) + [1] * len(positive)
  assert np.isclose(metrics.auroc(negative, positive), roc_auc_score(truth, negative + positive))


@given(SCORES, SCORES, st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_the_rate_is_the_highest_on_the_curve_within_the_allowance(negative, positive, share):
  truth = [0] * len(negative) + [1] * len(positive)
  false, true, _ = roc_curve(truth, negative + positive, drop_intermediate=False)
  assert np.isclose(metrics.true_positive_rate(negative, positive, share), true[false <= share + 1e-9].max())


def test_an_empty_side_and_a_bad_share_are_refused():
  with pytest.raises(InputError, match='0 of one kind'):
    metrics.auroc([], [1.0])
  with pytest.raises(InputError, match='false_positives: 1'):
    metrics.true_positive_rate([0.0], [1.0], 1.0)
