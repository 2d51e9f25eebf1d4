"""Decoded images are written once, whole or not at all."""

import numpy as np
import pytest

from jaxaug.data.cache import decoded
from jaxaug.types import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 3, 1), np.uint8)


def test_it_is_decoded_once(tmp_path):
  first = decoded(tmp_path / 'a' / 'x.npy', 5, iter(IMAGES))
  again = decoded(tmp_path / 'a' / 'x.npy', 5, None)
  assert (first == IMAGES).all() and (again == IMAGES).all()


def test_a_failure_leaves_nothing(tmp_path):
  def failing():
    yield IMAGES[0]
    raise OSError('gone')

  with pytest.raises(OSError):
    decoded(tmp_path / 'x.npy', 5, failing())
  assert not list(tmp_path.iterdir())


def test_another_shape_is_named_not_broadcast(tmp_path):
  with pytest.raises(InputError, match='image 1 has shape'):
    decoded(tmp_path / 'x.npy', 2, iter([np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3, 1), np.uint8)]))


def test_floats_stay_floats_and_other_numbers_are_refused(tmp_path):
  images = np.random.default_rng(0).random((3, 2, 2, 1)).astype(np.float32)
  np.testing.assert_array_equal(decoded(tmp_path / 'x.npy', 3, iter(images)), images)
  with pytest.raises(InputError, match='images of uint16, must be uint8 or float32'):
    decoded(tmp_path / 'y.npy', 3, iter(images.astype(np.uint16)))
