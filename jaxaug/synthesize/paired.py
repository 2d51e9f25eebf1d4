"""Does it help? Paired differences over seeds against the best control, corrected for how often one has asked."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import ttest_1samp

from jaxaug.metrics import over_seeds
from jaxaug.types import InputError, check_name

METRICS = ('accuracy', 'balanced_accuracy', 'recall')
SYNTHETIC = ('synthetic', 'synthetic ungated')
ALONE = ('synthetic alone', 'ungated alone')  # trained on no real row


def score(answer: np.ndarray, label: np.ndarray, metric: str, classes: Sequence[Sequence[int]] = ()) -> np.ndarray:
  """One number a seed.

  Args:
    answer: [S, T] int, predicted classes.
    label: [S, T] int.
    metric: 'accuracy', 'balanced_accuracy' (mean recall over classes) or 'recall' (the same over `classes`).
    classes: of 'recall', [S] lists of one or more.

  Returns:
    [S] in [0, 1].

  Raises:
    InputError: an unknown metric, 'recall' of no class, a class without a test row.
  """
  check_name(metric, METRICS, 'retrain.metric')
  right = answer == label
  if metric == 'accuracy':
    return right.mean(1)
  if metric == 'balanced_accuracy':
    classes = [np.unique(label)] * len(label)
  if not len(classes) or not all(len(one) for one in classes):
    raise InputError("retrain.classes: names no class; 'recall' needs one")
  found = np.empty(len(label))
  for s, wanted in enumerate(classes):
    members = [label[s] == k for k in wanted]
    if not all(one.any() for one in members):
      raise InputError(f'retrain.classes: seed {s} has no test row of a class')
    found[s] = np.mean([right[s][one].mean() for one in members])
  return found


def holm(p_values: Sequence[float]) -> np.ndarray:
  """Holm's adjusted p-values: sorted, the i-th of m times m - i, made monotone, at most 1.

  Args:
    p_values: [m] in [0, 1].

  Returns:
    [m], in the order given.

  Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979.
  """
  p_values = np.asarray(p_values, np.float64)
  order, count = np.argsort(p_values), len(p_values)
  adjusted = np.empty(count)
  adjusted[order] = np.minimum(np.maximum.accumulate((count - np.arange(count)) * p_values[order]), 1)
  return adjusted


def paired(a: np.ndarray, b: np.ndarray) -> dict:
  """The mean of a - b over seeds, its interval and two-sided p-value.

  Args:
    a, b: [S] scores of the same seeds.

  Returns:
    {'value', 'low', 'high', 'p_value'}; differences that are all the same number have p 1 at 0, else that of their signs, 2^(1 - S). Both
    are over splits, draws and training; where all seeds share a test part, other test rows are not in them.
  """
  difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
  interval = over_seeds(difference)
  alike = np.ptp(difference) < 1e-12
  if alike:
    p_value = 1.0 if abs(difference[0]) < 1e-12 else 2.0 ** (1 - len(difference))
  else:
    p_value = float(ttest_1samp(difference, 0).pvalue)
  return {**interval._asdict(), 'p_value': p_value}


def compare(scores: Mapping[str, np.ndarray], level: float = 0.05) -> dict:
  """A row for each learner and amount: synthetic rows against the best control and against real rows only.

  Args:
    scores: {(learner, amount): {arm: [S]}}; arms 'real only', controls, and those of SYNTHETIC and ALONE that were run. The best control is the one
      of the highest mean on the same test rows, which favours it.
    level: of the tests, after Holm's correction over all rows.

  Returns:
    {'rows': [{'learner', 'amount', 'arms' {arm: interval}, 'best_control', 'against_control', 'against_real', 'says'}], 'says': of all};
    'helps': above the best control; 'hurts': below real only; else 'does not help'.

  Raises:
    InputError: fewer than two seeds.
  """
  rows = []
  for (learner, amount), arms in scores.items():
    controls = {name: values for name, values in arms.items() if name not in SYNTHETIC + ALONE}
    best = max(controls, key=lambda name: controls[name].mean())
    ours = next(arms[name] for name in SYNTHETIC if name in arms)
    rows.append(
      {
        'learner': learner,
        'amount': amount,
        'arms': {name: over_seeds(values)._asdict() for name, values in arms.items()},
        'best_control': best,
        'against_control': paired(ours, controls[best]),
        'against_real': paired(ours, controls['real only']),
      }
    )
  for field in ('against_control', 'against_real'):
    for row, adjusted in zip(rows, holm([row[field]['p_value'] for row in rows])):
      row[field]['adjusted'] = float(adjusted)
  for row in rows:
    control, real = row['against_control'], row['against_real']
    helps = control['value'] > 0 and control['adjusted'] < level
    hurts = real['value'] < 0 and real['adjusted'] < level
    row['says'] = 'helps' if helps else 'hurts' if hurts else 'does not help'
  found = {row['says'] for row in rows}
  says = 'hurts' if 'hurts' in found else 'helps' if 'helps' in found else 'does not help'
  if {'helps', 'hurts'} <= found:
    says = 'helps some learners and hurts others'
  return {'rows': rows, 'says': says}
