"""Between gate and mix: an expert looks at what would be trained on and may reject it."""

import csv
import os
import pathlib

import numpy as np

from jaxaug.types import InputError

FIELDS = ('seed', 'row', 'decision')
DECISIONS = ('accept', 'reject')


class ReviewNeeded(InputError):
  """The run waits for `review.csv` in its workdir; the launcher draws the page that it is made with."""


def write_sheet(path: str | os.PathLike, pool, classes: tuple[str, ...]) -> None:
  """Keeps all rows that the gate let pass, for the page.

  Args:
    path: of the npz.
    pool: Pool.
    classes: names.
  """
  seed, row = np.nonzero(pool.allowed)
  label = np.array(classes)[pool.asked[seed, row]]
  partial = f'{path}.{os.getpid()}.npz'
  np.savez_compressed(partial, seed=seed, row=row, rows=pool.rows[seed, row], label=label)
  os.replace(partial, path)


def read_review(path: str | os.PathLike, refused: np.ndarray) -> np.ndarray:
  """Which rows the expert rejected.

  Args:
    path: of a CSV with the columns `seed`, `row`, `decision` ('accept' or 'reject').
    refused: [S, M, R] bool, of the gate.

  Returns:
    [S, M] bool.

  Raises:
    InputError: other columns or words, rows that the gate did not let pass, rows without a decision. Names the line.
  """
  with pathlib.Path(path).open(newline='') as file:
    lines = list(csv.DictReader(file))
  waiting, rejected = ~refused.any(2), np.zeros(refused.shape[:2], bool)
  for number, line in enumerate(lines, 2):
    try:
      seed, row, decision = int(line['seed']), int(line['row']), line['decision']
      known = waiting[seed, row]
    except (KeyError, TypeError, ValueError, IndexError) as error:
      raise InputError(f'{path}, line {number}: needs {", ".join(FIELDS)} of a row on the page ({error})') from None
    if decision not in DECISIONS or not known:
      what = (
        f'decision {decision!r} is none of {", ".join(DECISIONS)}'
        if known
        else f'row {row} of seed {seed} is not on the page'
      )
      raise InputError(f'{path}, line {number}: {what}, or stands there twice')
    waiting[seed, row] = False
    rejected[seed, row] = decision == 'reject'
  if waiting.any():
    raise InputError(f'{path}: {waiting.sum()} rows of the page have no decision')
  return rejected
