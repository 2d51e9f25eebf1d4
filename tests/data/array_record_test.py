"""A store as a set of TensorFlow Datasets: what is read is what was drawn, with where it came from."""

import json

import numpy as np
import pytest
import tensorflow_datasets as tfds

from jaxaug import data
from jaxaug.types import InputError

CLASSES = ['b', '<ten>', 'absent', 'a']  # neither in order nor all drawn


def store(shape, size=12):
  random = np.random.default_rng(0)
  provenance = {
    'label': np.array(['<ten>', 'a', 'b'])[np.arange(size) % 3],
    'seed': np.zeros(size, int),
    'attempt': np.arange(size) // 6,
    'draw': np.arange(size) % 6,
    'confidence': random.random(size),
    'nearest_id': np.arange(size) + 100,
    'nearest_distance': random.random(size),
    'accepted': np.arange(size) % 4 != 3,
    'reason': np.where(np.arange(size) % 4 == 3, 'off class', ''),
  }
  return data.Store(random.random((size, *shape)).astype(np.float32), provenance, {'generator': 'abc', 'classes': CLASSES})


@pytest.mark.parametrize(('shape', 'field'), (((4, 4, 1), 'image'), ((6, 2), 'series'), ((5,), 'row')))
def test_tensorflow_datasets_reads_the_same_rows_and_their_provenance(shape, field, tmp_path):
  held = store(shape)
  name = data.write_array_record(tmp_path, held)
  assert name == data.write_array_record(tmp_path, held)  # the same content has the same name
  builder = tfds.builder(name, data_dir=tmp_path)
  assert json.loads(builder.info.metadata['about']) == held.about
  for split, which in (('train', held.provenance['accepted']), ('refused', ~held.provenance['accepted'])):
    found, rows = builder.as_data_source(split), np.flatnonzero(which)
    assert len(found) == len(rows)
    for example, n in zip(found, rows):
      np.testing.assert_array_equal(example[field], held.rows[n])
      assert builder.info.features['label'].int2str(example['label']) == held.provenance['label'][n]
      assert (example['nearest_id'], example['draw'], bool(example['accepted'])) == (n + 100, n % 6, split == 'train')
      assert example['reason'].decode() == held.provenance['reason'][n] and example['confidence'] == np.float32(
        held.provenance['confidence'][n]
      )


def test_images_can_be_trained_on_by_their_name(tmp_path):
  held = store((4, 4, 1))
  name = data.write_array_record(tmp_path / 'sets', held)
  section = dict(source=name, data_dir=str(tmp_path / 'sets'), cache_dir=str(tmp_path / 'cache'), validation=0.0, test=0.4)
  splits = data.load(section)
  assert splits.info.class_names == tuple(CLASSES) and len(splits.train['id']) + len(splits.test['id']) == 9
  rows = np.concatenate([splits.train['image'], splits.test['image']])
  assert {row.tobytes() for row in rows} == {row.tobytes() for row in held.rows[held.provenance['accepted']]}


def test_an_empty_store_is_refused(tmp_path):
  strange = store((4,))
  with pytest.raises(InputError, match=r"labels \['<ten>', 'b'\] are none of"):
    data.write_array_record(tmp_path, strange._replace(about={'classes': ['a']}))
  with pytest.raises(InputError, match='the store is empty'):
    data.write_array_record(tmp_path, store((4,), 0))
