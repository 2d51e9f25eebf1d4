"""Stores of generated images that a run trains on: their generators may have seen no image that it validates or tests on."""

import json
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxaug import data, tracking
from jaxaug.augment import open_store
from jaxaug.data import Splits
from jaxaug.types import InputError

NAME = 'synthetic_store'


def check_store(section: Mapping, splits: Splits, given: Mapping) -> None:
  """Holds the store that an arm's augmentations name against the split of the run.

  Args:
    section: `config.augment` of the arm.
    splits: of the run.
    given: `config.data` of the run.

  Raises:
    InputError: no such store, one of other data or classes, a generator that was trained on examples that this run validates or tests on,
      or whose checkpoint was chosen by examples that it tests on.
  """
  if NAME not in section.get('names', ()):
    return
  settings = section.get(NAME, {})
  path, number = settings.get('store', ''), settings.get('generator', 0)
  about = open_store(path).about
  source = about['config']['data'].get('source', data.DEFAULTS['source'])
  if source != splits.info.name or tuple(about['classes']) != tuple(splits.info.class_names):
    raise InputError(f'augment.{NAME}.store: {path} was made from {source!r}, this run is on {splits.info.name!r}')
  if about['content'] != data.content(given):
    raise InputError(
      f'augment.{NAME}.store: {path} was made from {source!r} as it was, which has changed since; run the verdict again'
    )
  if not 0 <= number < len(about['train_id']):
    raise InputError(f'augment.{NAME}.generator: {number}, {path} is of the generators 0 to {len(about["train_id"]) - 1}')
  where = f'augment.{NAME}.generator: {number} of {path}'
  data.assert_unseen(np.array(about['train_id'][number]), splits, where)
  chosen_by = np.isin(splits.test['id'], np.array(about['validation_id'][number])).sum()
  if chosen_by:
    raise InputError(f'{where} was chosen by {chosen_by} of the test examples of this run; give both the same split')


def record_stores(folder: pathlib.Path, arms: Mapping[str, Mapping], write: bool) -> None:
  """Writes which stores a run trains on to `stores.json`, or holds them against those that it began with.

  Args:
    folder: workdir of the run.
    arms: {name: config of the arm}.
    write: whether this process writes.

  Raises:
    InputError: a store that has changed since the run began.
  """
  named = {name: arm['augment'] for name, arm in arms.items() if NAME in arm['augment'].get('names', ())}
  found = {name: open_store(section[NAME]['store']).sha256 for name, section in named.items()}
  file = folder / 'stores.json'
  before = json.loads(file.read_text()) if file.exists() else {}
  changed = [name for name in found.keys() & before.keys() if found[name] != before[name]]
  if changed:
    path = named[min(changed)][NAME]['store']
    raise InputError(
      f'workdir {folder}: {path} has changed since this run began; take another workdir, or the store as it was'
    )
  if write and found != before:
    tracking.write_json(file, found)


def stores_of_seed(config: Mapping, n: int) -> dict:
  """A config whose augmentations draw from the generator of another split.

  Args:
    config: nested dict of a whole job.
    n: how many seeds further the split is.

  Returns:
    The config with every `synthetic_store.generator` that much further; that of an arm which names none is the job's.
  """
  job = NAME in config.get('augment', {})

  def moved(section, always):
    given = section.get('augment', {}).get(NAME)
    if given is None or not (always or 'generator' in given):
      return section
    return {**section, 'augment': {**section['augment'], NAME: {**given, 'generator': given.get('generator', 0) + n}}}

  whole = moved(dict(config), True)
  return whole | ({'arms': {name: moved(arm, not job) for name, arm in whole['arms'].items()}} if 'arms' in whole else {})
