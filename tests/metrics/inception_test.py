"""Only the weights that were meant are used."""

import hashlib

import pytest

from jaxaug.metrics import check_weights
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
