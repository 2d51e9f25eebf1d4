"""Every config: has every field, says what it costs and gives, and can be trained on its real data on two devices."""

import importlib.util
import pathlib

import pytest

from jaxaug import augment, data, evaluate, synthesize, train
from jaxaug.train.loop import train_arm

ROOT = pathlib.Path(__file__).parent.parent
EVALUATIONS = sorted((ROOT / 'configs' / 'evaluate').glob('*.py'))  # of runs that are there already
SYNTHESES = sorted((ROOT / 'configs' / 'synthesize').glob('*.py'))
CONFIGS = sorted(set((ROOT / 'configs').rglob('*.py')) - set(EVALUATIONS) - set(SYNTHESES))
COMPILED = {'quickstart', 'digits_distillation', 'fashion_mnist_erm', 'random_erasing_fashion_mnist'}  # others alike
OPTIONAL = {'window', 'stride', 'num_classes', 'steps', 'resident_bytes', 'data_dir', 'cache_dir', 'idx_dir'}


def load(path):
  spec = importlib.util.spec_from_file_location(path.stem, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


@pytest.mark.parametrize('path', [*CONFIGS, *EVALUATIONS, *SYNTHESES], ids=lambda p: p.stem)
def test_docstring_states_command_cost_and_numbers(path):
  text, job = load(path).__doc__, {'evaluate': 'evaluate', 'synthesize': 'synthesize'}.get(path.parent.name, 'train')
  for word in (f'launch/{job}.py --config={path.relative_to(ROOT)}', 'Cost:', 'Expected:', 'Obtained:'):
    assert word in text, f'{path.name} says nothing about {word}'


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_every_field_can_be_set_from_a_flag(path):
  config = load(path).get_config()
  for section, fields in (('train', train.DEFAULTS), ('evaluate', evaluate.DEFAULTS), ('data', data.DEFAULTS)):
    assert set(config[section]) >= set(fields) - OPTIONAL, f'{section} lacks {set(fields) - OPTIONAL - set(config[section])}'


@pytest.mark.parametrize('path', EVALUATIONS, ids=lambda p: p.stem)
def test_evaluations_have_every_field_and_are_sound(path):
  config = load(path).get_config()
  assert set(config) == {'checkpoint', 'evaluate'} and set(config.evaluate) == set(evaluate.DEFAULTS)
  evaluate.evaluation_settings(evaluate.plain(config)['evaluate'])


@pytest.mark.parametrize('path', SYNTHESES, ids=lambda p: p.stem)
def test_syntheses_have_every_field_and_their_data(path):
  config = load(path).get_config()
  assert set(config) == set(synthesize.DEFAULTS) and set(config.gate) == set(synthesize.GATE_DEFAULTS)
  assert set(config.detectors) == set(synthesize.DETECTORS)
  for section in ('rare', 'fit', 'review', 'mix', 'retrain'):
    assert set(config[section]) == set(synthesize.DEFAULTS[section])
  assert set(config.data) >= set(data.DEFAULTS) - OPTIONAL
  plain = synthesize.pipeline_settings(config)
  if plain['data']['source'] == 'japanese_vowels':
    pytest.importorskip('aeon')
  splits = data.load(plain['data'], tuple(data.MODALITIES))
  assert set(plain['retrain']['classes']) <= set(splits.info.class_names)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_it_can_be_trained(path, tmp_path, request):
  """Every arm is traced as it is; of some configs the last one is compiled and run, of a deep network in a shallow form."""
  config = evaluate.plain(load(path).get_config())
  if config['data']['source'] == 'fashion_mnist':
    folder = request.getfixturevalue('fashion_mnist')
    config['data'] |= dict(data_dir=str(folder / 'tfds'), cache_dir=str(folder / 'cache'))
  config['train'] |= dict(steps=2, log_every=1, evaluate_every=2, batch_size=min(config['train']['batch_size'], 64))
  config['evaluate'] |= dict(validation_steps=1, validation_examples=64)
  splits = data.load(config['data'])
  arms = evaluate.arms_of(config)
  if any('teacher' in arm['objective'] for arm in arms.values()):
    teacher = tmp_path / 'teacher'
    named = {arm['objective']['arm']: {} for arm in arms.values() if 'teacher' in arm['objective']}
    small = dict(data=config['data'], model=dict(name='mlp', hidden=(4,)), train=config['train'], arms=named)
    train.fit(small | {'evaluate': dict(attack={}, validation_steps=0)}, teacher)
    for arm in arms.values():
      arm['objective'] |= {'teacher': str(teacher)} if 'teacher' in arm['objective'] else {}
  codes = [arm['augment'][name] for arm in arms.values() for name in augment.LATENT if name in arm['augment']]
  if codes:
    train.fit_autoencoder(splits, tmp_path / 'autoencoder.npz', widths=(4, 4), steps=2)
    for section in codes:
      section['autoencoder'] = str(tmp_path / 'autoencoder.npz')
  jobs = {name: train_arm(name, arm, splits) for name, arm in arms.items()}
  if path.stem not in COMPILED:
    return
  name, arm = list(arms.items())[-1]
  if 'depth' in arm['model']:
    jobs[name] = train_arm(name, {**arm, 'model': {**arm['model'], 'depth': 8}}, splits)
  assert jobs[name](tmp_path / 'run')['taken'] == 2
