"""Data sets by name."""

from collections.abc import Mapping

import numpy as np

from jaxaug.data.digits import read_digits
from jaxaug.data.fashion_mnist import read_fashion_mnist
from jaxaug.data.folder import read_folder
from jaxaug.data.japanese_vowels import read_japanese_vowels
from jaxaug.data.npz import read_npz
from jaxaug.data.series import resampled
from jaxaug.data.source import checked, modality
from jaxaug.data.split import Splits, make_splits
from jaxaug.data.tables import read_table
from jaxaug.data.tfds import read_tfds
from jaxaug.data.tones import read_tones
from jaxaug.data.windows import windowed
from jaxaug.types import InputError, fill

DEFAULTS = dict(
  source='digits',  # a key of READERS, with a path after the colon, or a name of TensorFlow Datasets
  seed=0,  # of the split
  validation=0.1,  # share of train
  test=0.2,  # share of train, where the source has no test part
  fraction=1.0,  # of train that is kept
  per_class=0,  # train examples kept of each class; 0 keeps all
  imbalance={},  # {class: train examples kept}
  num_classes=0,  # of an npz; 0 counts them
  steps=0,  # of a series, brought to so many by interpolation; 0 leaves it padded
  window=0,  # of a series, cut into windows of so many steps after the split; 0 leaves it whole
  stride=1,  # steps from the start of one window to the next
  resident_bytes=2_000_000_000,  # a train split up to this size stays on the device, a larger one streams
  data_dir='',  # of TensorFlow Datasets; '' is its own default
  cache_dir='.cache/data',  # decoded images
  idx_dir='/usr/share/datasets/fashion-mnist',  # IDX files to prepare Fashion-MNIST from
)

READERS = {
  'digits': lambda c: read_digits(),
  'fashion_mnist': lambda c: read_fashion_mnist(c['data_dir'], c['cache_dir'], c['idx_dir']),
  'folder:': lambda c: read_folder(c['source'].removeprefix('folder:'), c['cache_dir']),
  'npz:': lambda c: read_npz(c['source'].removeprefix('npz:'), c['num_classes']),
  'breast_cancer': lambda c: read_table('breast_cancer'),
  'wine': lambda c: read_table('wine'),
  'japanese_vowels': lambda c: read_japanese_vowels(),
  'tones': lambda c: read_tones(),
}


def load(config: Mapping, kinds: tuple[str, ...] = ('image',)) -> Splits:
  """Reads, checks and splits a set.

  Args:
    config: ConfigDict or dict with any of the fields of DEFAULTS.
    kinds: of `jaxaug.data.MODALITIES`, what the caller can work with.

  Returns:
    Splits(train, validation, test, info).

  Raises:
    InputError: unknown field or source, a kind that is not asked for, unreadable or invalid data; names the field, file or row.
  """
  settings = fill(dict(config), DEFAULTS, 'data')
  source = settings['source']
  if not source:
    raise InputError('data.source: is empty')
  kind = source.split(':')[0] + ':' if ':' in source else source
  if ':' in source and kind not in READERS:
    raise InputError(f'data.source: {source!r} is unknown; there are {", ".join(READERS)} and names of TensorFlow Datasets')
  read = READERS.get(kind, lambda c: read_tfds(source, c['data_dir'], c['cache_dir']))
  chosen = {f: settings[f] for f in ('seed', 'validation', 'test', 'fraction', 'per_class', 'imbalance')}
  found = checked(read(settings))
  if modality(found.train) not in kinds:
    raise InputError(f'data.source: {source!r} holds {modality(found.train)}, this takes {", ".join(kinds)}')
  for field in ('steps', 'window'):
    if settings[field] and modality(found.train) != 'series':
      raise InputError(f'data.{field}: {settings[field]}; {source!r} holds {modality(found.train)}, no series')
  if settings['steps']:
    found = found._replace(**{part: _resampled(getattr(found, part), settings['steps']) for part in ('train', 'test')})
  splits = make_splits(found, source, mapped_above=settings['resident_bytes'], **chosen)
  return windowed(splits, settings['window'], settings['stride']) if settings['window'] else splits


def _resampled(part: Mapping | None, steps: int) -> dict | None:
  """A part whose series all have `steps` steps."""
  if part is None:
    return None
  rest = {field: values for field, values in part.items() if field != 'length'}
  length = part.get('length', np.full(len(part['series']), part['series'].shape[1]))
  return {**rest, 'series': resampled(part['series'], length, steps)}
