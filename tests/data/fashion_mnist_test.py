"""Fashion-MNIST from local IDX files: checked by payload, and the images are those of the golden archive."""

import gzip
import pathlib

import numpy as np
import pytest

from jaxaug import data
from jaxaug.data.fashion_mnist import PAYLOAD_SHA256, read_idx
from jaxaug.types import InputError

IDX = pathlib.Path(data.DEFAULTS['idx_dir'])
here = pytest.mark.skipif(
  not all((IDX / name).exists() for name in PAYLOAD_SHA256), reason='apt install dataset-fashion-mnist'
)


@here
def test_idx_files_hold_the_golden_images(golden):
  assert (read_idx(IDX / 't10k-images-idx3-ubyte.gz')[:1000] == golden['image'].reshape(-1, 28, 28)).all()
  assert (read_idx(IDX / 't10k-labels-idx1-ubyte.gz')[:1000] == golden['label']).all()


@here
def test_it_is_prepared_from_idx_files_and_read_with_their_labels(golden, fashion_mnist):
  folders = {'data_dir': str(fashion_mnist / 'tfds'), 'cache_dir': str(fashion_mnist / 'cache')}
  splits = data.load({'source': 'fashion_mnist', **folders})
  assert len(splits.train['id']) == 6_300 and len(splits.test['id']) == 1_000  # of those that the fixture prepares
  stored = sorted(zip((image.tobytes() for image in golden['image']), golden['label']))
  read = sorted(zip((np.asarray(image).tobytes() for image in splits.test['image']), splits.test['label'].argmax(-1)))
  assert read == stored  # each with its label; TFDS has an order of its own
  assert splits.info.class_names[9] == 'Ankle boot'


def test_other_payloads_and_broken_files_are_refused(tmp_path):
  file = tmp_path / 't10k-labels-idx1-ubyte.gz'
  file.write_bytes(gzip.compress(b'\0\0\x08\x01\0\0\0\x02ab'))
  with pytest.raises(InputError, match='t10k-labels-idx1-ubyte.gz: payload has SHA-256'):
    read_idx(file)
  file.write_bytes(b'no gzip')
  with pytest.raises(InputError, match='unreadable IDX file'):
    read_idx(file)
