"""What cannot be measured is told on shapes, before a workdir is touched."""

import pytest

from jaxaug import data, evaluate, train
from jaxaug.types import InputError

SPLITS = data.load({'source': 'digits', 'per_class': 5})
ATTACK = {'attack': {'epsilon': 0.1}}


def check(dtype='float32', splits=SPLITS, **section):
  networks = {'main': evaluate.create_network(dict(name='cnn', widths=(4, 4, 4, 4), hidden=8, dtype=dtype), 10)}
  evaluate.check_measures(networks, evaluate.evaluation_settings(section), splits)


def test_what_can_be_measured_passes():
  check(certified=dict(method='crown', epsilon=0.1), explain=dict(layer='conv2'), under={'standard': {}}, **ATTACK)
  check(dtype='bfloat16', certified=dict(method='smoothing'))


@pytest.mark.parametrize(
  'asked, words',
  (
    (dict(ATTACK, explain=dict(layer='conv9')), "no layer 'conv9'"),
    (dict(dtype='bfloat16', certified=dict(method='ibp', epsilon=0.1)), 'computes in float32'),
    (dict(under={'latent_ball': dict(autoencoder='missing.npz')}), 'missing.npz'),
    (dict(splits=SPLITS._replace(test={k: v[:0] for k, v in SPLITS.test.items()})), 'no test examples'),
    (dict(splits=SPLITS._replace(info=SPLITS.info._replace(num_classes=1))), 'one class'),
  ),
)
def test_what_cannot_is_named(asked, words):
  with pytest.raises(InputError, match=words):
    check(**asked)


def test_nothing_is_left_behind(tmp_path):
  config = dict(model=dict(name='mlp', hidden=(4,)), data=dict(source='digits', test=0.0), train=dict(steps=1, batch_size=8))
  for section, words in ((dict(), 'no test examples'), (dict(data=dict(source='digits')), 'train.parallel')):
    made = {**config, **section, 'train': {**config['train'], **({'parallel': 'pmapp'} if section else {})}}
    with pytest.raises(InputError, match=words):
      train.fit(made, tmp_path / 'run')
    assert not (tmp_path / 'run').exists()
