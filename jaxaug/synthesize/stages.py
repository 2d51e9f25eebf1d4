"""The stages of the pipeline, each a function from arrays to arrays; all seeds lead with S."""

from collections.abc import Mapping, Sequence

import numpy as np
from joblib import Parallel, delayed
from tqdm import trange

from jaxaug import data
from jaxaug.synthesize.controls import CONTROLS
from jaxaug.synthesize.gate import REASONS, Calibration, calibrate, gate
from jaxaug.synthesize.learners import class_weights, fit_learner
from jaxaug.synthesize.paired import ALONE
from jaxaug.types import InputError, check_name

SPLIT_FIELDS = ('rows', 'label', 'id')


def check_unseen(ids: np.ndarray, held_out: np.ndarray, stage: str) -> None:
  """Raises AssertionError where a stage would see an example of the test split.

  Args:
    ids: [N] of the rows that it reads.
    held_out: [M] of the test split.
    stage: its name.
  """
  seen = np.intersect1d(ids, held_out)
  assert not len(seen), f'{stage}: {len(seen)} test examples would be seen, the first has id {seen[0]}'


def rare_class(rare: Mapping, names: Sequence[str], seed: int) -> int:
  """Which class is thinned in a seed: they take turns.

  Args:
    rare: `config.rare`; without `classes` all of them take turns.
    names: of all classes.
    seed: 0 .. S - 1.

  Returns:
    Its number.

  Raises:
    InputError: an unknown class.
  """
  turns = [str(name) for name in rare['classes']] or list(names)
  for name in turns:
    check_name(name, names, 'rare.classes')
  return list(names).index(turns[seed % len(turns)])


def split(section: Mapping, rare: Mapping, seeds: int) -> tuple[dict, dict]:
  """Reads the data once a seed, with the next `data.seed`, and thins the rare class, of which it is the turn.

  Args:
    section: `config.data`.
    rare: `config.rare`.
    seeds: S.

  Returns:
    ({'train_rows' [S, N, ...] float32, 'train_label' [S, N], 'train_id' [S, N], and the same of validation and test; of windows
    'train_group' [S, N], the series each is from}, what is told).

  Raises:
    InputError: data that cannot be used; seeds whose splits differ in size.
  """
  parts = {f'{part}_{field}': [] for part in ('train', 'validation', 'test') for field in SPLIT_FIELDS}
  names, turn = None, []
  for seed in range(seeds):
    here = {**section, 'seed': section.get('seed', 0) + seed}
    if rare['count']:
      names = names or data.load(here, tuple(data.MODALITIES)).info.class_names
      turn.append(rare_class(rare, names, seed))
      here['imbalance'] = {**section.get('imbalance', {}), names[turn[-1]]: rare['count']}
    else:
      turn.append(None)
    splits = data.load(here, tuple(data.MODALITIES))
    kind = data.modality(splits.train)
    for part in ('train', 'validation', 'test'):
      held = getattr(splits, part)
      rows = np.asarray(held[kind])
      parts[f'{part}_rows'].append((rows / np.float32(255) if rows.dtype == np.uint8 else rows).astype(np.float32))
      parts[f'{part}_label'].append(held['label'].argmax(-1))
      parts[f'{part}_id'].append(held['id'])
    if section.get('window'):  # windows of one series are no independent rows
      parts.setdefault('train_group', []).append(splits.train['group'])
  sizes = {len(ids) for ids in parts['train_id']}
  if len(sizes) > 1:
    raise InputError(
      f'data: seeds have {min(sizes)} to {max(sizes)} training rows; set data.per_class, so that all have as many'
    )
  about = {'kind': kind, 'classes': splits.info.class_names, 'origin': splits.info.origin, 'rare': turn}
  return {name: np.stack(values) for name, values in parts.items()}, about


def calibrations(parts: Mapping, settings: Mapping, seed: int) -> list[Calibration]:
  """What the gate knows of the train split of each seed.

  Args:
    parts: of `split`.
    settings: `config.gate`, filled.
    seed: of the auxiliary classifier.

  Returns:
    S of them.
  """
  known = []
  for s in trange(len(parts['train_rows']), desc='gate', unit='seed', leave=False, disable=None):
    check_unseen(parts['train_id'][s], parts['test_id'][s], 'gate')
    group = parts['train_group'][s] if 'train_group' in parts else None
    known.append(calibrate(parts['train_rows'][s], parts['train_label'][s], settings, seed + s, group))
  return known


def judge(
  parts: Mapping, rows: np.ndarray, asked: np.ndarray, settings: Mapping, known: Sequence[Calibration], valid: np.ndarray
) -> dict:
  """The gate over all seeds.

  Args:
    parts: of `split`.
    rows: [S, M, ...] generated.
    asked: [S, M] int.
    settings: `config.gate`, filled.
    known: of `calibrations`.
    valid: [S, M] bool, what the codec says of each row.

  Returns:
    {'refused' [S, M, R] bool, 'nearest_distance', 'nearest_row', 'confidence' [S, M], 'held_out' [S]}.
  """
  found = []
  for s, train in enumerate(parts['train_rows']):
    refused, told = gate(train, rows[s], asked[s], settings, known[s], valid[s])
    found.append({'refused': refused, **told})
  return {name: np.stack([one[name] for one in found]) for name in found[0]}


def passed(refused: np.ndarray) -> dict:
  """The funnel: how many rows come to each question of the gate, in its order, and how many pass it.

  Args:
    refused: [..., R] bool.

  Returns:
    {'drawn': count, reason: rows that were refused for it first, 'accepted': count, 'pass_rate': share}.
  """
  flat = refused.reshape(-1, len(REASONS))
  first = np.where(flat.any(1), flat.argmax(1), len(REASONS))
  counts = np.bincount(first, minlength=len(REASONS) + 1)
  told = {reason: int(count) for reason, count in zip(REASONS, counts)}
  return {'drawn': len(flat), **told, 'accepted': int(counts[-1]), 'pass_rate': float(counts[-1] / max(len(flat), 1))}


def take(asked: np.ndarray, wanted: np.ndarray, allowed: np.ndarray) -> np.ndarray:
  """The first allowed rows of each class, as many as are wanted.

  Args:
    asked: [M] int, classes of the rows.
    wanted: [K] int, how many of each.
    allowed: [M] bool.

  Returns:
    Row numbers; fewer where there are not enough.
  """
  return np.concatenate([np.flatnonzero(allowed & (asked == k))[:count] for k, count in enumerate(wanted)]).astype(int)


def retrain(parts: Mapping, s: int, extra: Mapping[str, tuple], learners: tuple[str, ...], seed: int) -> np.ndarray:
  """Every arm's learners on seed s, asked about its test rows.

  Args:
    parts: of `split`.
    s: which seed.
    extra: {arm: (rows [M, ...], label [M]) that are added to the real ones, or in an arm of ALONE take their place}; an arm
      'class weights' adds none.
    learners: keys of LEARNERS.
    seed: of learners.

  Returns:
    [arms, learners, T] int16, predicted classes.
  """
  rows, label, test = (parts[name][s] for name in ('train_rows', 'train_label', 'test_rows'))

  def one(name: str, learner: str) -> np.ndarray:
    more, more_label = extra[name]
    real = 0 if name in ALONE else len(rows)
    both, both_label = np.concatenate([rows[:real], more]), np.concatenate([label[:real], more_label])
    if len(np.unique(both_label)) < 2:
      return np.full(len(test), -1, np.int16)  # no classifier: every answer is wrong
    weight = class_weights(both_label) if name == 'class weights' else None
    fitted = fit_learner(learner, both, both_label, seed + s, weight)
    return fitted.predict(test.reshape(len(test), -1)).astype(np.int16)

  jobs = [delayed(one)(name, learner) for name in extra for learner in learners]
  found = Parallel(n_jobs=-1 if len(jobs) > 8 else 1)(jobs)  # processes, kept for the next seed; few jobs are not worth them
  return np.stack(found).reshape(len(extra), len(learners), -1)


def control_rows(parts: Mapping, s: int, name: str, wanted: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
  """Rows that a control adds.

  Args:
    parts: of `split`.
    s: which seed.
    name: a key of CONTROLS.
    wanted: [K] int, rows to add of each class.
    seed: of the draws.

  Returns:
    (rows [M, ...], label [M]).
  """
  label = np.repeat(np.arange(len(wanted)), wanted)
  random = np.random.default_rng([seed, s])
  return CONTROLS[name](random, parts['train_rows'][s], parts['train_label'][s], label), label
