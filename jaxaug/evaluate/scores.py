"""From logits to the numbers of a report."""

from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug import metrics
from jaxaug.types import Array


def clean_scores(logits: Array, label: Array) -> dict:
  """Accuracy with interval, calibration, confusion.

  Args:
    logits: [N, K] float.
    label: [N, K] probabilities.

  Returns:
    Plain values and arrays.
  """
  return {
    'examples': len(logits),
    'accuracy': metrics.accuracy(logits, label)._asdict(),
    **metrics.calibration(logits, label),
    'confusion': metrics.confusion(logits, label),
  }


def comparisons(right: Mapping[str, Mapping[str, Sequence[bool]]], baseline: str) -> list[dict]:
  """Every other arm against the baseline, example by example.

  Args:
    right: {arm: {measure: [N] right or not, or the share of times right}}, the same examples in all arms.
    baseline: an arm.

  Returns:
    For each pair and measure: the difference of accuracies with its paired bootstrap interval, and of yes or no the McNemar test.
  """
  rows = []
  for other in [arm for arm in right if arm != baseline]:
    for measure in right[other]:
      a, b = np.asarray(right[other][measure]), np.asarray(right[baseline][measure])
      difference = metrics.paired_bootstrap(a, b)
      rows.append(
        {
          'arm': other,
          'against': baseline,
          'measure': measure,
          'examples': len(a),
          'difference': difference._asdict(),
          **(metrics.mcnemar(a, b) if a.dtype == bool else {}),
        }
      )
  return rows


def group_scores(right: Mapping[str, np.ndarray], names: np.ndarray) -> dict:
  """Accuracy of each group by each yes-or-no measure.

  Args:
    right: {measure: [M] bool}, of the first M examples.
    names: [N] text, the group of each example.

  Returns:
    {measure: {'groups': {name: accuracy with Wilson interval and `examples`}, 'worst': its name}}.
  """
  found = {}
  for measure, rows in right.items():
    if np.asarray(rows).dtype != bool:
      continue
    own = names[: len(rows)]
    groups = {
      str(name): metrics.wilson(int(rows[own == name].sum()), int((own == name).sum()))._asdict()
      | {'examples': int((own == name).sum())}
      for name in np.unique(own)
    }
    found[measure] = {'groups': groups, 'worst': min(groups, key=lambda name: groups[name]['value'])}
  return found


MEASURES = {
  'clean': 'clean accuracy',
  'robust': 'robust accuracy',
  'autoattack': 'under AutoAttack',
  'certified': 'certified accuracy',
  'corrupted': 'corrupted accuracy',
  'ece': 'ECE',
  'minutes': 'minutes of training',
}  # and what a table calls them


def table(results: Mapping) -> str:
  """Results as lines of text for a terminal.

  Args:
    results: what `evaluate` returns.

  Returns:
    A table of the arms, then the paired differences.
  """
  percent = lambda i: f'{100 * i["value"]:.1f}% [{100 * i["low"]:.1f}, {100 * i["high"]:.1f}]'
  measures = [
    m
    for m in ('clean', 'robust', 'autoattack', 'certified', 'corrupted')
    if m == 'clean' or any(m in arm for arm in results['arms'].values())
  ]
  rows = [('arm', *(MEASURES[m] for m in measures), 'ECE', 'NLL')]
  for name, arm in results['arms'].items():
    cells = [percent(arm[m]['accuracy']) if m in arm else '-' for m in measures]
    rows.append((name, *cells, f'{arm["clean"]["ece"]:.3f}', f'{arm["clean"]["nll"]:.3f}'))
  widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
  lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
  lines.insert(1, '  '.join('-' * width for width in widths))
  for arm in results['arms'].values():
    if 'robust' in arm:
      lines.append(f'robust: {arm["robust"]["attack"]}, first {arm["robust"]["examples"]} images; 95% Wilson intervals')
      break
  for name, arm in results['arms'].items():
    if 'autoattack' in arm:
      found = arm['autoattack']
      worst = found['classes'][found['worst_class']]
      lines.append(
        f'{name}: {found["attack"]}, first {found["examples"]} images; worst class {found["worst_class"]} {percent(worst)}'
      )
      lines += [f'{name}: {note}' for note in found['notes']]
    lines += [f'FAULT of the evaluation, {name}: {fault}' for fault in arm.get('faults', ())]
    if 'certified' in arm:
      found = arm['certified']
      lines.append(f'{name}: certified by {found["certificate"]}, first {found["examples"]} images')
    for changed, found in arm.get('under', {}).items():
      given = ', '.join(f'{field} {value}' for field, value in found['settings'].items())
      lines.append(
        f'{name}: under {changed}'
        + (f' ({given})' if given else '')
        + f': {percent(found["accuracy"])}, first {found["examples"]} images'
      )
    for detector, found in arm.get('detection', {}).get('detectors', {}).items():
      if found['auroc'] is not None:
        lines.append(
          f'{name}: {detector} tells {arm["detection"]["adversarial"]} images that fool from clean ones with AUROC '
          f'{found["auroc"]:.2f}, {found["tpr"]:.0%} of them at no more than 1% false alarms'
        )
    for sanitizer, found in arm.get('sanitation', {}).get('sanitizers', {}).items():
      given = ', '.join(f'{field} {value}' for field, value in found['settings'].items())
      place = 'no sanitiser' if sanitizer == 'none' else f'behind {sanitizer}' + (f' ({given})' if given else '')
      lines.append(
        f'{name}: {place}: {percent(found["clean"])} clean, {percent(found["robust"])} under {arm["sanitation"]["attack"]} '
        f'through it, first {arm["sanitation"]["examples"]} images'
      )
      if 'autoattack' in found:
        told = found['autoattack']
        lines.append(f'{name}: {place}: {percent(told["accuracy"])} under {told["attack"]}, first {told["examples"]} images')
  for row in results['comparisons']:
    d = row['difference']
    lines.append(
      f'{row["measure"]} accuracy, {row["arm"]} - {row["against"]}: {100 * d["value"]:+.1f} points '
      f'[{100 * d["low"]:+.1f}, {100 * d["high"]:+.1f}] (paired 95%)'
      + (f', McNemar p = {row["p_value"]:.2g}' if 'p_value' in row else '')
    )
  return '\n'.join(lines)
