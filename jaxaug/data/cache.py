"""Decoded images on disk: decoded once, mapped into memory from then on."""

import os
import pathlib
import uuid
from collections.abc import Iterable

import numpy as np
from tqdm import tqdm

from jaxaug.types import InputError


def decoded(path: pathlib.Path, count: int, images: Iterable[np.ndarray]) -> np.ndarray:
  """Maps `path`; writes it first where it is missing, at once or not at all.

  Args:
    path: of the .npy file.
    count: N.
    images: N arrays [H, W, C] uint8 or float32 of one shape; consumed only when the file is missing.

  Returns:
    [N, H, W, C], mapped read-only.

  Raises:
    InputError: images of different shapes or other numbers.
  """
  if not path.exists():
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f'.{uuid.uuid4().hex}.partial')
    try:
      target = None
      for i, image in enumerate(tqdm(images, f'decoding {path.parent.name}', count, leave=False, disable=None)):
        if target is None:
          if image.dtype not in (np.uint8, np.float32):
            raise InputError(f'{path.parent.name}: images of {image.dtype}, must be uint8 or float32 in [0, 1]')
          target = np.lib.format.open_memmap(partial, 'w+', image.dtype, (count, *image.shape))
        if image.shape != target.shape[1:]:
          raise InputError(f'{path.parent.name}: image {i} has shape {image.shape}, the first has {target.shape[1:]}')
        target[i] = image
      target.flush()
      os.replace(partial, path)
    finally:
      partial.unlink(missing_ok=True)
  return np.load(path, mmap_mode='r')


class Rows:
  """Some rows of a mapped array, read when they are asked for: a split that need not fit in memory.

  `rows[index]`, `len`, `shape`, `dtype`, `ndim` and `nbytes` are those of the copy that is never made; `np.asarray` makes it.
  """

  def __init__(self, values: np.ndarray, rows: np.ndarray):
    """Chooses the rows.

    Args:
      values: [N, ...], mapped.
      rows: [M] int.
    """
    self._values, self._rows = values, rows
    self.shape, self.dtype, self.ndim = (len(rows), *values.shape[1:]), values.dtype, values.ndim
    self.nbytes = int(np.prod(self.shape)) * values.dtype.itemsize

  def __len__(self) -> int:
    return len(self._rows)

  def __getitem__(self, index) -> np.ndarray:
    return np.asarray(self._values[self._rows[index]])

  def __array__(self, dtype=None, copy=None) -> np.ndarray:
    return np.asarray(self[:], dtype)
