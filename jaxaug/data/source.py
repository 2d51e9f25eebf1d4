"""What every source hands over: raw examples, checked."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxaug.types import InputError

MODALITIES = {'image': 4, 'features': 2, 'series': 3}
"""What a part may hold, by its number of axes: images, rows of a table, or padded series."""
FORMS = {'image': '[N, H, W, C]', 'features': '[N, D]', 'series': '[N, T, C]'}


class Source(NamedTuple):
  """Examples as they were found. Each part: `image` [N, H, W, C] uint8 or float32 in [0, 1], or `features` [N, D] float32, or `series`
  [N, T, C] float32 with `length` [N] int; `label` [N] int; optional `group` [N] int."""

  train: Mapping[str, np.ndarray]
  test: Mapping[str, np.ndarray] | None  # None: cut from train
  class_names: tuple[str, ...]
  origin: str  # where it came from, for the record


def modality(part: Mapping) -> str:
  """Which of MODALITIES a part holds."""
  return next(name for name in MODALITIES if name in part)


def checked(source: Source) -> Source:
  """Returns the source if every part holds valid images and labels.

  Args:
    source: as a reader made it.

  Raises:
    InputError: images that are not [N, H, W, C] uint8 or float in [0, 1], features or series that are not finite, different sizes, labels that are not
      integers in 0 .. K - 1, parts of different length, no examples. Names the part and the field.
  """
  kind = modality(source.train)
  shape = source.train[kind].shape[1:]
  for name, part in (('train', source.train), ('test', source.test)):
    if part is None:
      continue
    image, label = part[kind], part['label']
    where = f'{source.origin}, {name}'
    if image.ndim != MODALITIES[kind] or not len(image):
      raise InputError(f'{where}: {kind} has shape {image.shape}, must be {FORMS[kind]} with N > 0')
    if image.shape[1:] != shape:
      raise InputError(f'{where}: {kind} size {image.shape[1:]}, train has {shape}')
    if kind != 'image' and not np.isfinite(image).all():
      raise InputError(f'{where}: {kind} holds numbers that are not finite')
    if kind == 'image' and image.dtype != np.uint8:
      if image.dtype != np.float32:
        raise InputError(f'{where}: image is {image.dtype}, must be uint8 or float')
      if not (image.min() >= 0 and image.max() <= 1):  # also refuses nan
        raise InputError(f'{where}: float image goes from {image.min()} to {image.max()}, must stay in [0, 1]')
    if label.ndim != 1 or not np.issubdtype(label.dtype, np.integer):
      raise InputError(f'{where}: label is {label.dtype} of shape {label.shape}, must be integers of shape [N]')
    if 'group' in part and not np.issubdtype(part['group'].dtype, np.integer):
      raise InputError(f'{where}: group is {part["group"].dtype}, must be integers')
    for field, values in part.items():
      if len(values) != len(image):
        raise InputError(
          f'{where}: {len(values)} entries of {field} for {len(image)} {kind if kind != "image" else "images"}'
        )
    outside = np.flatnonzero((label < 0) | (label >= len(source.class_names)))
    if len(outside):
      raise InputError(
        f'{where}: label {label[outside[0]]} at row {outside[0]} is outside the '
        f'{len(source.class_names)} classes 0 to {len(source.class_names) - 1}'
      )
  return source
