"""Folders of images: read back exactly; a bad file is named."""

import numpy as np
import PIL.Image
import pytest

from jaxaug import data
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).integers(0, 256, (12, 5, 6, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
  for i, image in enumerate(IMAGE):
    place = tmp_path / 'images' / ('cat', 'dog')[i % 2]
    place.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(image).save(place / f'{i:02d}.png')
  return tmp_path


def load(folder):
  return data.load(
    {'source': f'folder:{folder / "images"}', 'cache_dir': str(folder / 'cache'), 'validation': 0.1, 'test': 0.2}
  )


def test_pixels_and_classes_come_back(folder):
  for _ in range(2):  # the second time from the cache
    splits = load(folder)
    order = [*range(0, 12, 2), *range(1, 12, 2)]  # cats first, by name
    for part in (splits.train, splits.validation, splits.test):
      assert (part['image'] == IMAGE[order][part['id']]).all() and (part['label'].argmax(-1) == part['id'] // 6).all()
    assert splits.info.class_names == ('cat', 'dog')


def test_grey_files_have_one_channel(folder):
  for file in (folder / 'images').rglob('*.png'):
    PIL.Image.open(file).convert('L').save(file)
  assert load(folder).info.image_shape == (5, 6, 1)


def test_a_changed_file_is_read_anew(folder):
  load(folder)
  PIL.Image.fromarray(np.zeros((5, 6, 3), np.uint8)).save(folder / 'images' / 'cat' / '00.png')
  splits = load(folder)
  zero = [part['image'][part['id'] == 0] for part in (splits.train, splits.validation, splits.test) if 0 in part['id']]
  assert not zero[0].any()


def test_a_file_of_another_size_is_named(folder):
  PIL.Image.fromarray(IMAGE[0, :3]).save(folder / 'images' / 'dog' / 'small.png')
  with pytest.raises(InputError, match=r'small.png: 6x3 pixels.*6x5'):
    load(folder)


def test_an_unreadable_file_is_named(folder):
  file = folder / 'images' / 'dog' / '03.png'
  file.write_bytes(file.read_bytes()[:60])
  with pytest.raises(InputError, match='03.png: unreadable image'):
    load(folder)


def test_a_folder_without_images_is_refused(tmp_path):
  with pytest.raises(InputError, match='no .png'):
    data.load({'source': f'folder:{tmp_path}'})


def test_deep_pixels_are_refused_not_cut_off(folder):
  PIL.Image.fromarray(np.full((5, 6), 1000, np.uint16)).save(folder / 'images' / 'dog' / 'deep.png')
  with pytest.raises(InputError, match='deep.png: pixels of mode I'):
    load(folder)


def test_a_large_set_is_read_from_disk_row_by_row_and_is_the_same(folder):
  config = {'source': f'folder:{folder / "images"}', 'cache_dir': str(folder / 'cache')}
  small, large = data.load(config), data.load({**config, 'resident_bytes': 100})
  for name in ('train', 'validation', 'test'):
    ours, theirs = getattr(large, name), getattr(small, name)
    assert not isinstance(ours['image'], np.ndarray) and (np.asarray(ours['image']) == theirs['image']).all()
    assert ours['image'].shape == theirs['image'].shape and ours['image'].nbytes == theirs['image'].nbytes
  feeds = [data.training_feed(s.train, 4, 0, resident_bytes=100) for s in (small, large)]
  batches = [next(feed.batches(3)) for feed in feeds]
  assert not feeds[1].resident and all((batches[0][k] == batches[1][k]).all() for k in batches[0])
