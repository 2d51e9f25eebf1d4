"""Several seeds of one config as one table: means, and differences from a baseline, paired by seed and example."""

import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug import metrics, tracking
from jaxaug.evaluate.scores import MEASURES
from jaxaug.types import InputError, check_name

PLAIN = ('ece', 'minutes')  # no shares: shown as they are


def seed_scores(folder: str | os.PathLike, arm: str) -> dict[str, np.ndarray]:
  """What one finished run measured of an arm.

  Args:
    folder: workdir of the run.
    arm: its name.

  Returns:
    `id` [N] of the test examples, and {measure: float64 [n <= N], the first n examples' scores, or one number}.

  Raises:
    InputError: a run that is not finished.
  """
  folder, results = pathlib.Path(folder), _results(pathlib.Path(folder))
  with np.load(folder / f'predictions-{arm}.npz', allow_pickle=False) as stored:
    label, found = stored['label'], {'id': stored['id']}
    found['clean'] = metrics.correct(stored['logits'], label).astype(np.float64)
    if 'robust_logits' in stored.files:
      found['robust'] = metrics.correct(stored['robust_logits'], label[: len(stored['robust_logits'])]).astype(np.float64)
    if 'autoattack_robust' in stored.files:
      found['autoattack'] = stored['autoattack_robust'].astype(np.float64)
    if 'certified' in stored.files:
      found['certified'] = stored['certified'].astype(np.float64)
    if 'corrupted_right' in stored.files:
      found['corrupted'] = stored['corrupted_right']
  found['ece'] = np.float64(results['arms'][arm]['clean']['ece'])
  if 'cost' in results:
    found['minutes'] = np.float64(results['cost'][arm]['seconds'] / 60)
  return found


def measured_as(results: Mapping) -> dict:
  """What must be the same for two runs to be compared.

  Args:
    results: of a finished run, `results.json`.

  Returns:
    `data`, the attacks and the certificate in words, the corruptions with their source and severities, of its first
    arm: all have the same.
  """
  arm = next(iter(results['arms'].values()))
  attacks = {measure: arm[measure]['attack'] for measure in ('robust', 'autoattack') if measure in arm}
  corrupted = arm.get('corrupted') and [
    arm['corrupted'].get('source'),
    arm['corrupted'].get('severities'),
    list(arm['corrupted']['error']),
  ]
  return {
    'data': results['data'],
    'attacks': attacks,
    'certified': arm.get('certified', {}).get('certificate'),
    'corrupted': corrupted,
  }


def compare_seeds(folders: Sequence[str | os.PathLike], baseline: str = '') -> dict:
  """Reads finished runs that differ in their seeds and compares their arms.

  Args:
    folders: workdirs, at least two.
    baseline: the arm that others are compared with; '' is the first.

  Returns:
    `seeds` their number, `same_examples` whether all were tested on the same ones (a source without a test split of its own is cut anew by
    `data.seed`), `baseline`, `data`, `arms` {arm: {measure: interval}} and `differences` {arm: {measure: interval of arm - baseline}} with
    the intervals of `jaxaug.metrics.over_seeds`, an arm's own cut to what can be.

  Raises:
    InputError: a run that is not finished, or other arms, data, attacks or numbers of test examples in one of them.
  """
  folders = [pathlib.Path(folder) for folder in folders]
  runs = {arm: [seed_scores(folder, arm) for folder in folders] for arm in _arms(folders)}
  return compare_scores(runs, _data(folders), baseline)


def compare_workdirs(workdirs: Sequence[str | os.PathLike], baseline: str = '') -> dict:
  """The same over several jobs of the same seeds and data, such as one config a method; their arms stand side by side.

  Args:
    workdirs: folders that `jaxaug.train.fit_seeds` left, each with `seed-<n>/`.
    baseline: the arm that others are compared with; '' is the first.

  Returns:
    As `compare_seeds`.

  Raises:
    InputError: no seeds in a folder, a run that is not finished, an arm twice, other seeds, numbers of examples, data or attacks.
  """
  runs, seeds, every = {}, None, []
  for workdir in map(pathlib.Path, workdirs):
    folders = sorted(
      (found for found in workdir.glob('seed-*') if found.name.removeprefix('seed-').isdigit()),
      key=lambda folder: int(folder.name.removeprefix('seed-')),
    )
    if len(folders) < 2 or seeds not in (None, [folder.name for folder in folders]):
      raise InputError(
        f'workdir {workdir}: has the seeds {[folder.name for folder in folders]}, must have {seeds or "at least two"}'
      )
    seeds = [folder.name for folder in folders]
    every += folders
    for arm in _arms(folders):
      if arm in runs:
        raise InputError(f'workdir {workdir}: arm {arm!r} is in another one, too')
      runs[arm] = [seed_scores(folder, arm) for folder in folders]
  return compare_scores(runs, _data(every), baseline)


def _results(folder: pathlib.Path) -> dict:
  return tracking.read_json(folder / 'results.json', 'finished run')


def _data(folders: Sequence[pathlib.Path]) -> dict:
  first = measured_as(_results(folders[0]))
  for folder in folders[1:]:
    found = measured_as(_results(folder))
    if found != first:
      raise InputError(f'workdir {folder}: was measured as {found}, {folders[0]} as {first}')
  return first['data']


def _arms(folders: Sequence[pathlib.Path]) -> list[str]:
  arms = [list(_results(folder)['arms']) for folder in folders]
  if any(found != arms[0] for found in arms):
    raise InputError(f'workdir: the runs have different arms: {arms}')
  return arms[0]


def compare_scores(runs: Mapping[str, Sequence[Mapping]], data: Mapping, baseline: str = '') -> dict:
  """The same of scores at hand.

  Args:
    runs: {arm: `seed_scores` of the same seeds in one order}.
    data: what `results.json` says of it.
    baseline: the arm that others are compared with; '' is the first.

  Returns:
    As `compare_seeds`; measures that all runs have.

  Raises:
    InputError: an unknown baseline, other examples under one seed, or other numbers of them.
  """
  arms, runs = list(runs), {arm: [dict(run) for run in found] for arm, found in runs.items()}
  baseline = baseline or arms[0]
  check_name(baseline, arms, 'evaluate.baseline')
  ids = {arm: [run.pop('id') for run in found] for arm, found in runs.items()}
  for arm in arms:
    if not all(map(np.array_equal, ids[arm], ids[baseline])):
      raise InputError(
        f'workdir: arm {arm!r} was tested on other examples than {baseline!r} under the same seed; give both the same data.seed'
      )
  same = all(np.array_equal(found, ids[baseline][0]) for found in ids[baseline])

  def stacked(arm, measure):
    """[S, N], or [S] of what is one number a run."""
    return np.stack([run[measure] for run in runs[arm]])

  shared = [m for m in runs[baseline][0] if all(m in run for arm in arms for run in runs[arm])]
  for arm in arms:
    if any(run[m].shape != runs[baseline][0][m].shape for run in runs[arm] for m in shared):
      raise InputError(f'workdir: the runs measured arm {arm!r} on different numbers of examples')
  told = {'seeds': len(runs[baseline]), 'same_examples': same, 'baseline': baseline, 'data': data}
  found = told | {'arms': {}, 'differences': {}}
  possible = lambda m, i: i._replace(low=max(i.low, 0.0), high=i.high if m == 'minutes' else min(i.high, 1.0))
  over = lambda values: metrics.over_seeds(values, shared=same)
  for arm in arms:
    found['arms'][arm] = {m: possible(m, over(stacked(arm, m)))._asdict() for m in shared}
    if arm != baseline:
      found['differences'][arm] = {m: over(stacked(arm, m) - stacked(baseline, m))._asdict() for m in shared}
  return found


def seeds_table(found: Mapping) -> str:
  """The comparison as Markdown.

  Args:
    found: of `compare_seeds`.

  Returns:
    Lines of a table: an arm a row; for each measure mean and interval, and the paired difference from the baseline.
  """
  measures = list(next(iter(found['arms'].values())))
  scale = {m: 1 if m in PLAIN else 100 for m in measures}
  digits = lambda m: 3 if m == 'ece' else 1
  head = ['arm']
  for m in measures:
    unit = '' if m in PLAIN else ', %'
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
