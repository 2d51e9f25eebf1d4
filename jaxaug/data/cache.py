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
    images: N arrays [H, W, C] uint8 of one shape; consumed only when the file is missing.

  Returns:
    [N, H, W, C] uint8, mapped read-only.

  Raises:
    InputError: images of different shapes.
  """
  if not path.exists():
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f'.{uuid.uuid4().hex}.partial')
    try:
      target = None
      for i, image in enumerate(tqdm(images, f'decoding {path.parent.name}', count, leave=False, disable=None)):
        if target is None:
          target = np.lib.format.open_memmap(partial, 'w+', np.uint8, (count, *image.shape))
        if image.shape != target.shape[1:]:
          raise InputError(f'{path.parent.name}: image {i} has shape {image.shape}, the first has {target.shape[1:]}')
        target[i] = image
      target.flush()
      os.replace(partial, path)
    finally:
      partial.unlink(missing_ok=True)
  return np.load(path, mmap_mode='r')
