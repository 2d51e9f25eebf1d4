"""Attacks replayed on every model: linear models by hand, small runs for real."""

import json
import sys

import numpy as np
import pytest

from jaxaug import evaluate, metrics, train
from jaxaug.evaluate.library import Library
from jaxaug.types import InputError

CONFIG = dict(
  data=dict(source='digits', seed=3, per_class=40),
  model=dict(name='mlp', hidden=(16,)),
  optimizer=dict(name='adamw', learning_rate=0.01),
  train=dict(steps=40, batch_size=64, log_every=40, evaluate_every=40),
  evaluate=dict(attack=dict(epsilon=0.2, steps=3, step_size=0.1), attack_examples=50, batch_size=64, validation_steps=0),
  arms=dict(one={}, two=dict(seed=1)),
)


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
  folder = tmp_path_factory.mktemp('runs')
  train.fit(CONFIG, folder / 'a')
  train.fit({**CONFIG, 'model': dict(name='mlp', hidden=(8,)), 'arms': dict(main={})}, folder / 'b')
  train.fit({**CONFIG, 'data': CONFIG['data'] | dict(seed=4), 'arms': dict(main={})}, folder / 'c')
  return folder


def test_rows_are_counts_of_each_model_on_each_library():
  label = np.eye(2, dtype=np.float32)[[0, 0, 1, 1]]
  image = lambda values: np.array(values, np.float32).reshape(4, 1, 1, 1)
  libraries = {
    'up': Library(image([1, 1, 1, 0]), label, np.arange(4), {'attack': 'A'}),
    'down': Library(image([0, 0, 0, 0]), label, np.arange(4), {'attack': 'B'}),
  }
  model = lambda sign: lambda x: sign * (x.reshape(len(x), 1) - 0.5) * np.array([[-1.0, 1.0]], np.float32)
  rows = evaluate.transfer_table(libraries, {'up': model(1), 'down': model(-1)})
  found = {(row['source'], row['target']): row for row in rows}
  right = {('up', 'up'): 1, ('down', 'up'): 2, ('up', 'down'): 3, ('down', 'down'): 2}
  for pair, count in right.items():
    assert found[pair]['accuracy'] == metrics.wilson(count, 4)._asdict() and found[pair]['examples'] == 4
    assert found[pair]['white_box'] == (pair[0] == pair[1])
  lines = evaluate.transfer_markdown(rows).splitlines()
  assert lines[0] == '| made against | attack | images | up | down |'
  assert '| up | A | 4 | **25.0% [' in lines[2] and '| down | B | 4 | 50.0% [' in lines[3] and len(lines) == 6


def test_the_diagonal_is_the_runs_own_robust_accuracy_and_files_are_used_again(runs, tmp_path, monkeypatch):
  found = evaluate.transfer([runs / 'a', runs / 'b'], tmp_path / 'out', examples=50)
  names = [f'{runs}/a/one', f'{runs}/a/two', f'{runs}/b/main']
  table = {(row['source'], row['target']): row for row in found['table']}
  assert set(table) == {(source, target) for source in ('no attack', *names) for target in names}
  for run, arms in (('a', ('one', 'two')), ('b', ('main',))):
    results = json.loads((runs / run / 'results.json').read_text())['arms']
    for arm in arms:
      own = table[f'{runs}/{run}/{arm}', f'{runs}/{run}/{arm}']
      assert own['white_box'] and own['accuracy'] == pytest.approx(results[arm]['robust']['accuracy'])
      others = [table[f'{runs}/{run}/{arm}', name]['accuracy']['value'] for name in names]
      assert own['accuracy']['value'] == min(others)
  assert json.loads((tmp_path / 'out' / 'transfer.json').read_text())['table'][0]['source'] == 'no attack'
  about = found['libraries'][names[0]]
  assert about['attack'].startswith('PGD-3, Linf 0.2') and len(about['weights']) == 16
  stored = sorted((tmp_path / 'out').glob('*.npz'))
  assert len(stored) == 3
  monkeypatch.setattr(sys.modules['jaxaug.evaluate.transfer'], 'attack_of', None)  # nothing is attacked again
  again = evaluate.transfer([runs / 'a', runs / 'b'], tmp_path / 'out', examples=50)
  assert again['table'] == found['table']
  with np.load(stored[0]) as file:
    held = dict(file) | {'adversarial': np.ones_like(file['adversarial'])}
  np.savez(stored[0], **held)
  with pytest.raises(InputError, match='outside the linf ball'):
    evaluate.transfer([runs / 'a', runs / 'b'], tmp_path / 'out', examples=50)


def test_autoattack_leaves_at_most_what_pgd_leaves(runs, tmp_path, monkeypatch):
  module = sys.modules['jaxaug.attacks.autoattack']
  stages = module._stages
  monkeypatch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], []))  # the others add time only
  (row,) = [row for row in evaluate.transfer([runs / 'b'], tmp_path, 'autoattack', 20)['table'] if row['white_box']]
  assert row['attack'] == 'AutoAttack standard, Linf 0.2' and row['examples'] == 20
  (plain,) = [row for row in evaluate.transfer([runs / 'b'], tmp_path, 'pgd', 20)['table'] if row['white_box']]
  assert row['accuracy']['value'] <= plain['accuracy']['value'] + 0.05
  assert len(list(tmp_path.glob('*.npz'))) == 2  # a file each, and no state left


def test_runs_that_do_not_fit_are_refused(runs, tmp_path):
  for given, words in (
    ([runs / 'a', runs / 'c'], 'was trained on .* of the test examples of .*give both the same data.seed'),
    ([runs / 'a', runs / 'a'], 'is named twice'),
    ([runs / 'missing'], 'holds no run'),
    ([], 'names 0 runs'),
  ):
    with pytest.raises(InputError, match=words):
      evaluate.transfer(given, tmp_path)
  with pytest.raises(InputError, match="--attack: 'pgdd' is unknown"):
    evaluate.transfer([runs / 'a'], tmp_path, 'pgdd')


def test_a_run_that_is_not_finished_is_refused(runs, tmp_path):
  config = json.loads((runs / 'b' / 'config.json').read_text())
  config['train']['steps'] = 99
  (tmp_path / 'b').mkdir()
  for name in ('checkpoints', 'split.npz'):
    (tmp_path / 'b' / name).symlink_to(runs / 'b' / name)
  (tmp_path / 'b' / 'config.json').write_text(json.dumps(config))
  with pytest.raises(InputError, match='is trained for 40 of 99 steps; finish it first'):
    evaluate.transfer([tmp_path / 'b'], tmp_path / 'out', examples=10)
