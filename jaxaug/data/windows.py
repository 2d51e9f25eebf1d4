"""Long series cut into windows, after the split: no window of a test series is trained on."""

from collections.abc import Mapping

import numpy as np

from jaxaug.data.split import Splits, assert_disjoint
from jaxaug.types import InputError


def windows(
  series: np.ndarray, size: int, stride: int, length: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
  """The windows [k stride, k stride + size) of each series, k = 0, 1, ..., as far as they end inside it.

  What is left after the last window is not in any of them. Windows that a generator draws stand alone: nothing here puts them together to
  a long series, for neighbours would not fit each other.

  Args:
    series: [N, T, C].
    size: steps of a window, at least 1.
    stride: steps from the start of one to the next, at least 1.
    length: [N] int, steps of each series; None for T.

  Returns:
    (windows [M, size, C], number of the series each is from [M] int, its first step [M] int), in the order of series, then of time.

  Raises:
    InputError: a number out of range; a series shorter than a window.
  """
  series = np.asarray(series)
  length = np.full(len(series), series.shape[1]) if length is None else np.asarray(length)
  if size < 1 or stride < 1:
    raise InputError(f'data.window {size} and data.stride {stride} must be at least 1')
  if length.min() < size or length.max() > series.shape[1]:
    raise InputError(f'data.window: {size} must be at most the shortest length {length.min()}, and {length.max()} at most T')
  counts = (length - size) // stride + 1
  number = np.repeat(np.arange(len(series)), counts)
  start = stride * (np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts))
  return series[number[:, None], start[:, None] + np.arange(size)[None]], number, start


def windowed(splits: Splits, size: int, stride: int) -> Splits:
  """Splits whose examples are the windows of theirs; `group` is the id of the series, and ids are new.

  Args:
    splits: of series, split as whole ones.
    size, stride: of `windows`.

  Returns:
    Splits; the id of a window is id of the series * T + first step.

  Raises:
    InputError: a number out of range; a series shorter than a window.
  """

  def cut(part: Mapping) -> dict:
    if not len(part['series']):
      return {**part, 'series': np.zeros((0, size, part['series'].shape[2]), np.float32), 'group': part['id']}
    steps = part['series'].shape[1]
    found, number, start = windows(part['series'], size, stride, part.get('length'))
    rest = {field: values[number] for field, values in part.items() if field not in ('series', 'length', 'id')}
    return {**rest, 'series': found, 'group': part['id'][number], 'id': part['id'][number].astype(np.int64) * steps + start}

  parts = (cut(part) for part in (splits.train, splits.validation, splits.test))
  made = Splits(*parts, splits.info._replace(image_shape=(size, splits.info.image_shape[1])))
  assert_disjoint(made)
  return made
