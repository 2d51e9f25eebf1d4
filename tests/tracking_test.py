"""Rows, config and provenance of a run."""

import json

import pytest

from jaxaug import tracking
from jaxaug.types import InputError

CONFIG = {'seed': 0, 'train': {'steps': 3}, 'model': {'widths': (1, 2)}, 'evaluate': {'examples': 5}}


def rows(folder):
  return [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]


def test_a_workdir_belongs_to_one_config(tmp_path):
  assert tracking.claim_workdir(tmp_path / 'run', CONFIG, True) == tmp_path / 'run'
  tracking.claim_workdir(tmp_path / 'run', CONFIG, True)
  before = (tmp_path / 'run' / 'config.json').read_bytes()
  other = {**CONFIG, 'train': {'steps': 4}, 'seed': 1, 'evaluate': {'examples': 6}}
  with pytest.raises(InputError, match=r'evaluate.examples \(there 5, here 6\), seed.*train.steps'):
    tracking.claim_workdir(tmp_path / 'run', other, True)
  tracking.claim_workdir(tmp_path / 'run', {**CONFIG, 'evaluate': {}}, True, free=('evaluate',))
  assert (tmp_path / 'run' / 'config.json').read_bytes() == before


def test_a_workdir_that_is_a_file_is_refused(tmp_path):
  (tmp_path / 'run').write_text('mine')
  with pytest.raises(InputError, match='cannot be used'):
    tracking.claim_workdir(tmp_path / 'run', CONFIG, True)


def test_resuming_forgets_later_rows_of_this_arm_only(tmp_path, capsys):
  for arm in ('a', 'b'):
    tracker = tracking.Tracker(tmp_path, arm, 4, True)
    for step in (1, 2, 3):
      tracker.write(step, 'train', {'loss': step / 4}, 100.0)
    tracker.close()
  with (tmp_path / 'metrics.jsonl').open('a') as file:
    file.write('{"arm": "b", "st')  # a kill in the middle of a line
  tracker = tracking.Tracker(tmp_path, 'b', 4, True)
  tracker.resume(1)
  tracker.close()
  assert [(r['arm'], r['step'], r['loss']) for r in rows(tmp_path)] == [
    ('a', 1, 0.25),
    ('a', 2, 0.5),
    ('a', 3, 0.75),
    ('b', 1, 0.25),
  ]
  assert 'a  step 1/4  train  loss 0.25  100 images/s' in capsys.readouterr().out
  assert list((tmp_path / 'tensorboard' / 'a').iterdir())


def test_other_processes_write_nothing(tmp_path, capsys):
  tracker = tracking.Tracker(tmp_path, 'a', 4, False)
  tracker.write(1, 'train', {'loss': 1.0})
  tracker.close()
  assert not list(tmp_path.iterdir()) and not capsys.readouterr().out


def test_json_is_plain_and_whole(tmp_path):
  import numpy as np

  tracking.write_json(tmp_path / 'x.json', {'a': np.array([1.0, np.nan]), 'b': (np.int64(2),), 3: float('nan'), 4: np.inf})
  assert json.loads((tmp_path / 'x.json').read_text()) == {'a': [1.0, None], 'b': [2], '3': None, '4': None}
  assert [p.name for p in tmp_path.iterdir()] == ['x.json']


def test_provenance_names_versions_and_seed():
  told = tracking.provenance(7)
  assert told['seed'] == 7 and told['devices'] == 2 and told['versions']['jax'].startswith('0.')


def test_provenance_is_kept_from_the_start_and_a_change_is_said(tmp_path, capsys):
  tracking.record_provenance(tmp_path, 7, True)
  first = (tmp_path / 'provenance.json').read_text()
  tracking.record_provenance(tmp_path, 7, True)
  assert not capsys.readouterr().out
  (tmp_path / 'provenance.json').write_text(first.replace('"devices": 2', '"devices": 4'))
  tracking.record_provenance(tmp_path, 7, True)
  assert 'devices 4 then, 2 now' in capsys.readouterr().out


def test_what_is_not_there_is_named(tmp_path):
  with pytest.raises(InputError, match=r'holds no finished run \(no results.json\)'):
    tracking.read_json(tmp_path / 'results.json', 'finished run')
  (tmp_path / 'results.json').write_text('{"a": 1}')
  assert tracking.read_json(tmp_path / 'results.json', 'finished run') == {'a': 1}


def test_an_infinity_in_a_config_is_one_when_it_goes_on(tmp_path):
  config = {'objective': {'shift': float('inf')}}
  tracking.claim_workdir(tmp_path / 'run', config, True)
  tracking.claim_workdir(tmp_path / 'run', config, True)
  assert json.loads((tmp_path / 'run' / 'config.json').read_text()) == config


def test_a_row_that_a_kill_cut_is_left_out(tmp_path):
  (tmp_path / 'metrics.jsonl').write_text('{"step": 1}\n{"step": 2}\n{"st')
  assert tracking.read_rows(tmp_path / 'metrics.jsonl') == [{'step': 1}, {'step': 2}]
