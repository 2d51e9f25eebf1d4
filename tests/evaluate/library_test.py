"""Stored attacks come back as they were, and nothing that does not keep what its file says."""

import json

import numpy as np
import pytest

from jaxaug import evaluate
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
EXAMPLES = {
  'image': RNG.integers(0, 256, (12, 4, 4, 1)).astype(np.uint8),
  'label': np.eye(3, dtype=np.float32)[np.arange(12) % 3],
  'id': np.arange(100, 112, dtype=np.int32),
}
CLEAN = (EXAMPLES['image'] / 255).astype(np.float32)
ROWS = np.array([7, 2, 9])
SAID = dict(attack='PGD-3', norm='linf', epsilon=0.1, source='runs/a/plain', weights='abc', seed=3)


def moved(by=0.09, rows=ROWS):
  return np.clip(CLEAN[rows] + by * RNG.choice([-1, 1], CLEAN[rows].shape), 0, 1).astype(np.float32)


def some(rows=ROWS):
  return {field: values[rows] for field, values in EXAMPLES.items()}


def test_it_comes_back_as_it_was(tmp_path):
  path, adversarial = tmp_path / 'a.npz', moved()
  written = evaluate.save_attacks(path, adversarial, some(), **SAID)
  read = evaluate.load_attacks(path, EXAMPLES)  # found by id among all examples
  assert (read.adversarial == adversarial).all() and (read.id == [107, 102, 109]).all()
  assert (read.label == EXAMPLES['label'][ROWS]).all() and read.about == json.loads(json.dumps(written.about))
  assert read.about['norm'] == 'linf' and read.about['source'] == 'runs/a/plain' and read.about['weights'] == 'abc'
  assert read.about['provenance']['seed'] == 3 and 'jax' in read.about['provenance']['versions']
  assert [file.name for file in tmp_path.iterdir()] == ['a.npz']


@pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
def test_the_ball_is_that_of_the_norm(tmp_path, norm):
  change = (moved() - CLEAN[ROWS]).reshape(3, -1).astype(np.float64)
  longest = {'linf': np.abs(change).max(), 'l2': np.linalg.norm(change, axis=1).max(), 'l1': np.abs(change).sum(1).max()}[
    norm
  ]
  adversarial = (CLEAN[ROWS].astype(np.float64) + change.reshape(CLEAN[ROWS].shape)).astype(np.float32)
  evaluate.save_attacks(tmp_path / 'a.npz', adversarial, some(), **SAID | dict(norm=norm, epsilon=float(longest)))
  with pytest.raises(InputError, match=f'1 of 3 images are outside the {norm} ball'):
    evaluate.save_attacks(tmp_path / 'b.npz', adversarial, some(), **SAID | dict(norm=norm, epsilon=0.99999 * longest)) if (
      norm != 'linf'
    ) else evaluate.save_attacks(tmp_path / 'b.npz', np.r_[adversarial[:2], moved(0.12)[2:]], some(), **SAID)
  assert not (tmp_path / 'b.npz').exists()


def tampered(tmp_path, **changes):
  path = tmp_path / 'a.npz'
  evaluate.save_attacks(path, moved(), some(), **SAID)
  with np.load(path) as file:
    held = dict(file)
  for field, value in changes.items():
    if value is None:
      del held[field]
    else:
      held[field] = value(held[field]) if callable(value) else value
  np.savez(path, **held)
  return path


def said(**changes):
  return lambda about: json.dumps(json.loads(str(about)) | changes)


@pytest.mark.parametrize(
  'changes, words',
  (
    (dict(adversarial=lambda a: np.clip(a + 0.2, 0, 1)), 'a.npz: 3 of 3 images are outside the linf ball of 0.1'),
    (dict(adversarial=lambda a: a - 1), 'leave the box'),
    (dict(adversarial=lambda a: np.where(a == a.max(), np.nan, a).astype(np.float32)), 'leave the box'),
    (dict(adversarial=lambda a: a.astype(np.float64)), 'images are float64'),
    (dict(adversarial=lambda a: a[:2]), 'must be float32'),
    (dict(adversarial=lambda a: a[::-1]), 'outside the linf ball'),
    (dict(id=lambda i: i + 50), '3 of its 3 images are of none of the 12 examples'),
    (dict(id=lambda i: i[[0, 0, 1]], label=lambda y: y[[0, 0, 1]], adversarial=lambda a: a[[0, 0, 1]]), 'id occurs twice'),
    (dict(label=lambda y: y[:, ::-1]), 'labels are not those'),
    (dict(about=said(epsilon=0.01)), 'outside the linf ball of 0.01'),
    (dict(about=said(norm='l3')), "norm: 'l3' is unknown"),
    (dict(about=said(epsilon='much')), "epsilon 'much'"),
    (dict(about='{}'), 'says nothing of attack, norm'),
    (dict(about='no json'), 'is no library'),
    (dict(about=None), 'is no library'),
  ),
)
def test_what_does_not_fit_is_refused(tmp_path, changes, words):
  with pytest.raises(InputError, match=words):
    evaluate.load_attacks(tampered(tmp_path, **changes), EXAMPLES)


def test_what_is_no_file_is_refused(tmp_path):
  (tmp_path / 'cut.npz').write_bytes(b'PK\x03\x04 cut')
  for name in ('cut.npz', 'missing.npz'):
    with pytest.raises(InputError, match=f'{name}: is no library'):
      evaluate.load_attacks(tmp_path / name, EXAMPLES)


def test_no_damage_ends_in_anything_else(tmp_path):
  made = tampered(tmp_path)
  whole = made.read_bytes()
  flag = whole.index(b'PK\x01\x02') + 8  # says that what follows is encrypted
  for place, bits in [(flag, 1), *((place, 255) for place in range(30, len(whole), len(whole) // 60))]:
    (tmp_path / 'bad.npz').write_bytes(whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :])
    try:
      evaluate.load_attacks(tmp_path / 'bad.npz', EXAMPLES)
    except InputError:
      pass


def test_a_fingerprint_tells_weights_apart():
  tree = {'a': np.zeros(3, np.float32), 'b': np.ones(2, np.float32)}
  own = evaluate.weights_fingerprint(tree)
  assert len(own) == 16 and own == evaluate.weights_fingerprint({'b': tree['b'].copy(), 'a': tree['a'].copy()})
  others = ({**tree, 'a': tree['a'] + 1e-7}, {'a': tree['b'], 'b': tree['a']}, {**tree, 'b': tree['b'].reshape(1, 2)})
  assert len({own, *(evaluate.weights_fingerprint(other) for other in others)}) == 4
