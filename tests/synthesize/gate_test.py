"""The gate refuses what it says it refuses, for the reason it says."""

import numpy as np
import pytest

from jaxaug.synthesize.gate import DEFAULTS, REASONS, calibrate, gate, held_out_confidence, roughness
from jaxaug.types import InputError

LABEL = np.repeat([0, 1], 40)
ROWS = (np.random.default_rng(0).normal(size=(80, 3)) + 4 * LABEL[:, None]).astype(np.float32)


def reasons(rows, asked, train=ROWS, label=LABEL, **changed):
  settings = {**DEFAULTS, **changed}
  known = calibrate(train, label, settings, 0)
  refused, told = gate(train, np.asarray(rows, np.float32), np.asarray(asked), settings, known)
  told['limits'] = known.limits
  return [{REASONS[r] for r in np.flatnonzero(row)} for row in refused], told


def test_each_reason():
  fresh = np.float32([4.1, 3.9, 4.0])
  rows = [fresh, fresh, ROWS[50], ROWS[50] + 1e-3, [np.nan, 0, 0], [99, 4, 4], [4, 4, 8.0]]
  found, told = reasons(rows, [1, 0, 1, 1, 1, 1, 1])
  assert found[0] == set() and found[1] == {'off class'}
  assert found[2] == {'exact copy'} and found[3] == {'near copy'}
  assert 'not finite' in found[4] and 'out of range' in found[5]
  assert told['nearest_row'][2] == 50 and told['nearest_distance'][2] == 0
  assert 0.9 < told['held_out'] <= 1 and set(told['limits']) == {0, 1}


def test_questions_can_be_left_out():
  rows, asked = [ROWS[50], ROWS[50] + 1e-3, [-1, -1, 0]], [1, 1, 1]
  assert reasons(rows, asked, refused=0.0)[0][2] == set()
  assert reasons(rows, asked, near=0.0)[0][:2] == [{'exact copy'}, set()]
  refused, _ = gate(ROWS, ROWS[:2] + 0.5, LABEL[:2], DEFAULTS, calibrate(ROWS, LABEL, DEFAULTS, 0), np.array([True, False]))
  assert refused[:, REASONS.index('constraint')].tolist() == [False, True]


def test_the_unit_of_a_column_changes_nothing():
  fresh = np.random.default_rng(2).normal(2, 3, (80, 3))
  units = np.array([1000.0, 1e-3, 1])
  settings = {**DEFAULTS, 'near': 1.0}
  plain, other = (
    gate(ROWS * by, fresh * by, LABEL, settings, calibrate(ROWS * by, LABEL, settings, 0)) for by in (1, units)
  )
  assert 4 < plain[0][:, REASONS.index('near copy')].sum() < 76
  np.testing.assert_array_equal(*(found[0][:, REASONS.index('near copy')] for found in (plain, other)))


def test_real_rows_of_the_same_kind_pass_about_as_often_as_held_out_ones():
  random = np.random.default_rng(1)
  label = np.repeat([0, 1], 500)
  fresh = (random.normal(size=(1000, 3)) + 4 * label[:, None]).astype(np.float32)
  found, told = reasons(fresh, label, near=0.0, outside_share=1.0)
  assert abs(np.mean([not one for one in found]) - told['held_out']) < 0.06


def test_held_out_confidence_is_of_rows_not_seen():
  noise = np.random.default_rng(0).normal(size=(60, 40))
  label = np.arange(60) % 2
  assert held_out_confidence(noise, label, 'logistic', 0).mean() < 0.6  # memorised, it would be 1
  with pytest.raises(InputError, match='smallest class has 1 row'):
    held_out_confidence(noise, np.r_[0, np.ones(59, int)], 'logistic', 0)


def test_checkerboards_are_artifacts():
  smooth = np.random.default_rng(0).normal(size=(30, 2, 2, 1)).repeat(4, 1).repeat(4, 2).astype(np.float32)
  board = (np.indices((8, 8)).sum(0) % 2).astype(np.float32)[None, :, :, None]
  assert roughness(board)[0] == 1 and (roughness(smooth) < 0.6).all() and roughness(np.ones((1, 8, 8, 1)))[0] == 0
  series = np.sin(np.linspace(0, 6, 32))[None, :, None]
  assert roughness(series)[0] < 0.1
  found, _ = reasons(np.concatenate([smooth[:1] * 0.9, board]), [0, 0], smooth, np.arange(30) % 2, refused=0.0)
  assert 'artifact' not in found[0] and 'artifact' in found[1]


def test_rows_of_one_group_are_no_neighbours_and_are_held_out_together():
  random = np.random.default_rng(0)
  group = np.repeat(np.arange(20), 5)  # five windows of each of twenty series, all but the same
  train, label = random.normal(size=(20, 30))[group] + 1e-3 * random.normal(size=(100, 30)), group % 2
  rows = train[::5] + 0.05 * random.normal(size=(20, 30))
  judged = lambda group: gate(train, rows, label[::5], DEFAULTS, calibrate(train, label, DEFAULTS, 0, group))
  alone, together = judged(None), judged(group)
  near = REASONS.index('near copy')
  assert not alone[0][:, near].any() and together[0][:, near].all()
  of = lambda group: held_out_confidence(train, label, 'logistic', 0, group=group).mean()
  assert of(None) > 0.9 and of(group) < 0.75  # a label of chance cannot be known of a series not seen
  with pytest.raises(InputError, match='smallest class has 1 group'):
    held_out_confidence(train, label, 'logistic', 0, group=np.where(label == 1, 1, group))
