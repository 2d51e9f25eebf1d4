"""What the stages of a pipeline leave on disk: named by the content of all that went into them, checked when read again."""

import hashlib
import json
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxaug import tracking
from jaxaug.types import UNREADABLE, InputError, PyTree


class Artifact(NamedTuple):
  """One stage's result."""

  digest: str  # SHA-256 of its content
  arrays: Mapping[str, np.ndarray]
  about: Mapping[str, Any]  # plain values


def digest_of(arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> str:
  """SHA-256 of names, types, shapes, bytes and plain values.

  Args:
    arrays: by name.
    about: plain values, as JSON keeps them.

  Returns:
    64 hexadecimal digits.
  """
  found = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
  for name in sorted(arrays):
    values = np.ascontiguousarray(arrays[name])
    found.update(f'{name} {values.dtype.str} {values.shape}'.encode())
    found.update(values.tobytes())
  return found.hexdigest()


def by_path(tree: PyTree) -> dict[str, np.ndarray]:
  """The leaves of a tree by their paths, as an artifact keeps them.

  Args:
    tree: of arrays.

  Returns:
    {path: leaf}.
  """
  leaves = jax.tree_util.tree_leaves_with_path(jax.device_get(tree))
  return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def from_paths(form: PyTree, arrays: Mapping[str, np.ndarray]) -> PyTree:
  """What `by_path` took apart.

  Args:
    form: a tree of the same structure.
    arrays: {path: leaf}, and whatever else.

  Returns:
    The tree.
  """
  return jax.tree_util.tree_map_with_path(lambda path, _: arrays[jax.tree_util.keystr(path)], form)


class Artifacts:
  """The artifacts of one folder."""

  def __init__(self, folder: str | os.PathLike):
    """Opens the folder.

    Args:
      folder: made where it is missing.
    """
    self._folder = pathlib.Path(folder)
    self._folder.mkdir(parents=True, exist_ok=True)

  def make(
    self,
    stage: str,
    settings: Mapping[str, Any],
    inputs: Sequence[Artifact],
    work: Callable[[], tuple[Mapping, Mapping]],
    quiet: bool = False,
  ) -> Artifact:
    """The stage's result: read where the same settings and inputs have left one, else worked out and written at once or not at all.

    Args:
      stage: its name.
      settings: plain values that decide the result.
      inputs: the artifacts it reads.
      work: () -> (arrays by name, plain values).
      quiet: says nothing; for work under a progress bar.

    Returns:
      Artifact.

    Raises:
      InputError: the file is damaged or does not hold what was written.
    """
    address = digest_of({}, {'stage': stage, 'settings': _plain(settings), 'inputs': [a.digest for a in inputs]})
    path = self._folder / f'{stage}-{address[:16]}.npz'
    if path.exists():
      return self._read(path)
    if not quiet:
      tracking.say(f'{stage} ...')
    arrays, about = work()
    arrays, about = {name: np.asarray(values) for name, values in arrays.items()}, _plain(about)
    digest = digest_of(arrays, about)
    partial = path.with_suffix(f'.{os.getpid()}.partial.npz')
    np.savez_compressed(partial, **arrays, _about=json.dumps(about), _digest=digest)
    os.replace(partial, path)
    return Artifact(digest, arrays, about)

  def _read(self, path: pathlib.Path) -> Artifact:
    try:
      with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
      about, digest = json.loads(str(arrays.pop('_about'))), str(arrays.pop('_digest'))
    except UNREADABLE as error:
      raise InputError(f'{path}: cannot be read ({error}); remove it and run again') from error
    if digest_of(arrays, about) != digest:
      raise InputError(f'{path}: does not hold what was written (its hash differs); remove it and run again')
    return Artifact(digest, arrays, about)


def _plain(values: Mapping[str, Any]) -> dict:
  return json.loads(json.dumps(values, default=lambda value: value.tolist()))
