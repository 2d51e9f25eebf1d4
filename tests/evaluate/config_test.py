"""Arms are the config under named changes; mistyped sections are named."""

import json

import ml_collections
import pytest

from jaxaug.evaluate import arms_of, of_checkpoint
from jaxaug.types import InputError

BASE = dict(seed=1, train=dict(steps=5, batch_size=2), augment=dict(names=('standard',), standard=dict(padding=1)))


def test_without_arms_there_is_main():
  arms = arms_of(ml_collections.ConfigDict(BASE))
  assert list(arms) == ['main'] and arms['main']['train'] == dict(steps=5, batch_size=2) and arms['main']['optimizer'] == {}


def test_an_arm_changes_what_it_names_and_nothing_else():
  arms = arms_of(dict(BASE, arms=dict(a={}, b=dict(train=dict(steps=9), seed=2, augment=dict(names=())))))
  assert arms['a']['train']['steps'] == 5 and arms['a']['seed'] == 1
  assert arms['b']['train'] == dict(steps=9, batch_size=2) and arms['b']['seed'] == 2
  assert arms['b']['augment'] == dict(names=(), standard=dict(padding=1))


@pytest.mark.parametrize(
  'config, words',
  (
    (dict(trian={}), "config: 'trian' is unknown. Did you mean 'train'"),
    (dict(arms=dict(a=dict(data={}))), "config.arms.a: 'data' is unknown"),
    (dict(arms={'a/b': {}}), 'letters, digits'),
    (dict(arms={'_a': {}}), 'the first a letter'),
    (dict(seed='x'), 'config.seed'),
  ),
)
def test_bad_configs_are_named(config, words):
  with pytest.raises(InputError, match=words):
    arms_of(config)


def test_a_checkpoint_stands_for_its_run(tmp_path):
  (tmp_path / 'config.json').write_text(json.dumps(dict(BASE, evaluate=dict(examples=1))))
  asked = ml_collections.ConfigDict(dict(checkpoint=str(tmp_path), evaluate=dict(examples=7)))
  config, workdir = of_checkpoint(asked, None)
  assert workdir == str(tmp_path) and config['evaluate'] == dict(examples=7) and config['train'] == BASE['train']
  assert of_checkpoint(dict(asked, checkpoint=''), tmp_path) == (config, tmp_path)
  assert of_checkpoint(BASE, 'runs/a') == (BASE, 'runs/a')
  for given, folder, words in (
    (dict(checkpoint='nowhere'), None, "config.checkpoint: 'nowhere' holds no run"),
    (dict(checkpoint=''), None, "config.checkpoint: '' holds no run"),
    (dict(checkpoint='', trian={}), tmp_path, "'trian' is unknown"),
    (BASE, None, '--workdir'),
  ):
    with pytest.raises(InputError, match=words):
      of_checkpoint(given, folder)
