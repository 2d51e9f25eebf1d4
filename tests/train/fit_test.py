"""A job from config to results: both arms, on files that can be read back."""

import json
import sys

import numpy as np
import pytest

from jaxaug import evaluate, report, train
from jaxaug.types import InputError

ATTACK = dict(norm='linf', epsilon=0.1, steps=3, step_size=0.05)
CONFIG = dict(
  seed=0,
  data=dict(source='digits'),
  model=dict(name='mlp', hidden=(32,)),
  augment=dict(names=(), adversarial=ATTACK),
  optimizer=dict(learning_rate=0.2),
  train=dict(steps=60, batch_size=64, log_every=10, evaluate_every=20),
  evaluate=dict(
    attack=dict(ATTACK, steps=8, step_size=0.025, restarts=2),
    attack_examples=100,
    autoattack=dict(examples=30, batch_size=32),
    epsilons=(0.0, 0.1, 0.2),
    select='robust',
    validation_steps=3,
    baseline='plain',
  ),
  arms=dict(adversarial=dict(augment=dict(names=('adversarial',))), plain={}),
)


@pytest.fixture(scope='module', autouse=True)
def autoattack_in_short():
  """Its first attack: the others add compilation only."""
  module, patch = sys.modules['jaxaug.attacks.autoattack'], pytest.MonkeyPatch()
  stages = module._stages
  patch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], []))
  yield
  patch.undo()


@pytest.fixture(scope='module')
def done(tmp_path_factory):
  folder = tmp_path_factory.mktemp('fit') / 'run'
  return folder, train.fit(CONFIG, folder)


def test_the_workdir_holds_everything(done):
  folder, results = done
  names = {p.name for p in folder.iterdir()}
  assert {
    'config.json',
    'metrics.jsonl',
    'tensorboard',
    'checkpoints',
    'results.json',
    'split.npz',
    'provenance.json',
  } <= names
  stored = json.loads((folder / 'results.json').read_text())
  assert stored['arms'].keys() == results['arms'].keys() == {'adversarial', 'plain'}
  assert (
    stored['provenance']['seed'] == 0 and stored['provenance']['versions']['jax'] and stored['cost']['plain']['steps'] == 60
  )
  assert not [n for n in names if n.endswith('.partial')]


def test_results_are_those_of_the_stored_predictions(done):
  folder, results = done
  for name, arm in results['arms'].items():
    with np.load(folder / f'predictions-{name}.npz') as stored:
      label = stored['label'].argmax(-1)
      assert arm['clean']['accuracy']['value'] == (stored['logits'].argmax(-1) == label).mean()
      assert arm['robust']['accuracy']['value'] == (stored['robust_logits'].argmax(-1) == label[:100]).mean()
      assert arm['robust']['curve'][1]['value'] == arm['robust']['accuracy']['value']
      assert arm['robust']['curve'][0]['value'] == (stored['logits'].argmax(-1) == label)[:100].mean()  # epsilon 0
      assert arm['robust']['curve'][2]['value'] <= arm['robust']['curve'][0]['value']


def test_autoattack_is_told_beside_the_rest(done):
  folder, results = done
  for name, arm in results['arms'].items():
    with np.load(folder / f'predictions-{name}.npz') as stored:
      assert stored['autoattack_robust'].mean() == arm['autoattack']['accuracy']['value']
      robust = (stored['robust_logits'].argmax(-1) == stored['label'][:100].argmax(-1))[:30]
    after = list(arm['autoattack']['after'].values())
    assert arm['faults'] == [] and after == sorted(after, reverse=True) and after[-1] <= robust.mean()
    assert arm['autoattack']['classes'][arm['autoattack']['worst_class']]['value'] <= after[-1]
  told, page = evaluate.table(results), report.write(folder).read_text()
  assert 'under AutoAttack' in told and 'AutoAttack standard, Linf 0.1, first 30 images; worst class' in told
  assert '<th>under AutoAttack</th>' in page and '<th>apgd-ce</th>' in page and 'FAULT' not in told


def test_adversarial_augmentation_buys_robustness(done):
  row = next(r for r in done[1]['comparisons'] if r['measure'] == 'robust')
  assert (row['arm'], row['against']) == ('adversarial', 'plain') and row['difference']['low'] > 0


def test_test_ids_are_recorded_and_untouched(done):
  with np.load(done[0] / 'split.npz') as split, np.load(done[0] / 'predictions-plain.npz') as predictions:
    assert not set(split['train']) & set(split['test']) and (predictions['id'] == split['test']).all()
    assert sorted(split['permutation']) == list(range(1797))


def test_the_chosen_checkpoint_is_the_best_on_validation(done):
  folder, results = done
  rows = [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]
  for name, arm in results['arms'].items():
    scores = {r['step']: r['robust'] for r in rows if r['arm'] == name and r['kind'] == 'validation'}
    assert scores[arm['step']] == max(scores.values())


def test_running_it_again_reads_test_no_second_time(done, monkeypatch):
  folder, results = done
  files = {p: p.read_bytes() for p in folder.rglob('*') if p.is_file()}
  monkeypatch.setattr(evaluate, 'evaluate', lambda *a, **k: pytest.fail('test was read again'))
  again = train.fit(CONFIG, folder)
  assert again['arms'].keys() == results['arms'].keys() and again['cost'] == results['cost']
  assert {p: p.read_bytes() for p in folder.rglob('*') if p.is_file() and p.suffix in ('.json', '.npz', '.jsonl')} == {
    p: b for p, b in files.items() if p.suffix in ('.json', '.npz', '.jsonl')
  }


def test_data_that_changed_under_a_run_are_refused(tmp_path):
  random = np.random.default_rng(0)
  image, label = random.integers(0, 256, (80, 4, 4, 1), np.uint8), np.arange(80) % 2
  config = {**CONFIG, 'data': dict(source=f'npz:{tmp_path / "a.npz"}'), 'arms': {}, 'evaluate': {}}
  config['train'] = dict(steps=2, batch_size=8)
  np.savez(tmp_path / 'a.npz', image=image, label=label)
  train.fit(config, tmp_path / 'run')
  np.savez(tmp_path / 'a.npz', image=np.concatenate([image, image[:1]]), label=np.append(label, 0))
  for again in (train.fit, evaluate.evaluate):
    with pytest.raises(InputError, match='split from other data'):
      again(config, tmp_path / 'run')


def test_an_arm_that_is_not_trained_to_its_end_says_so(tmp_path):
  config = {**CONFIG, 'train': dict(steps=2, batch_size=32), 'evaluate': dict(attack={}, validation_steps=0), 'arms': {}}
  train.fit(config, tmp_path / 'run')
  longer = json.loads((tmp_path / 'run' / 'config.json').read_text())
  longer['train']['steps'] = 9
  (tmp_path / 'run' / 'config.json').write_text(json.dumps(longer))
  results = evaluate.evaluate(longer, tmp_path / 'run')
  assert results['arms']['main']['faults'] == ['only 2 of 9 steps are trained']
  assert 'FAULT of the evaluation, main: only 2 of 9' in evaluate.table(results)


def test_few_sample_images_are_augmented_as_many_rows(tmp_path):
  mined = dict(names=('hard_examples',), hard_examples=dict(share=0.05, capacity=64))
  config = {**CONFIG, 'augment': mined, 'train': dict(steps=2, batch_size=128), 'arms': {}}
  train.fit(config | {'evaluate': dict(attack={}, validation_steps=0)}, tmp_path / 'run')


def test_a_curve_that_the_data_cannot_have_is_named_before_training(tmp_path):
  rng = np.random.default_rng(0)
  np.savez(tmp_path / 'two.npz', image=rng.integers(0, 256, (60, 8, 8, 1), np.uint8), label=np.arange(60) % 2)
  asked = {'attack': {'epsilon': 0.1}, 'epsilons': (0.1,), 'curves': ('apgd_dlr',)}
  config = {**CONFIG, 'data': {'source': f'npz:{tmp_path / "two.npz"}'}, 'evaluate': asked, 'train': dict(batch_size=8)}
  with pytest.raises(InputError, match='evaluate.curves: apgd_dlr cannot be had of this data'):
    train.fit(config, tmp_path / 'run')
  assert not (tmp_path / 'run').exists()


def test_evaluating_again_may_change_the_evaluation_only(done):
  folder, results = done
  before = {p: p.read_bytes() for p in folder.iterdir() if p.is_file()}
  milder = evaluate.evaluate(
    {**CONFIG, 'evaluate': {**CONFIG['evaluate'], 'autoattack': {}, 'attack': dict(ATTACK, epsilon=0.02, step_size=0.01)}},
    folder,
  )
  assert milder['arms']['plain']['robust']['accuracy']['value'] > results['arms']['plain']['robust']['accuracy']['value']
  assert {p: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before and (
    folder / 'evaluation' / 'results.json'
  ).exists()
  page = report.write(folder, 'evaluation')
  assert page.parent.name == 'evaluation' and 'Linf 0.02' in page.read_text()
  with pytest.raises(InputError, match='differs in seed'):
    evaluate.evaluate({**CONFIG, 'seed': 1}, folder)
  with pytest.raises(InputError, match='differs in seed'):
    train.fit({**CONFIG, 'seed': 1}, folder)


def test_bad_evaluations_are_named(done, tmp_path):
  folder, _ = done
  for change, words in (
    (dict(split='tset'), 'evaluate.split'),
    (dict(baseline='x'), 'evaluate.baseline'),
    (dict(atack={}), 'atack'),
    (dict(attack=dict(norm='l7')), 'norm'),
    (dict(attack=dict(stepz=3)), 'stepz'),
  ):
    with pytest.raises(InputError, match=words):
      evaluate.evaluate({**CONFIG, 'evaluate': change}, folder)
  with pytest.raises(InputError, match='holds no run'):
    evaluate.evaluate(CONFIG, tmp_path)
