"""Image classification sets of TensorFlow Datasets, read without TensorFlow."""

import pathlib
import uuid

import numpy as np

from jaxaug.data.cache import decoded
from jaxaug.data.source import Source
from jaxaug.types import InputError

AT_A_TIME = 64  # records that are read side by side


def import_tfds(name: str):
  """The `tensorflow_datasets` module.

  Args:
    name: of the set, for the message.

  Raises:
    InputError: it is not installed.
  """
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise InputError(
      f"data.source: {name!r} is read through TensorFlow Datasets: pip install 'jaxaug[tfds]' ({error})"
    ) from None
  return tfds


def _images(examples, labels: list):
  """Yields the images, few decoded at a time, and leaves their labels in the list."""
  for start in range(0, len(examples), AT_A_TIME):
    for example in examples.__getitems__(range(start, min(start + AT_A_TIME, len(examples)))):
      labels.append(example['label'])
      yield np.asarray(example['image'])


def read_tfds(name: str, data_dir: str, cache_dir: str, builder=None) -> Source:
  """Reads splits `train` and `test` (or `validation` where there is no test), decoding once into `cache_dir`.

  Args:
    name: registered set, e.g. 'cifar10' or 'svhn_cropped'.
    data_dir: where TFDS keeps prepared sets; '' is its own default.
    cache_dir: where decoded images are kept.
    builder: one that is already prepared; None looks `name` up and lets TFDS prepare (download) it if need be.

  Returns:
    Source.

  Raises:
    InputError: unknown name, preparation failed, no `image` and `label`, images of different sizes.
  """
  tfds = import_tfds(name)
  if builder is None:
    try:
      builder = tfds.builder(name, data_dir=data_dir or None, file_format='array_record')
    except (tfds.core.DatasetNotFoundError, ValueError):  # the second where the name is none that TFDS could parse
      raise InputError(
        f'data.source: {name!r} is no source of jaxaug and no set of TensorFlow Datasets '
        f'{tfds.__version__}; there are digits, fashion_mnist, folder:<path>, npz:<path> and '
        'the names that tensorflow_datasets.list_builders() gives'
      ) from None
    try:
      builder.download_and_prepare(file_format='array_record')
    except Exception as error:  # whatever network, disk or checksum brought up: the cause is in its words
      raise InputError(
        f'data.source: TensorFlow Datasets could not prepare {name!r} in {builder.data_dir}: '
        f'{str(error).splitlines()[0] if str(error) else type(error).__name__}'
      ) from error
  features = builder.info.features
  if not {'image', 'label'} <= set(features):
    raise InputError(f'data.source: {name!r} has the features {", ".join(features)}; an image and a label are needed')
  if not hasattr(features['label'], 'names'):
    raise InputError(f'data.source: the label of {name!r} is no class but {type(features["label"]).__name__}')
  splits = [s for s in ('train', 'test', 'validation') if s in builder.info.splits]
  if 'train' not in splits:
    raise InputError(f'data.source: {name!r} has no train split')
  kind = np.dtype(features['image'].np_dtype).name
  folder = pathlib.Path(cache_dir) / f'{name}-{builder.info.version}{"" if kind == "uint8" else "-" + kind}'
  parts = {}
  for split in splits[:2]:
    examples = builder.as_data_source(split)
    label_file, image_file = folder / f'{split}-label.npy', folder / f'{split}-image.npy'
    if not label_file.exists():
      image_file.unlink(missing_ok=True)
    labels = []
    image = decoded(image_file, len(examples), _images(examples, labels))
    if labels:
      partial = label_file.with_suffix(f'.{uuid.uuid4().hex}.npy')
      np.save(partial, np.array(labels, np.int32))
      partial.replace(label_file)
    parts[split] = {'image': image, 'label': np.load(label_file)}
  origin = f'tfds:{name}:{builder.info.version}'
  return Source(parts['train'], parts.get('test', parts.get('validation')), tuple(features['label'].names), origin)
