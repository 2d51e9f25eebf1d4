"""From a source to train, validation and test: a seeded permutation, recorded; test is never trained on."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxaug.data.cache import Rows
from jaxaug.data.source import Source, modality
from jaxaug.types import InputError

SPLIT = 2**63 - 1  # the Philox stream of the split; epochs use 0, 1, 2, ...


class Info(NamedTuple):
  """What a set is and how it was split."""

  name: str
  origin: str
  num_classes: int
  class_names: tuple[str, ...]
  image_shape: tuple[int, ...]  # of one example, whatever it is
  seed: int
  permutation: np.ndarray  # of the ids of the source's train part; validation (and test) were cut from its front


class Splits(NamedTuple):
  """Stored examples: `image` [N, H, W, C] uint8 or float32 in [0, 1] (or `features` [N, D], or `series` [N, T, C]), `label` [N, K] float32 probabilities, `id` [N]
  int32 (position in the source, train before test), optional `group` [N]. Validation and test are in order of id, or shuffled where the
  source as a whole stands in blocks of one class or group: what is measured on the first of them is measured on all kinds. A test part
  of the source's own has one order for all seeds."""

  train: Mapping[str, np.ndarray]
  validation: Mapping[str, np.ndarray]
  test: Mapping[str, np.ndarray]
  info: Info


def permutation(size: int, seed: int, stream: int) -> np.ndarray:
  """A permutation of 0 .. size - 1 that is a pure function of (seed, stream).

  Args:
    size: N.
    seed: at least 0.
    stream: the epoch, or SPLIT.

  Returns:
    [N] int64.
  """
  return np.random.Generator(np.random.Philox(key=np.array([seed, stream], np.uint64))).permutation(size)


def _class_index(name, class_names: tuple[str, ...]) -> int:
  text = str(name)
  if text in class_names:
    return class_names.index(text)
  if text.isdigit() and int(text) < len(class_names):
    return int(text)
  raise InputError(f'data.imbalance: {name!r} is no class; there are {", ".join(class_names)}')


def _kept(rows: np.ndarray, label: np.ndarray, class_names, fraction: float, per_class: int, imbalance) -> np.ndarray:
  """Rows that stay after the three options, in their order."""
  rows = rows[: max(1, round(fraction * len(rows)))]
  limits = {k: per_class for k in range(len(class_names))} if per_class else {}
  limits |= {_class_index(name, class_names): n for name, n in imbalance.items()}
  keep = np.ones(len(rows), bool)
  for k, limit in limits.items():
    places = np.flatnonzero(label[rows] == k)
    if not isinstance(limit, int) or limit < 0 or limit > len(places):
      raise InputError(
        f'data.per_class, data.imbalance: {limit} examples of class {class_names[k]!r} asked for, train has {len(places)}'
      )
    keep[places[limit:]] = False
  return rows[keep]


def _in_blocks(part: Mapping[str, np.ndarray]) -> bool:
  """Whether neighbours are of one class, or one group, far more often than chance would have it."""

  def stands(values):
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return np.mean(values[1:] != values[:-1]) < 0.5 * (1 - (shares**2).sum()) if len(values) > 1 else False

  return any(stands(part[field]) for field in ('label', 'group') if field in part)


def make_splits(
  source: Source,
  name: str,
  *,
  seed: int = 0,
  validation: float = 0.1,
  test: float = 0.2,
  fraction: float = 1.0,
  per_class: int = 0,
  imbalance: Mapping = {},
  mapped_above: int = 2_000_000_000,
) -> Splits:
  """Cuts validation (and test, where the source has none) from a seeded permutation of train, then thins train.

  Args:
    source: checked examples.
    name: for the record.
    seed: of the permutation.
    validation: share of the source's train part, in [0, 1).
    test: likewise, used only when the source has no test part.
    fraction: share of train kept, in (0, 1].
    per_class: train examples kept of each class; 0 keeps all.
    imbalance: {class name or index: train examples kept}.
    mapped_above: bytes of images; a larger mapped array is never copied into memory, its rows are read as they are asked for.

  Returns:
    Splits with disjoint ids.

  Raises:
    InputError: shares out of range, nothing left to train on, more asked for than there is.
  """
  if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1 and 0 < fraction <= 1):
    raise InputError(
      f'data.validation {validation}, data.test {test} must be shares whose sum is below 1, '
      f'data.fraction {fraction} above 0 and at most 1'
    )
  if seed < 0:
    raise InputError(f'data.seed: {seed} must be at least 0')
  kind, size, class_names = modality(source.train), len(source.train['label']), source.class_names
  order = permutation(size, seed, SPLIT)
  cut_test = 0 if source.test is not None else round(test * size)
  cut_validation = cut_test + round(validation * size)
  train_rows = _kept(order[cut_validation:], source.train['label'], class_names, fraction, per_class, imbalance)
  if not len(train_rows):
    raise InputError('data: no training examples are left')

  def take(part, rows, first_id):
    everything = len(rows) == len(part[kind]) and (rows == np.arange(len(rows))).all()
    large = isinstance(part[kind], np.memmap) and part[kind].nbytes > mapped_above
    entries = {field: values if everything else values[rows] for field, values in part.items() if field != kind}
    entries[kind] = Rows(part[kind], rows) if large else part[kind] if everything else part[kind][rows]
    entries['label'] = np.eye(len(class_names), dtype=np.float32)[part['label'][rows]]
    return {**entries, 'id': (first_id + rows).astype(np.int32)}

  cut = (lambda rows: rows) if _in_blocks(source.train) else np.sort  # `order` is shuffled
  if source.test is None:
    held_out = take(source.train, cut(order[:cut_test]), 0)
  else:
    many = len(source.test[kind])
    held_out = take(source.test, permutation(many, 0, SPLIT) if _in_blocks(source.test) else np.arange(many), size)
  info = Info(name, source.origin, len(class_names), class_names, tuple(source.train[kind].shape[1:]), seed, order)
  splits = Splits(
    take(source.train, train_rows, 0), take(source.train, cut(order[cut_test:cut_validation]), 0), held_out, info
  )
  assert_disjoint(splits)
  return splits


def assert_disjoint(splits: Splits) -> None:
  """Raises AssertionError when an id stands in two splits: nothing held out may be trained on."""
  for a, b in (('train', 'test'), ('train', 'validation'), ('validation', 'test')):
    both = np.intersect1d(getattr(splits, a)['id'], getattr(splits, b)['id'])
    assert not len(both), f'{len(both)} examples of {b} are in {a}, the first has id {both[0]}'


def first(examples: Mapping, count: int) -> dict:
  """The first `count` examples; all for 0.

  Args:
    examples: arrays that lead with N.
    count: at least 0.

  Returns:
    Arrays that lead with min(N, count).
  """
  return {field: values[:count] if count else values for field, values in examples.items()}


def assert_unseen(learnt: np.ndarray, splits: Splits, where: str) -> None:
  """Raises InputError where what is used here was trained on examples that this run validates or tests on.

  Args:
    learnt: [N] int, ids it was trained on.
    splits: of this run.
    where: the field and file, for the message.
  """
  for part in ('validation', 'test'):
    shared = np.isin(getattr(splits, part)['id'], learnt).sum()
    if shared:
      raise InputError(f'{where} was trained on {shared} of the {part} examples of this run; give both the same data.seed')
