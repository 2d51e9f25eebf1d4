"""Archives: what is read, what is refused."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).integers(0, 256, (30, 4, 5, 3), np.uint8)
LABEL = np.arange(30) % 3


def saved(tmp_path, **arrays):
  np.savez(tmp_path / 'a.npz', **arrays)
  return {'source': f'npz:{tmp_path / "a.npz"}', 'validation': 0.1}


def test_without_test_arrays_test_is_cut_from_train(tmp_path):
  splits = data.load(saved(tmp_path, image=IMAGE, label=LABEL, group=LABEL * 10))
  assert [len(getattr(splits, s)['id']) for s in ('train', 'validation', 'test')] == [21, 3, 6]
  assert (splits.train['image'] == IMAGE[splits.train['id']]).all() and (
    splits.test['group'] == LABEL[splits.test['id']] * 10
  ).all()
  assert splits.info.image_shape == (4, 5, 3) and splits.info.num_classes == 3


def test_with_test_arrays_they_are_the_test_split(tmp_path):
  splits = data.load(saved(tmp_path, image=IMAGE[..., 0], label=LABEL, test_image=IMAGE[:4, ..., 0], test_label=LABEL[:4]))
  assert (splits.test['image'][..., 0] == IMAGE[:4, ..., 0]).all() and splits.test['id'].tolist() == [30, 31, 32, 33]


def test_float_images_keep_their_values(tmp_path):
  splits = data.load(saved(tmp_path, image=IMAGE / 255.0, label=LABEL))
  assert splits.train['image'].dtype == np.float32 and np.allclose(splits.train['image'], IMAGE[splits.train['id']] / 255.0)


@pytest.mark.parametrize(
  'arrays, words',
  (
    (dict(image=IMAGE, label=np.array([{}] * 30, object)), 'pickled objects, which are refused'),
    (dict(image=IMAGE), 'has no array label'),
    (dict(image=IMAGE, label=LABEL, test_image=IMAGE), 'has no array test_label'),
    (dict(image=IMAGE, label=LABEL[:7]), '7 entries of label for 30 images'),
    (dict(image=IMAGE, label=LABEL - 1), 'label -1 at row 0'),
    (
      dict(image=IMAGE, label=LABEL, test_image=IMAGE[:2], test_label=np.array([0, 7])),
      'label 7 at row 1 is outside the 3 classes',
    ),
    (dict(image=IMAGE, label=LABEL / 2), 'must be integers'),
    (dict(image=IMAGE.astype(np.float32), label=LABEL), r'must stay in \[0, 1\]'),
    (dict(image=np.full((30, 4, 4, 1), np.nan), label=LABEL), r'must stay in \[0, 1\]'),
    (dict(image=IMAGE.astype(np.int32), label=LABEL), 'must be uint8 or float'),
    (dict(image=IMAGE, label=LABEL, test_image=IMAGE[:2, :3], test_label=LABEL[:2]), 'image size'),
  ),
)
def test_bad_archives_are_refused_by_name(tmp_path, arrays, words):
  with pytest.raises(InputError, match=words) as caught:
    data.load(saved(tmp_path, **arrays))
  assert 'a.npz' in str(caught.value)


def test_a_file_that_is_no_archive_is_refused(tmp_path):
  (tmp_path / 'a.npz').write_bytes(b'PK nonsense')
  with pytest.raises(InputError, match='no readable npz'):
    data.load({'source': f'npz:{tmp_path / "a.npz"}'})


def test_labels_outside_the_stated_classes_are_refused(tmp_path):
  with pytest.raises(InputError, match='outside the 2 classes'):
    data.load({**saved(tmp_path, image=IMAGE, label=LABEL), 'num_classes': 2})
