"""Which examples a run trained on, written down, so that it can never go on with others."""

import hashlib
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxaug.data.load import load
from jaxaug.data.source import MODALITIES, modality
from jaxaug.data.split import Splits
from jaxaug.types import InputError


def fingerprint(splits: Splits) -> str:
  """What tells two splits apart: a hash of all ids and labels, and of 256 examples of each part.

  Args:
    splits: the data.

  Returns:
    16 hexadecimal digits.
  """
  digest = hashlib.sha256()
  for part in (splits.train, splits.validation, splits.test):
    rows = np.unique(np.linspace(0, max(len(part['id']) - 1, 0), 256).astype(int))[: len(part['id'])]
    for values in (part['id'], part['label'], part[modality(part)][rows]):
      digest.update(np.ascontiguousarray(values).tobytes())
  return digest.hexdigest()[:16]


def content(section: Mapping) -> str:
  """What tells data from others of the same name: a hash of every example, its id and its label, however they are split or thinned.

  Args:
    section: `config.data`.

  Returns:
    16 hexadecimal digits.

  Raises:
    InputError: data that cannot be used.
  """
  whole = {**section, 'per_class': 0, 'fraction': 1.0, 'imbalance': {}, 'window': 0, 'steps': 0}
  splits, digest = load(whole, tuple(MODALITIES)), hashlib.sha256()
  parts = [part for part in (splits.train, splits.validation, splits.test) if len(part['id'])]
  order = np.argsort(np.concatenate([part['id'] for part in parts]))
  for field in ('id', 'label', modality(splits.train)):
    values = np.concatenate([np.asarray(part[field]) for part in parts])[order]
    digest.update(f'{values.dtype} {values.shape}'.encode() + np.ascontiguousarray(values).tobytes())
  return digest.hexdigest()[:16]


def record_split(path: str | os.PathLike, splits: Splits, write: bool = True) -> None:
  """Writes ids, permutation and fingerprint, or holds the splits against what was written before.

  Args:
    path: of the npz.
    splits: the data as they are now.
    write: whether to write where there is no file.

  Raises:
    InputError: the data or their split are not those of the file.
  """
  path = pathlib.Path(path)
  found = fingerprint(splits)
  if path.exists():
    with np.load(path, allow_pickle=False) as stored:
      if str(stored['fingerprint']) != found:
        raise InputError(
          f'{path}: this run was split from other data ({splits.info.origin} has changed since); test examples '
          'could be among those it was trained on. Give another workdir'
        )
  elif write:
    ids = {name: getattr(splits, name)['id'] for name in ('train', 'validation', 'test')}
    partial = path.with_suffix('.partial.npz')
    np.savez_compressed(partial, permutation=splits.info.permutation, fingerprint=found, **ids)
    partial.replace(path)
