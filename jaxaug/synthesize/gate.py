"""Which generated rows may be trained on: a gate of the train split's own making, and the reason for each refusal."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from jaxaug.metrics import nearest
from jaxaug.synthesize.learners import class_weights, fit_learner
from jaxaug.types import InputError

DEFAULTS = dict(
  classifier='logistic',  # of LEARNERS: the auxiliary classifier
  refused=0.05,  # share of held-out real rows that the auxiliary classifier's threshold refuses; 0 asks no classifier
  near=0.25,  # a copy is nearer to a train row than this share of the median distance between neighbours there; 0 asks exact ones only
  outside=0.5,  # how far, in ranges of an entry (at least the median one), a value may lie outside of what train has
  outside_share=0.05,  # share of the entries that may be further out
  rough=2.0,  # how many times rougher than the roughest train row, smoother than the smoothest; 0 does not ask
  candidates=2.0,  # rows drawn for each that is wanted, an attempt
  attempts=4,
)
REASONS = ('not finite', 'out of range', 'artifact', 'exact copy', 'near copy', 'off class', 'constraint', 'review')


def held_out_probabilities(
  rows: np.ndarray,
  label: np.ndarray,
  name: str,
  seed: int,
  folds: int = 5,
  weighted: bool = False,
  group: np.ndarray | None = None,
) -> np.ndarray:
  """What a classifier which has not seen a row says of it.

  Args:
    rows: [N, ...] float.
    label: [N] int.
    name: a key of LEARNERS.
    seed: of folds and classifier.
    folds: fewer where the smallest class has fewer rows, or groups.
    weighted: whether all classes count as much.
    group: [N] int, rows that are held out together, such as the windows of one series; None has none.

  Returns:
    [N, K] in [0, 1], a column for each of the K classes that are in `label`, in their order.

  Raises:
    InputError: a class of one row, or of one group.
  """
  classes, alone = np.unique(label), np.arange(len(label)) if group is None else group
  fewest = min(len(np.unique(alone[label == k])) for k in classes)
  if fewest < 2:
    raise InputError(
      f'gate: the smallest class has {fewest} {"row" if group is None else "group"}; the auxiliary classifier needs 2 to be '
      'calibrated on held-out ones'
    )
  flat, found = rows.reshape(len(rows), -1), np.zeros((len(rows), len(classes)))
  kind = StratifiedKFold if group is None else StratifiedGroupKFold
  for fitted, held in kind(min(folds, fewest), shuffle=True, random_state=seed).split(flat, label, group):
    weight = class_weights(label[fitted]) if weighted else None
    found[held] = fit_learner(name, flat[fitted], label[fitted], seed, weight).predict_proba(flat[held])
  return found


def held_out_confidence(
  rows: np.ndarray, label: np.ndarray, name: str, seed: int, folds: int = 5, group: np.ndarray | None = None
) -> np.ndarray:
  """The probability that a classifier which has not seen a row gives its own class.

  Args:
    rows, label, name, seed, folds, group: as of `held_out_probabilities`.

  Returns:
    [N] in [0, 1].

  Raises:
    InputError: a class of one row, or of one group.
  """
  return _of_class(held_out_probabilities(rows, label, name, seed, folds, group=group), np.unique(label), label)


def _of_class(probabilities: np.ndarray, classes: np.ndarray, label: np.ndarray) -> np.ndarray:
  """[M], the column of each row's class."""
  return np.take_along_axis(probabilities, np.searchsorted(classes, label)[:, None], 1)[:, 0]


def far_out(train: np.ndarray, rows: np.ndarray, settings: Mapping) -> np.ndarray:
  """Which rows have too many entries too far outside of what train has.

  Args:
    train: [N, D] float.
    rows: [M, D] float, finite.
    settings: of DEFAULTS; `outside` and `outside_share`.

  Returns:
    [M] bool.
  """
  low, high = train.min(0)[None], train.max(0)[None]
  slack = settings['outside'] * np.maximum(high - low, np.median(high - low))  # a constant entry of train may move, too
  return ((rows < low - slack) | (rows > high + slack)).mean(1) > settings['outside_share']


def roughness(rows: np.ndarray) -> np.ndarray:
  """Share of a row's power that lies in the upper half of the frequencies: the fingerprint of upsampling and of noise.

  Args:
    rows: [N, H, W, C] or [N, T, C].

  Returns:
    [N] in [0, 1].

  Source: Durall, Keuper and Keuper, Watch Your Up-Convolution, 2020.
  """
  axes = (1, 2) if rows.ndim == 4 else (1,)
  power = np.abs(np.fft.fftn(rows - rows.mean(axes, keepdims=True), axes=axes)) ** 2
  upper = np.zeros(power.shape[1 : 1 + len(axes)], bool)
  for axis, size in enumerate(upper.shape):
    fast = np.abs(np.fft.fftfreq(size)) >= 0.25
    upper |= fast.reshape([-1 if a == axis else 1 for a in range(len(axes))])
  total = power.reshape(len(rows), -1).sum(1)
  return np.where(total > 0, (power * upper[None, ..., None]).reshape(len(rows), -1).sum(1) / np.maximum(total, 1e-30), 0.0)


def _apart(flat: np.ndarray, group: np.ndarray | None) -> np.ndarray:
  """[N], the distance from each row to the nearest other one, or to the nearest of another group."""
  if group is None or len(np.unique(group)) < 2:
    return nearest(flat, flat, exclude_self=True)[0][:, 0]
  found = np.zeros(len(flat))
  for one in np.unique(group):
    found[group == one] = nearest(flat[group == one], flat[group != one])[0][:, 0]
  return found


class Calibration(NamedTuple):
  """What the gate knows of the train split, whatever is drawn."""

  scale: np.ndarray  # [1, D], deviation of each entry's column, or channel: none shall outweigh the others by its unit
  near: float  # median distance between neighbours, in these
  learner: BaseEstimator | None  # the auxiliary classifier; None where none is asked
  limits: dict[int, float]  # by class, the confidence below which a row is refused
  held_out: float  # share of real rows that pass a classifier which has not seen them


def calibrate(
  train: np.ndarray, label: np.ndarray, settings: Mapping, seed: int, group: np.ndarray | None = None
) -> Calibration:
  """Looks at the train split, once for all attempts.

  Args:
    train: [N, ...] float, real rows.
    label: [N] int.
    settings: of DEFAULTS.
    seed: of the auxiliary classifier.
    group: [N] int, train rows that are no independent ones, such as the windows of one series; None has none.

  Returns:
    Calibration.

  Raises:
    InputError: a class of one row, or of one group.
  """
  flat = train.reshape(len(train), -1).astype(np.float64)
  deviation = train.reshape(-1, train.shape[-1]).std(0)
  scale = np.broadcast_to(np.where(deviation > 0, deviation, 1.0), train.shape[1:]).reshape(1, -1)
  learner, limits, passed = None, {}, np.ones(len(train))
  if settings['refused']:
    held_out = held_out_confidence(flat, label, settings['classifier'], seed, group=group)
    limits = {
      int(k): float(np.quantile(held_out[label == k], settings['refused'], method='lower')) for k in np.unique(label)
    }
    learner = fit_learner(settings['classifier'], flat, label, seed)
    passed = held_out >= np.array([limits[int(k)] for k in label])
  return Calibration(scale, float(np.median(_apart(flat / scale, group))), learner, limits, float(passed.mean()))


def gate(
  train: np.ndarray,
  rows: np.ndarray,
  asked: np.ndarray,
  settings: Mapping,
  known: Calibration,
  valid: np.ndarray | None = None,
) -> tuple[np.ndarray, dict]:
  """Judges generated rows by what the train split says.

  Args:
    train: [N, ...] float, real rows.
    rows: [M, ...] float, generated rows, before they are clipped.
    asked: [M] int, the class each was asked to be of.
    settings: of DEFAULTS.
    known: of `calibrate`.
    valid: [M] bool, whether a row keeps the user's constraints; None has none.

  Returns:
    (refused [M, R] bool, a column a reason of REASONS; what is told of the gate: `held_out` share of real rows that would pass the
    classifier, `confidence` [M], `nearest_distance` [M] to a train row, in deviations of a column or channel, and `nearest_row` [M]).
  """
  flat, made = train.reshape(len(train), -1).astype(np.float64), rows.reshape(len(rows), -1).astype(np.float64)
  finite = np.isfinite(made).all(1)
  made = np.where(finite[:, None], made, 0.0)
  low, high = flat.min(0)[None], flat.max(0)[None]
  refused = dict.fromkeys(REASONS, np.zeros(len(rows), bool))
  refused['not finite'] = ~finite
  refused['out of range'] = far_out(flat, made, settings)
  made = np.clip(made, low, high)
  if settings['rough'] and train.ndim > 2:
    real, own = roughness(train), roughness(made.reshape(rows.shape))
    refused['artifact'] = (own > settings['rough'] * real.max()) | (own * settings['rough'] < real.min())
  distance, place = (a[:, 0] for a in nearest(made / known.scale, flat / known.scale))
  refused['exact copy'] = distance == 0
  refused['near copy'] = (distance > 0) & (distance < settings['near'] * known.near)
  confidence = np.ones(len(rows))
  if known.learner is not None:
    confidence = _of_class(known.learner.predict_proba(made), known.learner.classes_, asked)
    refused['off class'] = confidence < np.array([known.limits[int(k)] for k in asked])
  if valid is not None:
    refused['constraint'] = ~valid
  told = {'nearest_distance': distance, 'nearest_row': place, 'confidence': confidence, 'held_out': known.held_out}
  return np.stack([refused[reason] for reason in REASONS], 1), told
