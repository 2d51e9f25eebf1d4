"""Stages: test examples never reach fit or gate, funnels add up, rows are taken as wanted."""

import numpy as np
import pytest

from jaxaug.synthesize import stages
from jaxaug.synthesize.gate import DEFAULTS, REASONS


@pytest.fixture(scope='module')
def parts():
  found, about = stages.split(
    dict(source='digits', test=0.5, validation=0.0, per_class=12), dict(count=4, classes=('8', '3')), 2
  )
  return found, about


def test_split_is_of_floats_and_seeds_differ(parts):
  found, about = parts
  assert found['train_rows'].shape == (2, 112, 8, 8, 1) and found['train_rows'].max() == 1 and about['kind'] == 'image'
  assert (np.bincount(found['train_label'][0]) == [12] * 8 + [4, 12]).all() and about['rare'] == [8, 3]
  assert (np.bincount(found['train_label'][1]) == [12] * 3 + [4] + [12] * 6).all()
  assert set(found['train_id'][0]) != set(found['train_id'][1])
  assert not set(found['train_id'][0]) & set(found['test_id'][0])


def test_a_test_example_in_the_gate_is_an_error(parts):
  found, _ = parts
  leaked = {**found, 'test_id': found['train_id'][:, :3]}
  with pytest.raises(AssertionError, match='gate: 3 test examples would be seen'):
    stages.calibrations(leaked, {}, 0)


def test_the_funnel_counts_each_row_once():
  refused = np.zeros((2, 5, len(REASONS)), bool)
  refused[0, 0, [1, 3]] = True
  refused[1, 2, 5] = True
  found = stages.passed(refused)
  assert found['drawn'] == 10 and found['accepted'] == 8 and found['pass_rate'] == 0.8
  assert found['out of range'] == 1 and found['exact copy'] == 0 and found['off class'] == 1
  assert sum(found[reason] for reason in REASONS) + found['accepted'] == found['drawn']


def test_rows_are_taken_a_class_at_a_time():
  asked, allowed = np.array([0, 1, 0, 1, 1, 0]), np.array([1, 1, 0, 0, 1, 1], bool)
  assert stages.take(asked, np.array([1, 5]), allowed).tolist() == [0, 1, 4]
  assert stages.take(asked, np.array([0, 0]), allowed).tolist() == []


def test_retraining_adds_what_each_arm_brings(parts):
  found, _ = parts
  nothing = found['train_rows'][0][:0], found['train_label'][0][:0]
  more = found['test_rows'][0], found['test_label'][0]  # to see that it is used: what it is asked about
  answers = stages.retrain(found, 0, {'real only': nothing, 'class weights': nothing, 'more': more}, ('logistic',), 0)
  right = (answers[:, 0] == found['test_label'][0]).mean(1)
  assert (
    answers.shape == (3, 1, len(found['test_label'][0])) and right[2] > 0.99 > right[0] and (answers[0] != answers[1]).any()
  )


def test_an_arm_alone_sees_no_real_row_and_answers_nothing_without_two_classes(parts):
  found, _ = parts
  chosen = found['test_label'][0] == 3
  more = found['test_rows'][0][chosen], found['test_label'][0][chosen]
  both = tuple(np.concatenate([a, b[:5]]) for a, b in zip(more, (found['test_rows'][0], np.full(5, 7))))
  answers = stages.retrain(found, 0, {'synthetic alone': both, 'ungated alone': more}, ('logistic',), 0)[:, 0]
  assert set(answers[0]) == {3, 7} and set(answers[1]) == {-1}


def test_windows_keep_which_series_they_are_of_and_the_gate_is_told():
  section = dict(source='tones', per_class=6, window=256, stride=256, validation=0.0)
  found, _ = stages.split(section, dict(count=0, classes=()), 2)
  assert found['train_group'].shape == found['train_label'].shape
  assert (np.unique(found['train_group'][0], return_counts=True)[1] == 4).all()
  settings = {**DEFAULTS, 'refused': 0.0, 'near': 1.0}
  known = stages.calibrations(found, settings, 0)
  rows, valid = found['train_rows'] + 1e-3, np.ones((2, 96), bool)
  told = stages.judge(found, rows, found['train_label'], settings, known, valid)
  assert told['refused'][..., REASONS.index('near copy')].mean() > 0.9 and told['held_out'].tolist() == [1, 1]
  assert stages.split({**section, 'window': 0}, dict(count=0, classes=()), 1)[0].keys() < found.keys()
