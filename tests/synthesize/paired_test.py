"""The verdict's statistics: closed forms, and that it can say yes, no and worse."""

import numpy as np
import pytest
from scipy import stats

from jaxaug.synthesize.paired import compare, holm, paired, score
from jaxaug.types import InputError


def test_scores():
  label = np.array([[0, 0, 0, 1], [0, 1, 1, 1]])
  answer = np.array([[0, 0, 1, 1], [0, 1, 1, 0]])
  np.testing.assert_allclose(score(answer, label, 'accuracy'), [0.75, 0.75])
  np.testing.assert_allclose(score(answer, label, 'recall', [[1], [0]]), [1, 1])
  np.testing.assert_allclose(score(answer, label, 'balanced_accuracy'), [(2 / 3 + 1) / 2, (1 + 2 / 3) / 2])
  with pytest.raises(InputError, match='retrain.classes: names no class'):
    score(answer, label, 'recall')
  with pytest.raises(InputError, match='seed 1 has no test row of a class'):
    score(answer, label, 'recall', [[1], [2]])
  with pytest.raises(InputError, match="retrain.metric: 'f1'"):
    score(answer, label, 'f1')


def test_holm_is_the_textbook_example():
  np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
  np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])


def test_paired_is_the_t_test():
  a, b = np.random.default_rng(0).normal(size=(2, 10))
  found, expected = paired(a, b), stats.ttest_rel(a, b)
  interval = expected.confidence_interval()
  np.testing.assert_allclose([found['p_value'], found['low'], found['high']], [expected.pvalue, interval.low, interval.high])
  assert paired(a, a)['p_value'] == 1 and paired(a + 1, a)['p_value'] == 2.0 ** (1 - len(a))


def test_it_can_say_yes_and_no_and_worse():
  random = np.random.default_rng(0)
  base = random.normal(0.5, 0.02, 20)
  arms = lambda shift: {
    'real only': base,
    'smote': base + 0.1,
    'jitter': base + 0.02,
    'synthetic': base + shift + random.normal(0, 0.01, 20),
  }
  found = compare({('a', '10%'): arms(0.2), ('b', '10%'): arms(0.1), ('c', '10%'): arms(0.05)})
  assert [row['says'] for row in found['rows']] == ['helps', 'does not help', 'does not help']
  assert all(row['best_control'] == 'smote' for row in found['rows']) and found['says'] == 'helps'
  assert compare({('a', '10%'): arms(-0.1)})['says'] == 'hurts'
  assert compare({('a', '10%'): arms(-0.1), ('b', '1%'): arms(0.2)})['says'] == 'helps some learners and hurts others'


def test_rows_without_real_ones_are_no_control():
  base = np.array([0.5, 0.6, 0.55])
  arms = {'real only': base, 'synthetic': base + 0.1, 'synthetic alone': base + 0.3, 'ungated alone': base + 0.2}
  (row,) = compare({('a', '50%'): arms})['rows']
  assert row['best_control'] == 'real only' and list(row['arms']) == list(arms)


def test_chance_alone_is_seldom_help():
  """Twenty comparisons of the same thing, five of them a family: at most one family in twenty says anything."""
  random, loud = np.random.default_rng(0), 0
  for _ in range(100):
    rows = {}
    for n in range(5):
      real, control, ours = random.normal(size=(3, 10))
      rows[str(n), '10%'] = {'real only': real, 'smote': control, 'synthetic': ours}
    loud += compare(rows)['says'] != 'does not help'
  assert loud <= 12


def test_one_seed_is_no_verdict():
  with pytest.raises(InputError, match='at least two seeds'):
    compare({('a', '1%'): {'real only': np.ones(1), 'synthetic': np.ones(1)}})
