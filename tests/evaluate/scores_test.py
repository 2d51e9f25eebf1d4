"""Numbers of a report."""

import numpy as np

from jaxaug.evaluate import clean_scores, comparisons, table

RIGHT = {'b': {'clean': np.array([1, 1, 0, 1], bool)}, 'a': {'clean': np.array([0, 1, 0, 0], bool)}}


def test_differences_are_paired_and_signed():
  (row,) = comparisons(RIGHT, 'a')
  assert (row['arm'], row['against'], row['only_a'], row['only_b']) == ('b', 'a', 2, 0)
  assert row['difference']['value'] == 0.5 and row['p_value'] == 0.5
  (row,) = comparisons(RIGHT, 'b')
  assert row['difference']['value'] == -0.5


def test_the_table_shows_every_arm_and_difference():
  logits, label = np.eye(4, 3) * 5, np.eye(4, 3)
  scores = {'clean': clean_scores(logits, label)}
  text = table({'arms': {'a': scores, 'b': scores}, 'comparisons': comparisons(RIGHT, 'a')})
  assert '100.0% [51.0, 100.0]' in text and 'clean accuracy, b - a: +50.0 points' in text
  assert np.trace(scores['clean']['confusion']) == 4
