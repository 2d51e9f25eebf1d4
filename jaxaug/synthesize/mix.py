"""How many synthetic rows of which class."""

from collections.abc import Mapping

import numpy as np

from jaxaug.types import InputError


def to_targets(counts: np.ndarray, targets: Mapping[int, int]) -> np.ndarray:
  """Rows that bring each named class up to its target.

  Args:
    counts: [K] real rows of each class.
    targets: {class: rows in the end}.

  Returns:
    [K] int, rows to add.

  Raises:
    InputError: a class that has more already.
  """
  added = np.zeros(len(counts), int)
  for k, target in targets.items():
    if target < counts[k]:
      raise InputError(f'mix.targets: {target} rows of class {k} asked for, {counts[k]} real ones are there')
    added[k] = target - counts[k]
  return added


def to_ratio(counts: np.ndarray, ratio: float) -> np.ndarray:
  """Rows that make up `ratio` of the whole, poured into the smallest classes first, as water finds its level.

  Args:
    counts: [K] real rows of each class.
    ratio: synthetic share of the mixed set, in [0, 1).

  Returns:
    [K] int, rows to add; their sum is round(ratio / (1 - ratio) N).

  Raises:
    InputError: a ratio out of range.
  """
  if not 0 <= ratio < 1:
    raise InputError(f'mix.ratios: {ratio} must be in [0, 1)')
  filled = np.array(counts, int)
  for _ in range(round(ratio / (1 - ratio) * filled.sum())):
    filled[filled.argmin()] += 1
  return filled - counts
