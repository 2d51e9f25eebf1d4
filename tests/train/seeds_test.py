"""The same job under several seeds."""

import json

import numpy as np
import pytest

from jaxaug import report, train
from jaxaug.types import InputError

CONFIG = dict(
  seed=3,
  data=dict(source='digits', seed=5, per_class=20),
  model=dict(name='mlp', hidden=(16,)),
  train=dict(steps=12, batch_size=32, log_every=6, evaluate_every=12),
  evaluate=dict(
    examples=40, validation_steps=0, corruption=dict(names=('contrast',), severities=(3,), examples=20), baseline='plain'
  ),
  arms=dict(plain={}, mixed=dict(augment=dict(names=('mixup',)))),
)


def test_every_seed_has_its_run_its_data_and_its_start_and_a_page_shows_all(tmp_path):
  found = train.fit_seeds(CONFIG, tmp_path, 2)
  assert found['seeds'] == 2 and set(found['arms']['mixed']) == {'clean', 'corrupted', 'ece', 'minutes'}
  assert set(found['differences']['mixed']) == {'clean', 'corrupted', 'ece', 'minutes'}
  with np.load(tmp_path / 'seed-3' / 'split.npz') as a, np.load(tmp_path / 'seed-4' / 'split.npz') as b:
    assert set(a['train']) != set(b['train']) and len(a['train']) == len(b['train']) == 200
  configs = [json.loads((tmp_path / f'seed-{s}' / 'config.json').read_text()) for s in (3, 4)]
  assert [(c['seed'], c['data']['seed']) for c in configs] == [(3, 5), (4, 6)]
  logits = [np.load(tmp_path / f'seed-{s}' / 'predictions-plain.npz')['logits'] for s in (3, 4)]
  assert not np.allclose(*logits)
  assert train.fit_seeds(CONFIG, tmp_path, 2)['arms']['plain']['clean'] == found['arms']['plain']['clean']
  text = report.write_seeds(tmp_path).read_text()
  assert 'mixed' in text and text.count('<svg') == 4 and 'corrupted accuracy' in text
  page = report.write(tmp_path / 'seed-3').read_text()
  assert 'corrupted accuracy' in page and 'mCE' in page and '<th>contrast</th>' in page


def test_one_seed_is_refused(tmp_path):
  with pytest.raises(InputError, match='seeds'):
    train.fit_seeds(CONFIG, tmp_path, 1)


def test_an_arm_with_a_seed_of_its_own_is_refused(tmp_path):
  with pytest.raises(InputError, match='config.arms.mixed.seed'):
    train.fit_seeds({**CONFIG, 'arms': dict(CONFIG['arms'], mixed=dict(seed=7))}, tmp_path, 2)
