"""Sets that TFDS has prepared are read without TensorFlow; what it does not know is said."""

import numpy as np
import PIL.Image
import pytest

from jaxaug import data
from jaxaug.data.tfds import read_tfds
from jaxaug.types import InputError

tfds = pytest.importorskip('tensorflow_datasets')


@pytest.fixture
def builder(tmp_path):
  from tensorflow_datasets.core import registered

  with registered.skip_registration():

    class Made(tfds.core.GeneratorBasedBuilder):
      """Ten grey images."""

      VERSION = tfds.core.Version('1.0.0')

      def _info(self):
        image = tfds.features.Image(shape=(4, 4, 1), dtype=np.uint8)
        return tfds.core.DatasetInfo(
          builder=self,
          features=tfds.features.FeaturesDict({'image': image, 'label': tfds.features.ClassLabel(names=['low', 'high'])}),
        )

      def _split_generators(self, dl_manager):
        return {'train': self._generate_examples(0, 8), 'test': self._generate_examples(8, 10)}

      def _generate_examples(self, start, stop):
        for i in range(start, stop):
          yield i, {'image': PIL.Image.fromarray(np.full((4, 4), 20 * i, np.uint8)), 'label': int(i > 4)}

  made = Made(data_dir=tmp_path / 'tfds', file_format='array_record')
  made.download_and_prepare()
  return made


def test_images_labels_and_the_second_read_agree(builder, tmp_path):
  for _ in range(2):
    source = read_tfds('made', '', str(tmp_path / 'cache'), builder)
    assert source.class_names == ('low', 'high')
    values = source.train['image'][:, 0, 0, 0]
    assert sorted(values) == [0, 20, 40, 60, 80, 100, 120, 140] and source.test['image'].shape == (2, 4, 4, 1)
    assert (source.train['label'] == (values > 80)).all() and (source.test['label'] == 1).all()


@pytest.mark.parametrize('name', ('no_such_set', 'Fashion-MNIST', 'my data'))
def test_an_unknown_name_lists_what_exists(name):
  with pytest.raises(InputError, match=f"'{name}' is no source.*digits, fashion_mnist, folder:<path>, npz:<path>"):
    data.load({'source': name})
