"""Runs of one config under several seeds, as one table: means, and differences from a baseline paired by seed and example."""

import json
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug import metrics
from jaxaug.types import InputError

MEASURES = {
  'clean': 'clean accuracy',
  'robust': 'robust accuracy',
  'autoattack': 'under AutoAttack',
  'corrupted': 'corrupted accuracy',
  'ece': 'ECE',
}


def _scores(folder: pathlib.Path, arm: str, held: Mapping) -> dict[str, np.ndarray]:
  """{measure: [N] scores, or one number} of an arm of a run."""
  with np.load(folder / f'predictions-{arm}.npz', allow_pickle=False) as stored:
    label, found = stored['label'], {'clean': metrics.correct(stored['logits'], stored['label']).astype(np.float64)}
    if 'robust_logits' in stored.files:
      found['robust'] = metrics.correct(stored['robust_logits'], label[: len(stored['robust_logits'])]).astype(np.float64)
    if 'autoattack_robust' in stored.files:
      found['autoattack'] = stored['autoattack_robust'].astype(np.float64)
    if 'corrupted_right' in stored.files:
      found['corrupted'] = stored['corrupted_right']
  return found | {'ece': np.float64(held['clean']['ece'])}


def _ids(folder: pathlib.Path, arm: str) -> np.ndarray:
  with np.load(folder / f'predictions-{arm}.npz', allow_pickle=False) as stored:
    return stored['id']


def compare_seeds(folders: Sequence[str | os.PathLike], baseline: str = '') -> dict:
  """Reads finished runs that differ in their seeds and compares their arms.

  Args:
    folders: workdirs, at least two.
    baseline: the arm that others are compared with; '' is the first.

  Returns:
    `seeds` their number, `baseline`, `data`, `arms` {arm: {measure: interval}} and `differences` {arm: {measure: interval of
    arm - baseline}} with the intervals of `jaxaug.metrics.over_seeds`: over seeds and examples where all runs were tested on the
    same ones, else over seeds alone (a source without a test split of its own is cut anew by `data.seed`).

  Raises:
    InputError: a run that is not finished, or other arms or another number of test examples in one of them.
  """
  folders = [pathlib.Path(folder) for folder in folders]
  for folder in folders:
    if not (folder / 'results.json').is_file():
      raise InputError(f'workdir {folder}: holds no finished run (no results.json)')
  results = [json.loads((folder / 'results.json').read_text()) for folder in folders]
  arms = list(results[0]['arms'])
  if any(list(r['arms']) != arms for r in results):
    raise InputError(f'workdir: the runs have different arms: {[list(r["arms"]) for r in results]}')
  baseline = baseline or arms[0]
  runs = {arm: [_scores(f, arm, r['arms'][arm]) for f, r in zip(folders, results)] for arm in arms}
  ids = [_ids(folder, arms[0]) for folder in folders]
  same = all(np.array_equal(found, ids[0]) for found in ids)

  def stacked(arm, measure):
    """[S, N] where all runs have the same test examples, else [S]: then a run's mean draws its examples, too."""
    return np.stack([run[measure] if same else run[measure].mean() for run in runs[arm]])

  found = {'seeds': len(folders), 'baseline': baseline, 'data': results[0]['data'], 'arms': {}, 'differences': {}}
  for arm in arms:
    measures = runs[arm][0]
    if any(run[m].shape != measures[m].shape for run in runs[arm] for m in measures):
      raise InputError(f'workdir: the runs measured arm {arm!r} on different numbers of examples')
    found['arms'][arm] = {m: metrics.over_seeds(stacked(arm, m))._asdict() for m in measures}
    if arm != baseline:
      found['differences'][arm] = {
        m: metrics.over_seeds(stacked(arm, m) - stacked(baseline, m))._asdict() for m in measures if m in runs[baseline][0]
      }
  return found


def seeds_table(found: Mapping) -> str:
  """The comparison as Markdown.

  Args:
    found: of `compare_seeds`.

  Returns:
    Lines of a table: an arm a row; for each measure mean and interval, and the paired difference from the baseline.
  """
  measures = list(next(iter(found['arms'].values())))
  scale = {m: 1 if m == 'ece' else 100 for m in measures}
  digits = lambda m: 3 if m == 'ece' else 1
  head = ['arm']
  for m in measures:
    unit = '' if m == 'ece' else ', %'
    head += [f'{MEASURES[m]}{unit}', f'minus {found["baseline"]}']
  rows = [head, ['---'] * len(head)]
  for arm, values in found['arms'].items():
    row = [arm]
    for m in measures:
      show = lambda i, sign, m=m: (
        f'{scale[m] * i["value"]:{sign}.{digits(m)}f} [{scale[m] * i["low"]:{sign}.{digits(m)}f}, {scale[m] * i["high"]:{sign}.{digits(m)}f}]'
      )
      difference = found['differences'].get(arm, {}).get(m)
      row += [show(values[m], ''), show(difference, '+') if difference else '']
    rows.append(row)
  return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
