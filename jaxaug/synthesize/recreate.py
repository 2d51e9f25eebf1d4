"""A stored row, drawn once more from its provenance."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from jaxaug import data
from jaxaug.synthesize import generation
from jaxaug.synthesize.artifacts import Artifacts
from jaxaug.synthesize.pipeline import fit_of, split_of
from jaxaug.synthesize.pool import attempt_key
from jaxaug.types import InputError


def recreate(workdir: str | os.PathLike, numbers: Sequence[int]) -> np.ndarray:
  """Draws rows of a run's store again, from the generator's weights, the key's path and the class that the store names.

  A draw depends on the others of its attempt, which are drawn with it.

  Args:
    workdir: of a run of `verdict`.
    numbers: rows of its `store.parquet`.

  Returns:
    [N, ...] float32; on the same kind of machine the bytes that are stored.

  Raises:
    InputError: no store there, a row it does not have, artifacts that are not those it was drawn from.
  """
  folder = pathlib.Path(workdir)
  store = data.read_store(folder / 'store.parquet')
  numbers = np.asarray(numbers, int)
  if len(numbers) and not (0 <= numbers.min() and numbers.max() < len(store.rows)):
    raise InputError(f'recreate: rows {numbers.min()} to {numbers.max()} asked for, the store has {len(store.rows)}')
  config = store.about['config']
  made = Artifacts(folder / 'artifacts')
  parts = split_of(made, config)
  if parts.digest != store.about['split']:
    raise InputError(f'{folder}: the data are not those that the store was drawn from')
  fitted = fit_of(made, config, parts, folder)
  if fitted.digest != store.about['generator']:
    raise InputError(f'{folder}: the generator there is not the one that the store was drawn from')
  held, names = store.provenance, list(parts.about['classes'])
  label = np.array([names.index(name) for name in held['label'].tolist()])
  low, high = parts.arrays['train_rows'].min(1), parts.arrays['train_rows'].max(1)
  rows = np.empty((len(numbers), *store.rows.shape[1:]), np.float32)
  sampler = generation.sampler(parts.arrays, parts.about, config['generator'], fitted.arrays)
  for attempt in np.unique(held['attempt'][numbers]):
    asked = label[held['attempt'] == attempt].reshape(config['seeds'], -1)
    key = attempt_key(config['seed'], int(attempt))
    drawn, _ = sampler(asked, key)
    here = np.flatnonzero(held['attempt'][numbers] == attempt)
    seed, draw = held['seed'][numbers[here]], held['draw'][numbers[here]]
    rows[here] = np.clip(drawn[seed, draw], low[seed], high[seed])
  return rows
