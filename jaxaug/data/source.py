"""What every source hands over: raw examples, checked."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxaug.types import InputError


class Source(NamedTuple):
  """Examples as they were found. Each part: `image` [N, H, W, C] uint8 or float32 in [0, 1], `label` [N] int,
  optional `group` [N] int."""

  train: Mapping[str, np.ndarray]
  test: Mapping[str, np.ndarray] | None  # None: cut from train
  class_names: tuple[str, ...]
  origin: str  # where it came from, for the record


def checked(source: Source) -> Source:
  """Returns the source if every part holds valid images and labels.

  Args:
    source: as a reader made it.

  Raises:
    InputError: images that are not [N, H, W, C] uint8 or float in [0, 1], different sizes, labels that are not
      integers in 0 .. K - 1, parts of different length, no examples. Names the part and the field.
  """
  shape = source.train['image'].shape[1:]
  for name, part in (('train', source.train), ('test', source.test)):
    if part is None:
      continue
    image, label = part['image'], part['label']
    where = f'{source.origin}, {name}'
    if image.ndim != 4 or not len(image):
      raise InputError(f'{where}: image has shape {image.shape}, must be [N, H, W, C] with N > 0')
    if image.shape[1:] != shape:
      raise InputError(f'{where}: image size {image.shape[1:]}, train has {shape}')
    if image.dtype != np.uint8:
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
        raise InputError(f'{where}: {len(values)} entries of {field} for {len(image)} images')
    outside = np.flatnonzero((label < 0) | (label >= len(source.class_names)))
    if len(outside):
      raise InputError(
        f'{where}: label {label[outside[0]]} at row {outside[0]} is outside the '
        f'{len(source.class_names)} classes 0 to {len(source.class_names) - 1}'
      )
  return source
