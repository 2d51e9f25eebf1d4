"""What a classifier sees in samples: stored reference values, closed forms, counts."""

import numpy as np
import pytest

from jaxaug.metrics import class_coverage, inception_score, inception_scores, label_agreement, wilson
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def stored(root):
  with np.load(root / 'tests' / 'golden' / 'fidelity_reference.npz', allow_pickle=False) as file:
    return dict(file)


def test_inception_score_is_the_stored_one(stored):
  p, order = stored['isc_probabilities'], stored['isc_permutation']
  assert inception_score(p, 1) == pytest.approx(stored['isc_one_split'], rel=1e-9)
  values = inception_scores(p, 10, order)
  np.testing.assert_allclose(values, stored['isc_split_values'], rtol=1e-9)
  assert values.std() == pytest.approx(stored['isc_std'], rel=1e-9)
  assert inception_score(p, permutation=order) == pytest.approx(stored['isc_mean'], rel=1e-9)
  assert inception_score(p[order]) == inception_score(p, permutation=order) != inception_score(p)


def test_inception_score_is_between_one_and_the_number_of_classes():
  sharp = np.eye(4)[np.arange(40) % 4]
  assert inception_score(sharp, 5) == pytest.approx(4) and inception_score(np.full((40, 4), 0.25), 5) == pytest.approx(1)
  assert inception_score(sharp[np.argsort(sharp.argmax(1), kind='stable')], 4) == pytest.approx(1)  # sorted by class
  p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
  marginal = p.mean(0)
  closed = np.exp(np.mean([sum(x * np.log(x / m) for x, m in zip(row, marginal)) for row in p]))
  assert inception_score(p, 1) == pytest.approx(closed, rel=1e-12)


def test_splits_share_the_rows_that_do_not_divide():
  p = np.random.default_rng(0).dirichlet(np.ones(3), 11)
  parts = [inception_score(p[low:high], 1) for low, high in ((0, 2), (2, 5), (5, 8), (8, 11))]
  np.testing.assert_allclose(inception_scores(p, 4), parts)


@pytest.mark.parametrize(
  'p, arguments, words',
  (
    (np.zeros((0, 3)), {}, 'N at least 1'),
    (np.ones(3), {}, 'must be .N, K.'),
    (np.full((20, 2), 0.7), {}, 'sum to 1'),
    (np.tile([1.5, -0.5], (20, 1)), {}, 'at least 0'),
    (np.full((20, 2), np.nan), {}, 'at least 0'),
    (np.full((9, 2), 0.5), {}, 'splits: 10, must be between 1 and the 9'),
    (np.full((20, 2), 0.5), {'splits': 0}, 'splits: 0'),
    (np.full((20, 2), 0.5), {'permutation': np.zeros(20, int)}, 'permutation: must hold each'),
    (np.full((20, 2), 0.5), {'permutation': np.arange(19)}, 'permutation: must hold each'),
  ),
)
def test_what_are_no_probabilities_is_refused(p, arguments, words):
  for score in (inception_score, inception_scores):
    with pytest.raises(InputError, match=words):
      score(p, **arguments)


def test_class_coverage_counts_classes_with_enough_samples():
  predicted = np.repeat([0, 1, 2], (97, 2, 1))
  assert class_coverage(predicted, 4) == 0.25  # a tenth of a quarter is 2.5 of these 100
  assert class_coverage(predicted, 4, least=0.08) == 0.5 and class_coverage(predicted, 4, least=0.01) == 0.75
  assert class_coverage(np.eye(4)[predicted], 4, least=0.08) == 0.5
  assert class_coverage(np.arange(30) % 10, 10, least=1) == 1 and class_coverage(np.zeros(5, int), 10) == 0.1


def test_class_coverage_refuses_what_it_cannot_count():
  for predicted, classes, words in (
    ([0, 4], 4, 'classes 0 to 3'),
    ([-1], 4, 'classes'),
    ([], 4, '0 rows'),
    (np.eye(3), 4, '3 classes'),
  ):
    with pytest.raises(InputError, match=words):
      class_coverage(np.asarray(predicted, np.float64 if np.ndim(predicted) == 2 else int), classes)
  for least in (0, 1.5):
    with pytest.raises(InputError, match='least'):
      class_coverage([0, 1], 2, least)


def test_label_agreement_is_wilson_of_each_class():
  labels = np.repeat([0, 1], (10, 5))
  p = np.eye(3)[np.concatenate([np.zeros(7, int), np.full(3, 2), np.ones(5, int)])]
  found = label_agreement(labels, p)
  assert found['overall'] == wilson(12, 15) and found['per_class'][:2] == [wilson(7, 10), wilson(5, 5)]
  assert np.isnan(found['per_class'][2].value) and found['per_class'][2][1:] == (0, 1)
  assert label_agreement(np.eye(3)[labels], p)['overall'] == found['overall']
  p[0] = np.nan
  assert label_agreement(labels, p)['overall'] == wilson(11, 15)
  with pytest.raises(InputError, match='15 rows against 3'):
    label_agreement(labels, np.eye(3))
