"""Series of different length brought to one."""

import numpy as np

from jaxaug.types import InputError


def resampled(series: np.ndarray, length: np.ndarray, steps: int) -> np.ndarray:
  """Each series at `steps` places spread evenly from its first step to its last, by linear interpolation.

  Args:
    series: [N, T, C] float, what follows a series' length is not read.
    length: [N] int, at least 1.
    steps: at least 2.

  Returns:
    [N, steps, C] float32.

  Raises:
    InputError: fewer than two steps, a length out of range.
  """
  series, length = np.asarray(series), np.asarray(length)
  if steps < 2 or length.min() < 1 or length.max() > series.shape[1]:
    raise InputError(
      f'data.steps: {steps} must be at least 2, lengths {length.min()} to {length.max()} in 1 to {series.shape[1]}'
    )
  at = np.linspace(0, 1, steps)[None] * (length[:, None] - 1)
  low = np.floor(at).astype(int)
  high = np.minimum(low + 1, length[:, None] - 1)
  share = (at - low)[..., None]
  pick = lambda place: np.take_along_axis(series, place[..., None], 1)
  return ((1 - share) * pick(low) + share * pick(high)).astype(np.float32)
