"""Batches are a pure function of the step; resident, streamed and divided feeds agree."""

import itertools

import jax
import numpy as np
import pytest

from jaxaug import data
from jaxaug.types import InputError

EXAMPLES = {
  'image': np.random.default_rng(0).integers(0, 256, (50, 2, 2, 1), np.uint8),
  'id': np.arange(50, dtype=np.int32),
  'label': np.eye(5, dtype=np.float32)[np.arange(50) % 5],
}


def batches(start, count, resident=True, **options):
  feed = data.training_feed(EXAMPLES, 8, 3, resident_bytes=10**9 if resident else 0, **options)
  assert bool(feed.resident) == resident and feed.steps_per_epoch == 6
  following = itertools.islice(feed.batches(start), count)
  return [feed.gather(feed.resident, b, step) for step, b in enumerate(following, start)]


def test_an_epoch_sees_every_example_at_most_once_and_the_next_another_order():
  ids = np.stack([b['id'] for b in batches(0, 12)])
  assert len(set(ids[:6].ravel())) == 48 and len(set(ids[6:].ravel())) == 48
  assert (ids[:6] != ids[6:]).any()


def test_starting_later_gives_the_same_batches():
  for a, b in zip(batches(0, 15)[4:], batches(4, 11)):
    assert (np.asarray(a['id']) == np.asarray(b['id'])).all()


def test_a_resident_epoch_is_one_mapping_so_that_it_is_sent_once():
  given = list(itertools.islice(data.training_feed(EXAMPLES, 8, 3, resident_bytes=10**9).batches(4), 9))
  assert [b is given[0] for b in given[:3]] == [True, True, False] and all(b is given[2] for b in given[2:8])
  assert given[8] is not given[2]


def test_streaming_equals_resident():
  for a, b in zip(batches(5, 9), batches(5, 9, resident=False)):
    for name in EXAMPLES:
      assert (np.asarray(a[name]) == np.asarray(b[name])).all(), name


@pytest.mark.parametrize('resident', (True, False))
def test_processes_share_a_batch_out(resident):
  whole = batches(2, 5)
  for parts in zip(whole, batches(2, 5, resident, part=(0, 2)), batches(2, 5, resident, part=(1, 2))):
    assert (np.asarray(parts[0]['id']) == np.concatenate([parts[1]['id'], parts[2]['id']])).all()


def test_entries_stay_together_and_images_become_floats():
  for b in batches(0, 6):
    assert np.allclose(b['image'] * 255, EXAMPLES['image'][b['id']]) and (b['label'] == EXAMPLES['label'][b['id']]).all()
    assert b['image'].dtype == np.float32 and 0 <= np.min(b['image']) and np.max(b['image']) <= 1


@pytest.mark.parametrize('size, part', ((51, (0, 1)), (0, (0, 1)), (9, (0, 2))))
def test_impossible_batches_are_refused(size, part):
  with pytest.raises(InputError, match='train.batch_size'):
    data.training_feed(EXAMPLES, size, 0, resident_bytes=0, part=part)


def test_compiled_pixels_are_the_nearest_floats():
  image = np.arange(256, dtype=np.uint8).reshape(256, 1, 1, 1)
  floats = jax.jit(lambda image: data.as_batch({'image': image})['image'])(image)
  assert (floats == (image / 255).astype(np.float32)).all()
