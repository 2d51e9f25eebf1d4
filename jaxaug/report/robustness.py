"""What a robustness evaluation found, arm by arm: the ladder from certified to clean, calibration, detection, stability, groups."""

import html
from collections.abc import Mapping
from typing import NamedTuple

from jaxaug import metrics
from jaxaug.report import figures
from jaxaug.report.document import findings, percent, section, table

ROWS = 30  # classes or groups that a table shows; of more, the worst
SMOOTHED = 'of the smoothed classifier'  # in place of a norm: what it certifies bounds nothing of the network itself
PREDICTED = {'certified': 'certified', 'autoattack': 'autoattack_robust', 'robust': 'robust_logits', 'clean': 'logits'}


class Rung(NamedTuple):
  """One accuracy of the ladder."""

  name: str
  told: str
  norm: str | None
  epsilon: float
  interval: Mapping
  examples: int


def rungs(arm: Mapping, predictions: Mapping) -> list[Rung]:
  """Certified, AutoAttack, PGD, clean: those that were measured, lowest first.

  Args:
    arm: its scores.
    predictions: arrays of `predictions-<arm>.npz`: then all are of the images that every measure has seen. Without it each keeps its own.

  Returns:
    List of Rung.
  """
  names = {'certified': 'certified', 'autoattack': 'AutoAttack', 'robust': 'PGD', 'clean': 'clean'}
  there = [measure for measure in names if measure in arm]
  stored = [PREDICTED[measure] for measure in there]
  same = min((len(predictions[field]) for field in stored), default=0) if all(f in predictions for f in stored) else 0
  found = []
  for measure in there:
    score = arm[measure]
    told = score.get('certificate', score.get('attack', 'no attack'))
    interval, examples = score['accuracy'], score.get('examples', 0)
    if same:
      rows, label = predictions[PREDICTED[measure]][:same], predictions['label'][:same]
      right = rows if rows.ndim == 1 else metrics.correct(rows, label)
      interval, examples = metrics.wilson(int(right.sum()), same)._asdict(), same
    norm = SMOOTHED if score.get('smoothed') else score.get('norm')
    found.append(Rung(names[measure], told, norm, score.get('epsilon', 0.0), interval, examples))
  return found


def relation(low: Rung, high: Rung) -> str:
  """How two neighbours of the ladder compare.

  Args:
    low: what must not be above.
    high: the other.

  Returns:
    '≤' or '>' where the one must not be above the other: the same images, and a ball that holds the other's; else ''.
  """
  ball = high.epsilon == 0 or low.norm is not None and low.norm == high.norm and low.epsilon >= high.epsilon
  if low.norm == SMOOTHED or not ball or low.examples != high.examples:
    return ''
  return '≤' if low.interval['value'] <= high.interval['value'] else '>'


def sections(results: Mapping, predictions: Mapping[str, Mapping]) -> str:
  """All sections of which the results have something.

  Args:
    results: of `jaxaug.evaluate.evaluate`, as read from its file.
    predictions: {arm: arrays of its predictions, or nothing}.

  Returns:
    HTML text.
  """
  return ''.join(
    (
      _ladder(results, predictions),
      _calibration(results),
      _detection(results),
      _sanitation(results),
      _stability(results),
      _under(results),
      _groups(results),
    )
  )


def _with(results: Mapping, measure: str, *path: str) -> dict:
  """{arm: score} of the arms that have the measure, and in it the path."""
  found = {}
  for name, arm in results['arms'].items():
    score = arm.get(measure)
    for part in path:
      score = score and score.get(part)
    if score:
      found[name] = arm[measure]
  return found


def _ladder(results: Mapping, predictions: Mapping) -> str:
  body, told = '', {}
  for name, arm in results['arms'].items():
    found = rungs(arm, predictions.get(name, {}))
    if len(found) < 2:
      continue
    rows = ''
    for below, rung in zip([None, *found], found):
      sign = relation(below, rung) if below else ''
      told[rung.name] = rung.told
      broken = ' class="broken"' if sign == '>' else ''
      rows += (
        f'<tr><td{broken}>{html.escape(sign)}</td><th>{rung.name}</th><td>{percent(rung.interval)}</td>'
        f'<td class="bar"><i style="--v:{rung.interval["value"]:.3f}"></i></td></tr>'
      )
    number = ', '.join(dict.fromkeys(f'first {rung.examples:,} images' for rung in found if rung.examples))
    body += (
      f'<figure><h3>{html.escape(name)}</h3><table class="ladder" style="--c:var(--arm{_place(name, results)})">{rows}</table>'
      f'<figcaption>{number}</figcaption></figure>'
    )
  if not body:
    return ''
  lines = '; '.join(f'{name}: {html.escape(words)}' for name, words in told.items() if name != 'clean')
  broken = [html.escape(f'{name}: {fault}') for name, arm in results['arms'].items() for fault in arm.get('faults', ())]
  return section(
    'From certified to clean',
    findings(broken) + f'<div class="figures">{body}</div>',
    f'What is proven is at most what AutoAttack leaves, that at most what PGD leaves, that at most the clean accuracy: ≤ stands where it '
    f'must hold and does, &gt; where it must and does not. No sign: another ball, other images, or another classifier, as the smoothed one is. {lines}.',
  )


def _place(arm: str, results: Mapping) -> int:
  return list(results['arms']).index(arm) % len(figures.ARMS)


def _calibration(results: Mapping) -> str:
  arms = {name: arm for name, arm in results['arms'].items() if 'ece' in arm.get('robust', {})}
  if not arms:
    return ''
  rows = [
    (html.escape(name), *(f'{arm[which][m]:.3f}' for m in ('ece', 'nll', 'brier') for which in ('clean', 'robust')))
    for name, arm in arms.items()
  ]
  head = ('arm', *(f'{m}{of}' for m in ('ECE', 'NLL', 'Brier') for of in (', clean', ', attacked')))
  drawn = ''.join(
    f'<figure><h3>{html.escape(name)}</h3>'
    + figures.reliability(
      f'reliability under attack {name}', arm['robust']['reliability'], figures.ARMS[_place(name, results)]
    )
    + f'<figcaption>ECE {arm["robust"]["ece"]:.3f} under attack</figcaption></figure>'
    for name, arm in arms.items()
    if 'reliability' in arm['robust']
  )
  one = next(iter(arms.values()))['robust']
  return section(
    'Calibration under attack',
    f'{table(head, rows)}<div class="figures">{drawn}</div>',
    f'Whether confidence still means something: {html.escape(one["attack"])}, first {one["examples"]:,} images. The attack seeks a high loss, '
    'so confident errors are what it finds.',
  )


def _detection(results: Mapping) -> str:
  arms = _with(results, 'detection', 'detectors')
  if not arms:
    return ''
  head = ('detector', *(f'{html.escape(name)}<br>{what}' for name in arms for what in ('AUROC', 'at most 1% false alarms')))
  share = lambda value, form: '–' if value is None else form.format(value)
  detectors = list(dict.fromkeys(detector for found in arms.values() for detector in found['detectors']))
  rows = []
  for detector in detectors:
    cells = [found['detectors'].get(detector, {}) for found in arms.values()]
    rows.append(
      (html.escape(detector), *(c for o in cells for c in (share(o.get('auroc'), '{:.3f}'), share(o.get('tpr'), '{:.1%}'))))
    )
  counts = '; '.join(f'{html.escape(n)}: {f["adversarial"]:,} that fool it, {f["clean"]:,} clean' for n, f in arms.items())
  return section(
    'Detection of adversarial images',
    table(head, rows),
    f'Images that the attack fools the network with, against clean ones ({counts}). <b>The attack does not know of the detectors</b>: one '
    'that does can do better, so these numbers bound from above what the detectors are worth. AUROC: 0.5 is chance. At most 1% false alarms: the share of those images '
    'that is found where 1% of the clean ones, or fewer, are taken for adversarial (none where there are fewer than 100).',
  )


def _stability(results: Mapping) -> str:
  arms = _with(results, 'stability', 'kinds')
  if not arms:
    return ''
  asked = next(iter(arms.values()))['settings']
  head = ('change', *(f'{html.escape(name)}<br>{what}' for name in arms for what in ('same answer', 'never another')))
  kinds = list(dict.fromkeys(kind for found in arms.values() for kind in found['kinds']))
  cells = lambda o: (f'<b>{o["same"]:.1%}</b>', percent(o['always'])) if o else ('–', '–')
  rows = [(html.escape(kind), *(c for found in arms.values() for c in cells(found['kinds'].get(kind)))) for kind in kinds]
  return section(
    'Stability',
    table(head, rows),
    'How often the answer to a small random change is the answer to the image itself, right or wrong, and the share of images that got '
    f'never another one in any of {asked["draws"]} draws. No one chose the changes: this is no attack. Drawn evenly: noise up to '
    f'{asked["noise"]:g} a pixel, rotation up to {asked["degrees"]:g} degrees, translation up to {asked["pixels"]:g} pixels, brightness '
    f'times 1 ± {asked["brightness"]:g}.',
  )


def _under(results: Mapping) -> str:
  arms = _with(results, 'under')
  if not arms:
    return ''
  given = {name: one['settings'] for found in arms.values() for name, one in found.items()}
  told = lambda name: ''.join(
    f'<br><small>{html.escape(f"{field} {value}")}</small>' for field, value in given[name].items()
  )
  rows = [
    (
      html.escape(name) + told(name),
      *(percent(found[name]['accuracy']) if name in found else '–' for found in arms.values()),
    )
    for name in given
  ]
  examples = max(one['examples'] for found in arms.values() for one in found.values())
  return section(
    'Under augmentations',
    table(('augmentation', *map(html.escape, arms)), rows),
    f'Accuracy on the first {examples:,} images after each augmentation; those that look at the network are attacks on it.',
  )


def _sanitation(results: Mapping) -> str:
  arms = _with(results, 'sanitation')
  if not arms:
    return ''
  measures = {'clean': 'clean', 'robust': 'under PGD', 'autoattack': 'under AutoAttack'}
  shown = [(a, m) for a, found in arms.items() for m in measures if m in found['sanitizers']['none']]
  names = list(dict.fromkeys(name for found in arms.values() for name in found['sanitizers']))

  def cell(arm: str, measure: str, name: str) -> str:
    score = arms[arm]['sanitizers'].get(name, {}).get(measure)
    return percent(score.get('accuracy', score)) if score else '–'

  def size(arm: str, measure: str) -> str:
    found = arms[arm]['sanitizers']['none']['autoattack'] if measure == 'autoattack' else arms[arm]
    return f'{found["examples"]:,} images'

  one = next(iter(arms.values()))
  auto = one['sanitizers']['none'].get('autoattack')
  return section(
    'Input sanitation',
    table(
      ('before the network', *(f'{html.escape(arm)}<br>{measures[m]}<br><small>{size(arm, m)}</small>' for arm, m in shown)),
      [(html.escape(name), *(cell(arm, m, name) for arm, m in shown)) for name in names],
    ),
    f'{html.escape(one["attack"])}, on the first {one["examples"]:,} images, through the sanitiser: its gradient straight through, the mean '
    f'loss of {one["draws"]} draws where it draws. '
    + (f'{html.escape(auto["attack"])}, first {auto["examples"]:,}, "rand" where it draws. ' if auto else '')
    + 'Against an attack that does not know of the sanitiser there is no number.',
  )


def _groups(results: Mapping) -> str:
  body = ''
  for name, arm in results['arms'].items():
    for kind, measures in arm.get('groups', {}).items():
      if not measures:
        continue
      last = list(measures.values())[-1]['groups']
      groups = list(next(iter(measures.values()))['groups'])
      more = len(groups) > ROWS
      if more:
        groups = sorted(groups, key=lambda group: last.get(group, {'value': 2})['value'])[:ROWS]
      else:
        own = list(results['data']['class_names'])
        groups.sort(key=lambda group: own.index(group) if group in own else len(own))
      rows = [(html.escape(group), *(_group(found, group) for found in measures.values())) for group in groups]
      said = f', the {ROWS} with least {list(measures)[-1]} accuracy' if more else ''
      words = [
        f'{ {"robust": "under PGD", "autoattack": "under AutoAttack"}.get(m, m) } <small>{_images(f)}</small>'
        for m, f in measures.items()
      ]
      body += f'<h3>{html.escape(name)}, by {kind}{said}</h3>{table((kind, *words), rows, "groups")}'
  if not body:
    return ''
  return section(
    'Classes and groups',
    body,
    'Accuracy with 95% Wilson intervals; the worst of each column is marked. Of a few images the worst can be so by chance: look at the intervals.',
  )


def _images(found: Mapping) -> str:
  return f'{sum(group["examples"] for group in found["groups"].values()):,} images'


def _group(found: Mapping, group: str) -> str:
  if group not in found['groups']:
    return '–'
  said, values = percent(found['groups'][group]), [one['value'] for one in found['groups'].values()]
  worst = found['groups'][group]['value'] == min(values) < max(values)
  return f'<span class="worst">{said} <small>worst</small></span>' if worst else said
