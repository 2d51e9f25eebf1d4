"""Examples from one NumPy archive."""

import os
import zipfile
import zlib

import numpy as np

from jaxaug.data.source import Source
from jaxaug.types import InputError


def read_npz(path: str | os.PathLike, num_classes: int = 0) -> Source:
  """Reads `image`, `label` and optional `group`, `test_image`, `test_label`, `test_group`.

  Args:
    path: of an npz; images [N, H, W, C] or [N, H, W], uint8 or float in [0, 1]; labels [N] integers.
    num_classes: K; 0 takes the largest train label + 1.

  Returns:
    Source.

  Raises:
    InputError: no such file, not an npz, pickled objects inside (never loaded), a missing array.
  """
  if not os.path.isfile(path):
    raise InputError(f'data.source: no file {path}')
  if not zipfile.is_zipfile(path):
    raise InputError(f'{path}: no readable npz')
  parts = {}
  try:
    with np.load(path, allow_pickle=False) as stored:
      for field in ('image', 'label', 'group', 'test_image', 'test_label', 'test_group'):
        if field in stored.files:
          parts[field] = stored[field]
  except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
    what = 'pickled objects, which are refused' if 'allow_pickle' in str(error) else f'no readable npz ({error})'
    raise InputError(f'{path}: {what}') from None
  missing = [f for f in ('image', 'label') if f not in parts]
  missing += ['test_label'] if 'test_image' in parts and 'test_label' not in parts else []
  missing += ['test_image'] if 'test_label' in parts and 'test_image' not in parts else []
  if missing:
    raise InputError(f'{path}: has no array {" and no ".join(missing)}')
  for field in ('image', 'test_image'):
    if field in parts:
      image = parts[field][..., None] if parts[field].ndim == 3 else parts[field]
      parts[field] = image.astype(np.float32) if np.issubdtype(image.dtype, np.floating) else image
  if not np.issubdtype(parts['label'].dtype, np.integer) or not parts['label'].size:
    raise InputError(f'{path}: label is {parts["label"].dtype} of shape {parts["label"].shape}, must be integers [N]')
  train = {f: parts[f] for f in ('image', 'label', 'group') if f in parts}
  test = {f: parts[f'test_{f}'] for f in ('image', 'label', 'group') if f'test_{f}' in parts} or None
  count = num_classes or int(parts['label'].max()) + 1
  return Source(train, test, tuple(str(i) for i in range(count)), f'npz:{path}')
