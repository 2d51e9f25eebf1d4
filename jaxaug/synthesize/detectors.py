"""What goes wrong with a generator while it trains, seen in its draws: mode collapse, label drift, artifacts, an overfitted discriminator."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.base import BaseEstimator

from jaxaug.metrics import class_coverage, prdc
from jaxaug.synthesize.gate import DEFAULTS as GATE_DEFAULTS
from jaxaug.synthesize.gate import far_out, held_out_probabilities, roughness
from jaxaug.synthesize.learners import class_weights, fit_learner
from jaxaug.types import InputError

DEFAULTS = dict(
  rows=250,  # draws looked at, evenly of all classes, and real rows beside them, at most
  classifier='logistic',  # of LEARNERS: the auxiliary classifier, fitted on train once
  missing=0.1,  # mode collapse: a class that the classifier finds in less than this share of as many draws as were asked of it
  spread=0.4,  # mode collapse: median distance between draws of a class, as a share of what it is between real rows of it
  recall=0.1,  # mode collapse: recall, as a share of what one half of the real rows reaches of the other
  agreement=0.5,  # label drift: agreement of a class above chance, as a share of what held-out real rows have
  out_of_range=0.5,  # artifacts: share of draws that the gate's question of range refuses
  rough=4.0,  # artifacts: how many times rougher, or smoother, the median draw is than the median real row
  sign=0.95,  # discriminator overfit: mean sign of D on train rows is above this, and on draws below its negative
  gap=0.5,  # discriminator overfit: share of D's step from draws to train rows that validation rows do not take
  collapsed_spread=0.1,  # collapsed, so that `fit` goes back: `spread`, over all classes, below this
  collapsed_coverage=0.5,  # collapsed: no more than this share of the classes that the classifier finds in real rows is found in draws
)
NEIGHBOURS = 5  # of recall


class Reference(NamedTuple):
  """What of the real rows draws are held against."""

  rows: np.ndarray  # [N, ...] float
  label: np.ndarray  # [N] int
  num_classes: int  # K
  scale: np.ndarray  # [D], deviation of each entry
  part: np.ndarray  # row numbers of those that recall is of
  learner: BaseEstimator | None  # None with one class
  agreement: np.ndarray  # [K], of held-out real rows; nan for a class of fewer than 2 rows
  coverage: float  # share of the classes that are found among held-out real rows
  distance: np.ndarray  # [K], median between rows of a class; nan for a class of fewer than 2 rows
  recall: float  # of one half of the real rows in the other; nan where they are too few
  rough: float  # median roughness; nan for rows of a table


def reference(
  rows: np.ndarray, label: np.ndarray, num_classes: int, settings: Mapping, seed: int = 0, group: np.ndarray | None = None
) -> Reference:
  """Looks at the real rows, once.

  Args:
    rows: [N, ...] float, train.
    label: [N] int in 0 .. K - 1.
    num_classes: K.
    settings: of DEFAULTS.
    seed: of the classifier, its folds and the choice of rows.
    group: [N] int, rows that belong together, such as the windows of one series: held out together; None has none.

  Returns:
    Reference.

  Raises:
    InputError: fewer than 2 rows.
  """
  if len(rows) < 2:
    raise InputError(f'detectors: {len(rows)} real rows, must be at least 2')
  rows, label = np.asarray(rows, np.float64), np.asarray(label)
  flat = rows.reshape(len(rows), -1)
  deviation = flat.std(0)
  scale = np.where(deviation > 0, deviation, 1.0)
  classes, counts = np.unique(label, return_counts=True)
  learner, agreement, coverage = None, np.full(num_classes, np.nan), 1.0
  if len(classes) > 1:
    learner = fit_learner(settings['classifier'], flat, label, seed, class_weights(label))
    if group is not None:
      counts = np.array([len(np.unique(group[label == k])) for k in classes])
    asked = np.isin(label, classes[counts > 1])
    if len(np.unique(label[asked])) > 1:
      among = None if group is None else group[asked]
      told = held_out_probabilities(flat[asked], label[asked], settings['classifier'], seed, weighted=True, group=among)
      found = np.unique(label[asked])[told.argmax(1)]
      agreement = _by_class(found == label[asked], label[asked], num_classes)
      coverage = float(np.mean(np.isin(classes[counts > 1], found)))
  random = np.random.default_rng(seed)
  part = random.permutation(len(rows))[: settings['rows']]
  if group is not None:  # at most one is in both halves
    names, number = np.unique(group, return_inverse=True)
    part = part[np.argsort(random.permutation(len(names))[number[part]], kind='stable')]
  half = len(part) // 2
  return Reference(
    rows=rows,
    label=label,
    num_classes=num_classes,
    scale=scale,
    part=part,
    learner=learner,
    agreement=agreement,
    coverage=coverage,
    distance=_distances(flat / scale, label, num_classes, settings['rows']),
    recall=_recall(flat[part[:half]] / scale, flat[part[half:]] / scale),
    rough=float(np.median(roughness(rows))) if rows.ndim > 2 else np.nan,
  )


def asked_of(seen: Reference, settings: Mapping) -> np.ndarray:
  """The classes to draw: those of train, evenly.

  Args:
    seen: of `reference`.
    settings: of DEFAULTS.

  Returns:
    [rows] int.
  """
  return np.sort(np.resize(np.unique(seen.label), settings['rows']))


def detect(seen: Reference, rows: np.ndarray, asked: np.ndarray) -> dict[str, float | np.ndarray]:
  """Numbers of draws; rows that are not finite count as out of range and as zeros.

  Args:
    seen: of `reference`.
    rows: [M, ...] float, drawn.
    asked: [M] int, the class each was asked to be of, evenly.

  Returns:
    `coverage` of classes and `agreement` over classes, in [0, 1], by the auxiliary classifier; `recall` in [0, 1]; `spread`, mean over classes
    of the median distance between draws as a share of that between real rows; `out_of_range`, share of draws; `rough`, the median
    draw's roughness over the median real row's, 1 for tables; and by class [K], nan where there is nothing to say: `class_found`, draws found
    in a class over draws asked of it, `class_agreement`, `class_spread`.
  """
  flat = np.asarray(rows, np.float64).reshape(len(rows), -1)
  finite = np.isfinite(flat).all(1)
  flat = np.where(finite[:, None], np.clip(np.nan_to_num(flat), -1e30, 1e30), 0.0)
  real = seen.rows.reshape(len(seen.rows), -1)
  classes = np.unique(asked)
  found = asked if seen.learner is None else seen.learner.predict(flat)
  agreement = _by_class(found == asked, asked, seen.num_classes)
  counts = lambda label: np.bincount(label, minlength=seen.num_classes)
  share = np.where(counts(asked) > 0, counts(found) / np.maximum(counts(asked), 1), np.nan)
  spread = _distances(flat / seen.scale, asked, seen.num_classes, len(flat)) / np.where(
    seen.distance > 0, seen.distance, np.nan
  )
  rough = float(np.median(roughness(flat.reshape(rows.shape)))) if seen.rows.ndim > 2 else np.nan
  return {
    'coverage': class_coverage(np.searchsorted(classes, found), len(classes)) if np.isin(found, classes).all() else 0.0,
    'agreement': float(np.nanmean(agreement)),
    'recall': _recall(flat / seen.scale, real[seen.part] / seen.scale),
    'spread': float(np.nanmean(spread)) if np.isfinite(spread).any() else 1.0,
    'out_of_range': float((far_out(real, flat, GATE_DEFAULTS) | ~finite).mean()),
    'rough': rough / seen.rough if seen.rough > 0 else 1.0,
    'class_found': share,
    'class_agreement': agreement,
    'class_spread': spread,
  }


def collapsed(seen: Reference, numbers: Mapping, settings: Mapping) -> bool:
  """Whether draws are all alike, or nearly all of few classes.

  Args:
    seen: of `reference`.
    numbers: of `detect`.
    settings: of DEFAULTS.

  Returns:
    Whether that is so.
  """
  few = numbers['coverage'] <= settings['collapsed_coverage'] * seen.coverage
  return bool(numbers['spread'] < settings['collapsed_spread'] or (seen.learner is not None and few))


def warnings(seen: Reference, numbers: Mapping, settings: Mapping, names: Sequence[str] = ()) -> dict[str, str]:
  """What is wrong, in plain words.

  Args:
    seen: of `reference`.
    numbers: of `detect`, and where there is a discriminator of `discriminator`.
    settings: of DEFAULTS.
    names: of the K classes; () takes their numbers.

  Returns:
    {'mode collapse', 'label drift', 'artifacts', 'discriminator overfit': what of it}, of those that are.
  """
  told = {}
  names = list(names) or [str(k) for k in range(seen.num_classes)]
  named = lambda which: ('class ' if which.sum() == 1 else 'classes ') + ', '.join(names[k] for k in np.flatnonzero(which))

  def tell(kind: str, is_so: bool, text: str) -> None:
    if is_so:
      told[kind] = f'{told[kind]}; {text}' if kind in told else text

  gone = (numbers['class_found'] < settings['missing']) & ~(seen.agreement < settings['missing'])
  tell('mode collapse', gone.any(), f'{named(gone)} {"is" if gone.sum() == 1 else "are"} hardly ever drawn')
  narrow = numbers['class_spread'] < settings['spread']
  least = np.nanmin(numbers['class_spread']) if narrow.any() else 1.0
  tell('mode collapse', narrow.any(), f"distance between draws of {named(narrow)} is down to {least:.0%} of the real rows'")
  few = numbers['recall'] < settings['recall'] * seen.recall
  tell('mode collapse', few, f'recall {numbers["recall"]:.2f}, where real rows reach {seen.recall:.2f}')
  chance = 1 / max(len(np.unique(seen.label)), 2)
  above = (numbers['class_agreement'] - chance) < settings['agreement'] * (seen.agreement - chance)
  drift = above & (seen.agreement > chance)
  least = np.nanmin(np.where(drift, numbers['class_agreement'], np.nan)) if drift.any() else 1.0
  tell('label drift', drift.any(), f'draws of {named(drift)} are taken for it in down to {least:.0%}')
  out = numbers['out_of_range']
  tell('artifacts', out > settings['out_of_range'], f'{out:.0%} of draws are out of range')
  rough = numbers['rough']
  tell('artifacts', rough > settings['rough'], f'draws are {rough:.1f} times as rough as real rows')
  tell('artifacts', rough * settings['rough'] < 1, f'draws have {rough:.0%} of the roughness of real rows')
  if 'sign_train' in numbers:
    apart = numbers['sign_train'] > settings['sign'] and numbers['sign_drawn'] < -settings['sign']
    tell('discriminator overfit', apart, f'it tells train rows (mean sign {numbers["sign_train"]:.2f}) from all draws')
  if 'gap' in numbers:
    wide = numbers['gap'] > settings['gap'] and numbers['gap_doubt'] < numbers['gap'] / 2
    tell('discriminator overfit', wide, f'it holds validation rows for draws: gap {numbers["gap"]:.2f}')
  return told


def discriminator(train: np.ndarray, drawn: np.ndarray, validation: np.ndarray | None = None) -> dict[str, float]:
  """How far a discriminator has learnt its train rows by heart.

  sign = E[sign D(train)]; gap = (E[D(train)] - E[D(validation)]) / (E[D(train)] - E[D(drawn)])

  Args:
    train: [N], D's outputs.
    drawn: [M].
    validation: [V] on real rows that it has not seen, or None.

  Returns:
    `sign_train` and `sign_drawn` in [-1, 1]; with validation rows `gap`, 0 for no overfitting and 1 for complete, and `gap_doubt`, its
    standard error from D's scatter over rows. Where D does not put train rows above draws the gap is 0.

  Source: Karras et al., Training Generative Adversarial Networks with Limited Data, 2020, equation 1 (r_t and r_v).
  """
  train, drawn = np.asarray(train, np.float64), np.asarray(drawn, np.float64)
  told = {'sign_train': float(np.sign(train).mean()), 'sign_drawn': float(np.sign(drawn).mean())}
  if validation is None:
    return told
  validation = np.asarray(validation, np.float64)
  step = train.mean() - drawn.mean()
  doubt = np.sqrt(train.var() / len(train) + validation.var() / len(validation))
  if step <= 0:
    return told | {'gap': 0.0, 'gap_doubt': 0.0}
  return told | {'gap': float((train.mean() - validation.mean()) / step), 'gap_doubt': float(doubt / step)}


def _by_class(values: np.ndarray, label: np.ndarray, num_classes: int) -> np.ndarray:
  """[K], means; nan without rows."""
  return np.array([values[label == k].mean() if (label == k).any() else np.nan for k in range(num_classes)])


def _distances(flat: np.ndarray, label: np.ndarray, num_classes: int, most: int) -> np.ndarray:
  """[K], median distance between rows of a class, of its first `most`; nan for fewer than 2."""
  of = lambda rows: np.median(pdist(rows)) if len(rows) > 1 else np.nan
  return np.array([of(flat[label == k][:most]) for k in range(num_classes)])


def _recall(flat: np.ndarray, real: np.ndarray) -> float:
  """Share of real rows among draws; nan for too few of either."""
  enough = min(len(flat), len(real)) > NEIGHBOURS
  return prdc(real, flat, NEIGHBOURS)['recall'] if enough else np.nan
