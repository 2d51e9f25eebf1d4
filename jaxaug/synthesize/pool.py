"""The candidates of a run: drawn in bounded attempts, judged by the gate and, where that is asked for, by an expert; and kept."""

import functools
import pathlib
from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np

from jaxaug import data
from jaxaug.synthesize import generation, stages
from jaxaug.synthesize.artifacts import Artifact, Artifacts, digest_of
from jaxaug.synthesize.gate import REASONS
from jaxaug.synthesize.review import ReviewNeeded, read_review, write_sheet
from jaxaug.types import Key

STREAM = 2**30  # fold_in(key of the run, STREAM): the stream of draws; attempt, then seed are folded in


class Pool(NamedTuple):
  """All that was drawn, S seeds beside each other."""

  rows: np.ndarray  # [S, M, ...] float32, clipped to what train has
  asked: np.ndarray  # [S, M] int, classes
  refused: np.ndarray  # [S, M, R] bool, by REASONS
  confidence: np.ndarray  # [S, M], of the auxiliary classifier in the class
  nearest_row: np.ndarray  # [S, M], number of the nearest training row
  nearest_distance: np.ndarray
  held_out: np.ndarray  # [S], share of held-out real rows that pass the classifier
  missing: int  # rows that were wanted and not to be had
  attempts: int

  @property
  def allowed(self) -> np.ndarray:
    """[S, M] bool: which rows may be trained on."""
    return ~self.refused.any(2)

  def digest(self) -> str:
    """What tells this pool from another."""
    return digest_of({'rows': self.rows, 'asked': self.asked, 'refused': self.refused}, {})


def asked_classes(wanted: np.ndarray, candidates: float) -> np.ndarray:
  """The classes of one attempt's draws.

  Args:
    wanted: [S, K] int, rows of each class.
    candidates: draws for each.

  Returns:
    [S, M] int, as many in every seed.
  """
  drawn = np.ceil(candidates * wanted).astype(int)
  drawn[:, -1] += drawn.sum(1).max() - drawn.sum(1)
  return np.stack([np.repeat(np.arange(wanted.shape[1]), count) for count in drawn])


def attempt_key(seed: int, attempt: int) -> Key:
  """The key of an attempt's draws; each seed folds its own number into it.

  Args:
    seed: `config.seed`.
    attempt: 0, 1, ...

  Returns:
    Key.
  """
  return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), STREAM), attempt)


def draw_pool(made: Artifacts, config: Mapping, parts: Artifact, fitted: Artifact, wanted: np.ndarray) -> Pool:
  """Draws and judges, until every seed has what is wanted or the attempts are used up.

  Args:
    made: where artifacts are kept.
    config: with every field.
    parts: of the stage `split`.
    fitted: of the stage `fit`.
    wanted: [S, K] int, rows of each class.

  Returns:
    Pool.
  """
  gate, generator, seed = config['gate'], config['generator'], config['seed']
  asked, rounds = asked_classes(wanted, gate['candidates']), []
  sampler = functools.cache(lambda: generation.sampler(parts.arrays, parts.about, generator, fitted.arrays))
  known = functools.cache(lambda: stages.calibrations(parts.arrays, gate, seed))
  for attempt in range(gate['attempts']):
    settings = {'generator': generator, 'attempt': attempt, 'seed': seed, 'asked': asked.tolist()}
    key = attempt_key(seed, attempt)
    draw = lambda key=key: (dict(zip(('rows', 'valid'), sampler()(asked, key))), {})
    rows = made.make('sample', settings, [parts, fitted], draw)
    judged = lambda rows: stages.judge(parts.arrays, rows.arrays['rows'], asked, gate, known(), rows.arrays['valid'])
    work = lambda rows=rows: (judged(rows), {})
    rounds.append({**rows.arrays, **made.make('gate', {'gate': gate, 'asked': asked.tolist()}, [parts, rows], work).arrays})
    whole = {name: np.concatenate([one[name] for one in rounds], 1) for name in rounds[0] if name != 'held_out'}
    classes, allowed = np.tile(asked, len(rounds)), ~whole['refused'].any(2)
    missing = _missing(classes, allowed, wanted)
    if not missing:
      break
  low, high = parts.arrays['train_rows'].min(1, keepdims=True), parts.arrays['train_rows'].max(1, keepdims=True)
  whole['rows'] = np.clip(whole.pop('rows'), low, high)
  del whole['valid']  # stands in refused
  return Pool(asked=classes, held_out=rounds[0]['held_out'], missing=missing, attempts=len(rounds), **whole)


def _missing(asked: np.ndarray, allowed: np.ndarray, wanted: np.ndarray) -> int:
  """How many of the wanted rows are not to be had."""
  have = np.array([np.bincount(of[may], minlength=wanted.shape[1]) for of, may in zip(asked, allowed)])
  return int(np.maximum(wanted - have, 0).sum())


def reviewed(folder: pathlib.Path, pool: Pool, classes: tuple[str, ...], wanted: np.ndarray) -> Pool:
  """The pool without what the expert rejected.

  Args:
    folder: of the run.
    pool: as the gate left it.
    classes: names.
    wanted: [S, K] int, rows of each class.

  Returns:
    Pool.

  Raises:
    ReviewNeeded: there is no `review.csv` yet; `review.npz` holds what to look at.
    InputError: a review that cannot be read.
  """
  if not (folder / 'review.csv').exists():
    write_sheet(folder / 'review.npz', pool, classes)
    raise ReviewNeeded(
      f'review.required: open {folder}/review.html, click what must not be trained on, save it as {folder}/review.csv, and run this again'
    )
  refused = pool.refused.copy()
  refused[..., REASONS.index('review')] |= read_review(folder / 'review.csv', pool.refused)
  pool = pool._replace(refused=refused)
  return pool._replace(missing=_missing(pool.asked, pool.allowed, wanted))


def keep(path: pathlib.Path, pool: Pool, parts: Artifact, fitted: Artifact, config: Mapping) -> None:
  """Writes the store: every row that was drawn, where it came from and what the gate said of it.

  Args:
    path: of the Parquet file.
    pool: of the run.
    parts, fitted: artifacts of `split` and `fit`.
    config: with every field.
  """
  seeds, drawn = pool.asked.shape
  each = drawn // pool.attempts
  seed, at = np.divmod(np.arange(seeds * drawn), drawn)
  flat = lambda values: values.reshape(seeds * drawn, *values.shape[2:])
  refused = flat(pool.refused)
  reasons = np.array([*REASONS, ''])[np.where(refused.any(1), refused.argmax(1), len(REASONS))]
  provenance = {
    'label': np.array(parts.about['classes'])[flat(pool.asked)],
    'seed': seed,
    'attempt': at // each,
    'draw': at % each,
    'confidence': flat(pool.confidence),
    'nearest_id': np.take_along_axis(parts.arrays['train_id'], pool.nearest_row, 1).reshape(-1),
    'nearest_distance': flat(pool.nearest_distance),
    'accepted': ~refused.any(1),
    'reason': reasons,
  }
  about = {'generator': fitted.digest, 'split': parts.digest, 'config': dict(config)}
  about |= {'classes': list(parts.about['classes']), 'content': data.content(config['data'])}
  about |= {f'{part}_id': parts.arrays[f'{part}_id'].tolist() for part in ('train', 'validation')}
  data.write_store(path, flat(pool.rows), provenance, about)
