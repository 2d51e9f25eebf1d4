"""Only the weights that were meant are used, and only with them a distance is called FID."""

import hashlib

import numpy as np
import pytest

from jaxaug.metrics import check_weights, fid, frechet_distance
from jaxaug.types import InputError


def test_the_right_file_is_handed_on_and_no_other(tmp_path):
  file = tmp_path / 'weights.npz'
  file.write_bytes(b'layer' * 100_000)
  digest = hashlib.sha256(file.read_bytes()).hexdigest()
  assert check_weights(str(file), digest) == check_weights(str(file), digest.upper() + '\n') == str(file)
  file.write_bytes(b'layer' * 99_999 + b'layes')
  with pytest.raises(InputError, match=f'not {digest}'):
    check_weights(str(file), digest)
  for absent in (tmp_path / 'none', tmp_path):
    with pytest.raises(InputError, match='weights: no file'):
      check_weights(str(absent), digest)


@pytest.fixture
def weights(tmp_path):
  """(path, digest) of a projection."""
  file = tmp_path / 'weights.npy'
  np.save(file, np.random.default_rng(1).normal(size=(12, 3)))
  return str(file), hashlib.sha256(file.read_bytes()).hexdigest()


def projection(path):
  kernel = np.load(path)
  return lambda images: images.reshape(len(images), -1) @ kernel


def test_fid_is_the_frechet_distance_of_the_networks_features_whatever_the_batches(weights):
  real, fake = np.random.default_rng(0).normal(size=(2, 23, 2, 2, 3))
  fake = fake[:17] + 1
  network = projection(weights[0])
  expected = frechet_distance(network(real), network(fake))
  for batch_size in (64, 23, 5):
    found = fid(real, fake, projection, *weights, batch_size)
    assert found.pop('fid') == pytest.approx(expected, rel=1e-9)
    assert found == {'real': 23, 'fake': 17, 'features': 3, 'sha256': weights[1]}
  assert fid(real, real, projection, *weights)['fid'] == pytest.approx(0, abs=1e-9)


def test_no_network_is_loaded_from_another_file_and_no_other_features_are_taken(weights):
  images, loaded = np.zeros((4, 2, 2, 3)), []
  with pytest.raises(InputError, match='has SHA-256'):
    fid(images, images, loaded.append, weights[0], '0' * 64)
  assert not loaded
  for network in (lambda x: x, lambda x: x.reshape(1, -1)):
    with pytest.raises(InputError, match=r'real: the network gives \[\[.*must be features'):
      fid(images, images, lambda path: network, *weights)
  with pytest.raises(InputError, match='holds NaN'):
    fid(images, images, lambda path: lambda x: np.full((len(x), 2), np.nan), *weights)
  with pytest.raises(InputError, match='batch_size: 0'):
    fid(images, images, projection, *weights, 0)
  with pytest.raises(InputError, match='real: '):
    fid(images[:0], images, projection, *weights)
