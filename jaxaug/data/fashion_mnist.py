"""Fashion-MNIST through TFDS: as prepared, else from local IDX files, else by TFDS's own download."""

import gzip
import hashlib
import os
import pathlib

import numpy as np
import PIL.Image

from jaxaug.data.source import Source
from jaxaug.data.tfds import import_tfds, read_tfds
from jaxaug.types import InputError

# SHA-256 of the IDX payloads after decompression: the gzip headers differ between mirrors.
PAYLOAD_SHA256 = {
  't10k-images-idx3-ubyte.gz': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  't10k-labels-idx1-ubyte.gz': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  'train-images-idx3-ubyte.gz': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels-idx1-ubyte.gz': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
}


def read_idx(path: pathlib.Path) -> np.ndarray:
  """Decodes a gzipped IDX file of unsigned bytes.

  Args:
    path: one of the four files of PAYLOAD_SHA256.

  Returns:
    [N, 28, 28] or [N] uint8.

  Raises:
    InputError: not gzip, cut short, or another payload than the published one.
  """
  try:
    with gzip.open(path) as stored:
      raw = stored.read()
  except (OSError, EOFError) as error:
    raise InputError(f'{path}: unreadable IDX file ({error})') from None
  found = hashlib.sha256(raw).hexdigest()
  if found != PAYLOAD_SHA256[path.name]:
    raise InputError(f'{path}: payload has SHA-256 {found}, Fashion-MNIST has {PAYLOAD_SHA256[path.name]}')
  dimensions = raw[3]
  shape = np.frombuffer(raw, '>i4', count=dimensions, offset=4)
  return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _local_builder(tfds, data_dir: str | None):
  """TFDS's own builder (name, version, features) that takes its examples from the IDX files in `manual_dir`."""
  from tensorflow_datasets.core import registered
  from tensorflow_datasets.image_classification import mnist

  with registered.skip_registration():

    class FashionMNISTLocal(mnist.FashionMNIST):
      name = 'fashion_mnist'
      MANUAL_DOWNLOAD_INSTRUCTIONS = 'The four *-ubyte.gz files (Debian: apt install dataset-fashion-mnist).'

      def _split_generators(self, dl_manager):
        folder = pathlib.Path(os.fspath(dl_manager.manual_dir))
        return {'train': self._generate_examples(folder, 'train'), 'test': self._generate_examples(folder, 't10k')}

      def _generate_examples(self, folder, part):
        images, labels = (read_idx(folder / f'{part}-{kind}-ubyte.gz') for kind in ('images-idx3', 'labels-idx1'))
        for i, (image, label) in enumerate(zip(images, labels)):
          yield i, {'image': PIL.Image.fromarray(image), 'label': int(label)}  # an ndarray would need TensorFlow

  return FashionMNISTLocal(data_dir=data_dir, file_format='array_record')


def read_fashion_mnist(data_dir: str, cache_dir: str, idx_dir: str) -> Source:
  """60,000 train and 10,000 test images of 28x28x1.

  Args:
    data_dir: where TFDS keeps prepared sets; '' is its own default.
    cache_dir: where decoded images are kept.
    idx_dir: folder with the four IDX files, used when TFDS has the set not prepared yet.

  Returns:
    Source.

  Source: Xiao et al., Fashion-MNIST, 2017.
  """
  tfds = import_tfds('fashion_mnist')
  local = _local_builder(tfds, data_dir or None)
  if local.is_prepared():
    return read_tfds('fashion_mnist', data_dir, cache_dir, local)
  if all((pathlib.Path(idx_dir) / file).is_file() for file in PAYLOAD_SHA256):
    manual = tfds.download.DownloadConfig(manual_dir=idx_dir, try_download_gcs=False)
    local.download_and_prepare(download_config=manual)
    return read_tfds('fashion_mnist', data_dir, cache_dir, local)
  return read_tfds('fashion_mnist', data_dir, cache_dir)
