"""A run trains on a verdict's store by name, and on none whose generator has seen what it is tested on."""

import json

import jax
import numpy as np
import pytest

from jaxaug import augment, data, synthesize, train
from jaxaug.augment.synthetic import accepted_images
from jaxaug.train.stores import check_store, record_stores, stores_of_seed
from jaxaug.types import InputError

SECTION = dict(source='digits', seed=3, validation=0.2, test=0.2, per_class=6)


@pytest.fixture(scope='module')
def store(tmp_path_factory):
  """Of two generators, on the splits of seeds 3 and 4."""
  path = tmp_path_factory.mktemp('stores') / 'store.parquet'
  splits = [data.load({**SECTION, 'seed': seed}) for seed in (3, 4)]
  size, names = 40, splits[0].info.class_names
  seed, number = np.divmod(np.arange(size), 20)
  provenance = {name: np.zeros(size) for name in ('confidence', 'nearest_distance')}
  provenance |= {name: np.zeros(size, int) for name in ('attempt', 'nearest_id')}
  provenance |= {'label': np.array(names)[number % 10], 'seed': seed, 'draw': number}
  provenance |= {'accepted': number % 4 != 0, 'reason': np.where(number % 4, '', 'off class')}
  rows = np.broadcast_to((seed + number / 100).reshape(-1, 1, 1, 1) / 2, (size, 8, 8, 1)).astype(np.float32)
  about = {'classes': list(names), 'content': data.content(SECTION), 'config': {'data': SECTION}}
  about |= {f'{part}_id': [getattr(split, part)['id'].tolist() for split in splits] for part in ('train', 'validation')}
  data.write_store(path, rows, provenance, about)
  return str(path)


def test_a_share_of_the_batch_is_of_that_generator_and_accepted(store):
  apply = augment.create(('synthetic_store',), synthetic_store=dict(store=store, generator=1, ratio=0.5))
  batch = {'image': np.full((8, 8, 8, 1), -1.0, np.float32), 'label': np.eye(10, dtype=np.float32)[[0] * 8]}
  after = jax.jit(lambda key, batch: apply(key, batch, None))(jax.random.key(0), batch)
  drawn = np.asarray(after['image'])[:, 0, 0, 0]
  number = np.round((drawn[drawn >= 0] * 2 - 1) * 100).astype(int)
  assert len(number) == 4 and (number % 4 != 0).all() and (drawn[drawn >= 0] >= 0.5).all()
  np.testing.assert_array_equal(np.asarray(after['label']).argmax(1)[drawn >= 0], number % 10)


def test_a_generator_that_saw_what_is_tested_on_is_refused(store):
  section = lambda number: {'names': ('synthetic_store',), 'synthetic_store': dict(store=store, generator=number)}
  splits = data.load(SECTION)
  check_store(section(0), splits, SECTION)
  check_store(section(1), data.load({**SECTION, 'seed': 4}), {**SECTION, 'seed': 4})
  check_store({'names': ()}, splits, SECTION)
  with pytest.raises(InputError, match='generator: 1 of .* was trained on .* examples of this run'):
    check_store(section(1), splits, SECTION)
  with pytest.raises(InputError, match='generator: 2, .* is of the generators 0 to 1'):
    check_store(section(2), splits, SECTION)
  with pytest.raises(InputError, match='was chosen by .* of the test examples of this run'):
    given = {**SECTION, 'validation': 0.0, 'test': 0.4, 'per_class': 0}
    less = data.load(given)
    unseen = less.test | {'id': np.setdiff1d(less.test['id'], splits.train['id'])}
    check_store(section(0), less._replace(test=unseen, validation=less.validation), given)
  with pytest.raises(InputError, match="was made from 'digits' as it was"):
    check_store(section(0), splits, {'source': 'breast_cancer'})
  with pytest.raises(InputError, match="was made from 'digits', this run is on"):
    check_store(section(0), splits._replace(info=splits.info._replace(name='other')), SECTION)
  with pytest.raises(InputError, match='synthetic_store.store: no file'):
    check_store({'names': ('synthetic_store',)}, splits, SECTION)


def test_a_store_that_changes_under_a_run_is_refused(store, tmp_path):
  arms = {
    'plain': {'augment': {}},
    'half': {'augment': {'names': ('synthetic_store',), 'synthetic_store': dict(store=store)}},
  }
  record_stores(tmp_path, {'plain': arms['plain']}, True)
  assert not (tmp_path / 'stores.json').exists()
  record_stores(tmp_path, arms, False)
  assert not (tmp_path / 'stores.json').exists()
  record_stores(tmp_path, arms, True)
  record_stores(tmp_path, arms, True)
  held, other = data.read_store(store), str(tmp_path / 'other.parquet')
  assert json.loads((tmp_path / 'stores.json').read_text()) == {'half': held.sha256}
  data.write_store(other, held.rows + 1, held.provenance, held.about)
  arms['half']['augment']['synthetic_store']['store'] = other
  with pytest.raises(InputError, match='other.parquet has changed since this run began'):
    record_stores(tmp_path, arms, True)


def test_other_seeds_take_other_generators():
  arm = {'augment': {'names': ('synthetic_store',), 'synthetic_store': dict(store='x', generator=1)}}
  found = stores_of_seed({**arm, 'arms': {'a': arm, 'b': {'seed': 1}}}, 2)
  assert found['augment']['synthetic_store'] == dict(store='x', generator=3)
  assert found['arms']['a']['augment']['synthetic_store']['generator'] == 3 and found['arms']['b'] == {'seed': 1}


def test_an_arm_that_names_no_generator_has_the_jobs():
  job = {'augment': {'synthetic_store': dict(store='x', generator=1)}}
  found = stores_of_seed({**job, 'arms': {'half': {'augment': {'synthetic_store': dict(ratio=0.5)}}}}, 2)
  assert found['augment']['synthetic_store']['generator'] == 3
  assert found['arms']['half']['augment']['synthetic_store'] == dict(ratio=0.5)
  alone = stores_of_seed({'arms': {'half': {'augment': {'synthetic_store': dict(store='x')}}}}, 2)
  assert alone['arms']['half']['augment']['synthetic_store'] == dict(store='x', generator=2)


def test_a_store_of_other_classes_or_without_rows_is_named(store):
  apply = augment.synthetic_store(store, 1)
  with pytest.raises(InputError, match='is of 10 classes, the data are of 3'):
    apply(jax.random.key(0), {'image': np.zeros((2, 8, 8, 1)), 'label': np.eye(3)[:2]}, None)
  with pytest.raises(InputError, match='holds no accepted image of generator 7'):
    augment.synthetic_store(store, 7)(jax.random.key(0), {'image': np.zeros((2, 8, 8, 1)), 'label': np.eye(10)[:2]}, None)


def test_it_trains_from_a_config(store, tmp_path):
  config = {
    'data': SECTION,
    'model': dict(name='mlp', hidden=(8,)),
    'train': dict(steps=2, batch_size=16, evaluate_every=2, log_every=1),
    'augment': {'names': ('synthetic_store',), 'synthetic_store': dict(store=store)},
    'evaluate': dict(attack={}, validation_steps=0),
  }
  train.fit(config, tmp_path)
  config['augment']['synthetic_store'] = dict(store=store, generator=1)
  with pytest.raises(InputError, match='was trained on'):
    train.fit(config, tmp_path / 'other')


def test_a_verdict_leaves_such_a_store(tmp_path):
  config = {
    'seeds': 2,
    'data': dict(source='digits', test=0.5, validation=0.0, per_class=10),
    'generator': dict(name='edm', codec='rows', network='row', width=16, depth=1),
    'fit': dict(steps=30, batch_size=16),
    'gate': dict(refused=0.0, outside=5.0, rough=0.0, candidates=1.0, attempts=1),
    'mix': dict(ratios=(0.2,)),
    'controls': ('jitter',),
    'retrain': dict(learners=('logistic',), metric='accuracy'),
  }
  synthesize.verdict(config, tmp_path)
  splits = data.load(config['data'])
  held = {'names': ('synthetic_store',), 'synthetic_store': dict(store=str(tmp_path / 'store.parquet'))}
  check_store(held, splits, config['data'])
  image, label = accepted_images(tmp_path / 'store.parquet', 0)
  assert image.shape[1:] == (8, 8, 1) and 0 <= image.min() and image.max() <= 1 and (np.asarray(label).sum(1) == 1).all()
