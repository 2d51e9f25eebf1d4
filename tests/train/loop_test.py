"""The loop: what it writes, how it stops, how it goes on."""

import json
import shutil
import signal

import numpy as np
import orbax.checkpoint as ocp
import pytest

from jaxaug import train
from jaxaug.checkpoint import Checkpoints
from jaxaug.data import load
from jaxaug.evaluate import arms_of
from jaxaug.train.loop import train_arm
from jaxaug.types import InputError

CONFIG = dict(
  seed=0,
  data=dict(source='digits', per_class=20),
  model=dict(name='mlp', hidden=(16,)),
  augment=dict(names=('standard',), standard=dict(padding=1, flip=False)),
  optimizer=dict(learning_rate=0.1),
  schedule=dict(name='cosine'),
  train=dict(steps=12, batch_size=32, log_every=3, evaluate_every=4, ema=0.9),
  evaluate=dict(batch_size=128),
)


def changed(**sections):
  return {**CONFIG, **{name: {**CONFIG.get(name, {}), **value} for name, value in sections.items()}}


@pytest.fixture(scope='module')
def splits():
  return load(CONFIG['data'])


def run(config, folder, splits):
  return train_arm('main', arms_of(config)['main'], splits)(folder)['taken']


def end(folder, step=12):
  """(rows of the metrics file, the last checkpoint's arrays)."""
  rows = [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]
  with ocp.StandardCheckpointer() as reader:
    return rows, reader.restore((folder / 'checkpoints' / 'main' / str(step) / 'variables').absolute())


def assert_same(a, b):
  assert a[0] == b[0]
  import jax

  jax.tree.map(np.testing.assert_array_equal, a[1], b[1])


@pytest.fixture(scope='module')
def whole(splits, tmp_path_factory):
  folder = tmp_path_factory.mktemp('whole')
  run(CONFIG, folder, splits)
  return end(folder)


def test_rows_come_at_the_steps_asked_for(whole):
  steps = lambda kind: [r['step'] for r in whole[0] if r['kind'] == kind]
  assert steps('train') == [3, 6, 9, 12] and steps('validation') == [4, 8, 12]
  assert all(np.isfinite(r['loss']) and 0 <= r['accuracy'] <= 1 for r in whole[0] if r['kind'] == 'train')


@pytest.mark.parametrize('stop', (2, 4, 7))
def test_sigterm_writes_a_checkpoint_and_the_rest_is_bit_identical(splits, tmp_path, whole, monkeypatch, stop, capsys):
  from jaxaug import parallel

  monkeypatch.setattr(parallel, 'preempted', lambda step, asked: step == stop)
  with pytest.raises(SystemExit) as caught:
    run(CONFIG, tmp_path, splits)
  assert caught.value.code == 143 and f'stopped by SIGTERM at step {stop}' in capsys.readouterr().out
  monkeypatch.undo()
  assert run(CONFIG, tmp_path, splits) == 12 - stop
  assert_same(end(tmp_path), whole)


def test_the_signal_itself_is_heard(splits, tmp_path, monkeypatch):
  from jaxaug import parallel

  heard = []
  monkeypatch.setattr(
    parallel,
    'preempted',
    lambda step, asked: heard.append(asked) or (signal.raise_signal(signal.SIGTERM) if step == 5 else asked),
  )
  before = signal.getsignal(signal.SIGTERM)
  with pytest.raises(SystemExit):
    run(CONFIG, tmp_path, splits)
  assert heard == [False] * 5 + [True] and signal.getsignal(signal.SIGTERM) is before


def test_a_truncated_checkpoint_falls_back_and_ends_the_same(splits, tmp_path, whole, capsys):
  run(CONFIG, tmp_path, splits)
  for file in (tmp_path / 'checkpoints' / 'main' / '12').rglob('*'):
    if file.is_file() and file.stat().st_size > 100:
      file.write_bytes(file.read_bytes()[:40])
  capsys.readouterr()
  assert run(CONFIG, tmp_path, splits) == 4
  said = capsys.readouterr().out
  assert 'checkpoint 12' in said and 'passed over' in said and 'goes on from step 8' in said
  assert_same(end(tmp_path), whole)


def test_a_finished_run_is_left_alone(splits, tmp_path, whole):
  run(CONFIG, tmp_path, splits)
  assert run(CONFIG, tmp_path, splits) == 0
  assert_same(end(tmp_path), whole)


def test_shard_map_and_streaming_end_where_pmap_does(splits, tmp_path, whole):
  run(changed(train=dict(parallel='shard_map')), tmp_path / 'a', splits)
  run(changed(data=dict(resident_bytes=0)), tmp_path / 'b', splits)
  for name in 'ab':
    assert_same(end(tmp_path / name), whole)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_checkpoint(splits, tmp_path):
  config = changed(
    train=dict(ema=0.0), optimizer=dict(learning_rate=1e9), schedule=dict(name='piecewise', boundaries=(0.5,), factor=1e30)
  )
  with pytest.raises(
    FloatingPointError,
    match=r'arm main: \w+ is (nan|inf) at step \d+; stopped. Config: .*1000000000.*last good checkpoint, step',
  ) as e:
    run(config, tmp_path, splits)
  good = int(str(e.value).split('checkpoint, step ')[1].split(',')[0])
  kept = [int(p.name) for p in (tmp_path / 'checkpoints' / 'main').iterdir()]
  assert (max(kept) if kept else 0) == good and good < int(str(e.value).split('at step ')[1].split(';')[0])


def test_the_last_checkpoint_can_be_asked_for(splits, tmp_path):
  config = changed(
    evaluate=dict(select='last'), train=dict(ema=0.0), schedule=dict(name='piecewise', boundaries=(0.7,), factor=300.0)
  )
  run(config, tmp_path, splits)
  scores = {row['step']: row['clean'] for row in end(tmp_path)[0] if row['kind'] == 'validation'}
  with Checkpoints(tmp_path / 'checkpoints' / 'main') as stored:
    assert stored.best({}).step == 12 and scores[12] < max(scores.values())


def test_gradient_accumulation_and_bf16_train(splits, tmp_path):
  run(
    changed(
      train=dict(accumulate=4, steps=80, evaluate_every=80), model=dict(dtype='bfloat16'), optimizer=dict(clip_norm=1.0)
    ),
    tmp_path,
    splits,
  )
  rows, variables = end(tmp_path, 80)
  assert rows[-1]['clean'] > 0.5 and variables['params']['Dense_0']['kernel'].dtype == np.float32


@pytest.mark.parametrize(
  'sections, words',
  (
    (dict(train=dict(stepz=3)), "train: 'stepz' is unknown. Did you mean 'steps'"),
    (dict(train=dict(steps=0)), 'train.steps'),
    (dict(train=dict(batch_size=33)), 'train.batch_size: 33 does not divide among 2 devices'),
    (dict(train=dict(batch_size=4096)), 'train.batch_size: 4096 must be between'),
    (dict(train=dict(accumulate=3)), 'train.accumulate'),
    (dict(model=dict(name='mlpp')), "model.name: 'mlpp' is unknown. Did you mean 'mlp'"),
    (dict(model=dict(hiden=(3,))), "'hiden' is unknown"),
    (dict(optimizer=dict(lr=0.1)), "optimizer: 'lr' is unknown"),
    (dict(optimizer=dict(name='adam')), 'optimizer.name'),
    (dict(objective=dict(name='erm', mix=0.5)), "objective: 'mix' is unknown"),
    (dict(objective=dict(name='trade')), "objective.name: 'trade' is unknown"),
    (dict(augment=dict(names=('cutmixx',))), "augment: 'cutmixx' is unknown"),
    (dict(evaluate=dict(select='robust')), 'evaluate.select'),
    (dict(evaluate=dict(batch_size=0)), 'batch_size 0'),
    (dict(evaluate=dict(examples=-1)), 'evaluate.examples'),
    (dict(train=dict(ema=1.0)), 'train.ema'),
    (dict(optimizer=dict(clip_norm=-1.0)), 'optimizer.clip_norm'),
    (dict(augment=dict(standard=dict(padding=1.5))), 'augment.standard.padding'),
    (dict(model=dict(dtype='float31')), 'arm main: cannot be built'),
    (dict(model=dict(name='cnn', hidden=4, widths=(4, 4))), 'arm main: cannot be built'),
  ),
)
def test_bad_configs_are_named_before_anything_runs(splits, sections, words):
  with pytest.raises(InputError, match=words):
    train_arm('main', arms_of(changed(**sections))['main'], splits)


def test_an_id_of_test_in_train_stops_the_run(splits, tmp_path):
  leaked = splits._replace(train={**splits.train, 'id': splits.test['id'][: len(splits.train['id'])]})
  with pytest.raises(AssertionError, match='of test are in train'):
    run(CONFIG, tmp_path, leaked)


def test_the_package_hands_on_its_defaults():
  assert set(train.DEFAULTS) >= set(CONFIG['train'])


def test_no_validation_examples_and_bad_seeds_are_refused(splits):
  empty = splits._replace(validation={name: values[:0] for name, values in splits.validation.items()})
  with pytest.raises(InputError, match='data.validation'):
    train_arm('main', arms_of(CONFIG)['main'], empty)
  with pytest.raises(InputError, match='config.seed: -1'):
    arms_of({**CONFIG, 'seed': -1})


def test_a_signal_during_the_last_validation_is_not_lost(splits, tmp_path, monkeypatch):
  from jaxaug.train import loop

  validation = loop._validation

  def signalled(*args):
    validate = validation(*args)
    return lambda *more: signal.raise_signal(signal.SIGTERM) or validate(*more)

  monkeypatch.setattr(loop, '_validation', signalled)
  with pytest.raises(SystemExit):
    run(changed(train=dict(evaluate_every=12)), tmp_path, splits)
  monkeypatch.undo()
  assert run(changed(train=dict(evaluate_every=12)), tmp_path, splits) == 0  # the last checkpoint was written


def test_augmentations_with_a_memory_train_and_resume(tmp_path):
  """Their memory is part of the state: a run that goes on from before its end ends as the whole one."""
  names = ('hard_examples', 'standard', 'curriculum', 'frl')
  config = changed(
    augment=dict(names=names, hard_examples=dict(capacity=16), curriculum=dict(steps=10), frl=dict(rate=0.5)),
    objective=dict(name='trades', attack=dict(steps=1)),
    train=dict(log_every=5, evaluate_every=3),
    evaluate=dict(attack=dict(steps=1), validation_steps=1),
  )
  splits = load(config['data'])
  job = train_arm('main', arms_of(config)['main'], splits)
  job(tmp_path)
  rows = lambda: [json.loads(line) for line in (tmp_path / 'metrics.jsonl').read_text().splitlines()]
  end = lambda: [row for row in rows() if row['step'] == 12 and row['kind'] == 'train'][-1]['loss']
  told = lambda: json.loads((tmp_path / 'checkpoints' / 'main' / '12' / 'progress' / 'metadata').read_text())['history']
  whole, history = end(), told()
  assert [row['step'] for row in history] == [6, 9, 12]  # what watches for overfitting needs a logged row first
  shutil.rmtree(tmp_path / 'checkpoints' / 'main' / '12')  # the last two are there, whichever is best
  assert job(tmp_path)['taken'] == 3 and end() == whole and told() == history
