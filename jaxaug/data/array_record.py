"""A store of generated examples as a set of TensorFlow Datasets, in ArrayRecord files that any reader of these can open."""

import hashlib
import json
import os
import pathlib

import numpy as np

from jaxaug.data.synthetic_store import PROVENANCE, Store
from jaxaug.data.tfds import import_tfds
from jaxaug.types import InputError

FIELDS = {3: 'image', 2: 'series', 1: 'row'}  # by the number of axes of an example, as in MODALITIES
SHARD = 10_000  # examples of a file


def write_array_record(folder: str | os.PathLike, store: Store) -> str:
  """Writes the accepted examples as split `train`, the others as `refused`, with all of their provenance; numbers
  are float32, as TensorFlow's records have them.

  `tensorflow_datasets.builder(name, data_dir=folder).as_data_source('train')` reads them, and so does, for images,
  `jaxaug.data.load({'source': name, 'data_dir': folder})`.

  Args:
    folder: the `data_dir` to write into.
    store: of `read_store`.

  Returns:
    The name of the set, `synthetic_` and 12 digits of a hash of what is in it.

  Raises:
    InputError: an empty store, labels that are none of its classes, or TensorFlow Datasets is not there.
  """
  if not len(store.rows):
    raise InputError(f'array_record {folder}: the store is empty')
  tfds = import_tfds('synthetic')
  from tensorflow_datasets.core.sequential_writer import SequentialWriter

  columns = {name: np.asarray(store.provenance[name]) for name in PROVENANCE if name != 'label'}
  labels = np.asarray(store.provenance['label']).astype(str)
  classes = tuple(str(name) for name in store.about.get('classes', np.unique(labels)))  # numbered as in the data
  strange = sorted(set(labels.tolist()) - set(classes))
  if strange:
    raise InputError(f'array_record {folder}: labels {strange} are none of the classes {list(classes)}')
  content = [store.rows.tobytes(), json.dumps([classes, labels.tolist(), *(a.tolist() for a in columns.values())]).encode()]
  name = f'synthetic_{hashlib.sha256(b"".join(content)).hexdigest()[:12]}'
  place = pathlib.Path(folder) / name / '1.0.0'
  place.mkdir(parents=True, exist_ok=True)

  scalar = lambda values: tfds.features.Text() if values.dtype.kind == 'U' else tfds.features.Scalar(values.dtype.type)
  field = FIELDS[store.rows.ndim - 1]
  features = {field: tfds.features.Tensor(shape=store.rows.shape[1:], dtype=np.float32)}
  features |= {'label': tfds.features.ClassLabel(names=classes)} | {name: scalar(a) for name, a in columns.items()}
  identity = tfds.core.DatasetIdentity(
    name=name, version=tfds.core.Version('1.0.0'), data_dir=str(place), module_name='jaxaug.data'
  )
  info = tfds.core.DatasetInfo(
    builder=identity,
    features=tfds.features.FeaturesDict(features),
    description='Generated examples; split `train` passed the gate.',
    metadata=tfds.core.MetadataDict(about=json.dumps(store.about)),
  )
  examples = lambda which: [
    {field: store.rows[n], 'label': labels[n], **{name: a[n].item() for name, a in columns.items()}}
    for n in np.flatnonzero(which)
  ]
  accepted = columns['accepted'].astype(bool)
  parts = {split: which for split, which in (('train', accepted), ('refused', ~accepted)) if which.any()}
  writer = SequentialWriter(info, SHARD, file_format='array_record')
  writer.initialize_splits(list(parts))
  writer.add_examples({split: examples(which) for split, which in parts.items()})
  writer.close_all()
  return name
