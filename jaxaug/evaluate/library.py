"""Adversarial images kept in a file, and held against what the file says of them when it is read."""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxaug import tracking
from jaxaug.attacks import NORMS
from jaxaug.data import as_batch
from jaxaug.types import UNREADABLE, InputError, PyTree, check_name

LENGTHS = {  # of changes [N, P], in float64
  'linf': lambda change: np.abs(change).max(-1),
  'l2': lambda change: np.sqrt((change**2).sum(-1)),
  'l1': lambda change: np.abs(change).sum(-1),
}
SLACK = 1e-6  # of the radius: what rounding by other attacks than ours may add
ABOUT = ('attack', 'norm', 'epsilon', 'bounds', 'source', 'weights', 'provenance')


class Library(NamedTuple):
  """Adversarial images of N examples."""

  adversarial: np.ndarray  # [N, H, W, C] float32
  label: np.ndarray  # [N, K] probabilities
  id: np.ndarray  # [N] int32, of the clean examples
  about: Mapping[
    str, Any
  ]  # `attack` in words, `norm`, `epsilon`, `bounds`, `source`, `weights` (their fingerprint), `provenance`


def weights_fingerprint(variables: PyTree) -> str:
  """What tells two sets of weights apart: a hash of every leaf and its name.

  Args:
    variables: collections of a network.

  Returns:
    16 hexadecimal digits.
  """
  digest = hashlib.sha256()
  for path, leaf in jax.tree_util.tree_leaves_with_path(jax.device_get(variables)):
    digest.update(f'{jax.tree_util.keystr(path)} {leaf.dtype} {leaf.shape}'.encode())
    digest.update(np.ascontiguousarray(leaf).tobytes())
  return digest.hexdigest()[:16]


def _checked(library: Library, examples: Mapping[str, np.ndarray], where: str) -> Library:
  """The library, if its images are these examples' own within ball and box."""
  about, moved = library.about, library.adversarial
  check_name(about['norm'], LENGTHS, f'{where}: norm')
  if not (isinstance(about['epsilon'], (int, float)) and 0 <= about['epsilon'] < np.inf):
    raise InputError(f'{where}: epsilon {about["epsilon"]!r} must be a finite number, at least 0')
  if moved.dtype != np.float32 or moved.shape != (len(library.id), *examples['image'].shape[1:]):
    raise InputError(
      f'{where}: images are {moved.dtype} {list(moved.shape)}, must be float32 {[len(library.id), *examples["image"].shape[1:]]}'
    )
  place = {int(number): row for row, number in enumerate(examples['id'])}
  rows = np.array([place.get(int(number), -1) for number in library.id], int)
  if not len(rows) or (rows < 0).any():
    raise InputError(
      f'{where}: {(rows < 0).sum()} of its {len(rows)} images are of none of the {len(place)} examples (by id)'
    )
  if len(np.unique(rows)) != len(rows):
    raise InputError(f'{where}: an id occurs twice')
  label = np.asarray(examples['label'][rows])
  if library.label.shape != label.shape or not np.allclose(library.label, label, atol=1e-6):
    raise InputError(f'{where}: its labels are not those of the examples with these ids')
  low, high = about['bounds']
  if not ((moved >= low) & (moved <= high)).all():
    raise InputError(
      f'{where}: {(~((moved >= low) & (moved <= high)).all((1, 2, 3))).sum()} images leave the box [{low:g}, {high:g}]'
    )
  clean = np.asarray(as_batch({'image': np.asarray(examples['image'][rows])})['image'])
  change = (moved.astype(np.float64) - clean).reshape(len(moved), -1)
  length = LENGTHS[about['norm']](change)
  outside = length > about['epsilon'] * (1 + SLACK)
  if outside.any():
    raise InputError(
      f'{where}: {outside.sum()} of {len(moved)} images are outside the {about["norm"]} ball of {about["epsilon"]:g} around the example with '
      f'their id, up to {length.max():g} away'
    )
  return library


def save_attacks(
  path: str | os.PathLike,
  adversarial: np.ndarray,
  examples: Mapping[str, np.ndarray],
  *,
  attack: str,
  norm: str,
  epsilon: float,
  source: str,
  weights: str = '',
  seed: int = 0,
  bounds: tuple[float, float] = (0.0, 1.0),
) -> Library:
  """Checks adversarial images against what is said of them and writes them, at once or not at all.

  Args:
    path: of the npz.
    adversarial: [N, H, W, C] float32.
    examples: the clean ones, row by row: `image`, `label` [N, K], `id` [N].
    attack: in words.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units.
    source: name of the model that was attacked.
    weights: its `weights_fingerprint`.
    seed: of the attack, for the record.
    bounds: lowest and highest pixel value.

  Returns:
    Library, as `load_attacks` would read it.

  Raises:
    InputError: images outside ball or box, of another shape or dtype; an unknown norm.
  """
  check_name(norm, NORMS, 'save_attacks.norm')
  about = dict(attack=attack, norm=norm, epsilon=float(epsilon), bounds=list(bounds), source=source, weights=weights)
  about['provenance'] = tracking.provenance(seed)
  library = Library(np.asarray(adversarial), np.asarray(examples['label'], np.float32), np.asarray(examples['id']), about)
  _checked(library, examples, f'attacks on {source}')
  partial = f'{path}.{os.getpid()}.npz'
  np.savez_compressed(partial, adversarial=library.adversarial, label=library.label, id=library.id, about=json.dumps(about))
  os.replace(partial, path)
  return library


def load_attacks(path: str | os.PathLike, examples: Mapping[str, np.ndarray]) -> Library:
  """Reads stored adversarial images; none of them is used that does not keep what the file says.

  Args:
    path: of an npz of `save_attacks`.
    examples: clean ones, among them all that were attacked, found by `id`.

  Returns:
    Library.

  Raises:
    InputError: an unreadable file, a missing field, unknown ids, other labels, images outside ball or box.
  """
  try:
    with np.load(path, allow_pickle=False) as file:
      held = dict(file)
    library = Library(held['adversarial'], held['label'], held['id'], json.loads(str(held['about'])))
    missing = [field for field in ABOUT if field not in library.about]
  except UNREADABLE as error:
    raise InputError(f'{path}: is no library of attacks ({error})') from error
  if missing:
    raise InputError(f'{path}: says nothing of {", ".join(missing)}')
  return _checked(library, examples, str(path))
