"""The page of a run: one HTML file that needs nothing else."""

import html
import json
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxaug import tracking
from jaxaug.evaluate.corruption import told_mce
from jaxaug.evaluate.scores import MEASURES
from jaxaug.report import explain, figures, robustness
from jaxaug.report.document import findings, percent, save, section, table
from jaxaug.report.images import perturbation, picture

MORE = ('autoattack', 'certified', 'corrupted')  # columns where there is something to tell


def write(workdir: str | os.PathLike, into: str = '') -> pathlib.Path:
  """Draws `report.html` from the files of a finished run.

  Args:
    workdir: of the run.
    into: the folder inside it whose results are drawn and that the page goes into; '' is the workdir itself.

  Returns:
    Path of the page.

  Raises:
    InputError: no finished run there.
  """
  folder = pathlib.Path(workdir)
  place = folder / into
  results, config = (
    tracking.read_json(place / 'results.json', 'finished run'),
    tracking.read_json(folder / 'config.json', 'config'),
  )
  rows = tracking.read_rows(folder / 'metrics.jsonl')
  samples = {arm: _arrays(place / f'samples-{arm}.npz') for arm in results['arms']}
  predictions = {arm: _arrays(place / f'predictions-{arm}.npz', there=False) for arm in results['arms']}
  explained = {arm: _arrays(place / f'explain-{arm}.npz') for arm, found in results['arms'].items() if 'explain' in found}
  parts = [
    _header(folder.resolve().name, results),
    _table(results),
    _learning(rows, results),
    _robustness(results),
    robustness.sections(results, predictions),
    _autoattack(results),
    _corruptions(results),
    explain.sections(results, explained),
    *(_arm(arm, results, samples[arm]) for arm in results['arms']),
    _provenance(config, results),
  ]
  return save(place / 'report.html', folder.resolve().name, ''.join(parts))


def _arrays(path: pathlib.Path, there: bool = True) -> dict[str, np.ndarray]:
  """What an npz holds; nothing where there is none and none is needed."""
  if not there and not path.is_file():
    return {}
  with np.load(path, allow_pickle=False) as stored:
    return dict(stored)


def _points(interval: Mapping) -> str:
  low, high = (f'{100 * interval[end]:+.1f}'.replace('-', '−') for end in ('low', 'high'))
  return f'<b>{100 * interval["value"]:+.1f} points</b>'.replace('-', '−') + f' <small>{low} to {high}</small>'


def _color(arm: str, results: Mapping) -> str:
  return figures.ARMS[list(results['arms']).index(arm) % len(figures.ARMS)]


def _header(name: str, results: Mapping) -> str:
  said = [
    f'{row["measure"]} accuracy of <b>{html.escape(row["arm"])}</b> against <b>{html.escape(row["against"])}</b>: '
    f'{_points(row["difference"])}'
    for row in results['comparisons']
  ]
  data = results['data']
  lead = (
    f'{html.escape(data["origin"])}, {data["train_examples"]:,} training images, measured on {html.escape(data["split"])}.'
  )
  return f'<header>\n<p class="brand">jaxaug</p>\n<h1>{html.escape(name)}</h1>\n<p>{lead}</p>\n{findings(said)}</header>\n'


def _table(results: Mapping) -> str:
  rows, attack = [], ''
  more = [(m, MEASURES[m]) for m in MORE if any(m in arm for arm in results['arms'].values())]
  for name, arm in results['arms'].items():
    clean, robust = arm['clean'], arm.get('robust')
    if robust:
      attack = f' Robust: {robust["attack"]}, first {robust["examples"]:,} images.'
    accuracies = [percent(arm[m]['accuracy']) if m in arm else '–' for m in ('clean', 'robust', *(m for m, _ in more))]
    rows.append((html.escape(name), *accuracies, *(f'{clean[m]:.3f}' for m in ('ece', 'nll', 'brier')), arm['step']))
  head = ('arm', 'clean accuracy', 'robust accuracy', *(word for _, word in more), 'ECE', 'NLL', 'Brier', 'step')
  paired = [
    (
      f'{html.escape(r["arm"])} − {html.escape(r["against"])}',
      r['measure'],
      _points(r['difference']),
      *((f'{r["only_a"]} : {r["only_b"]}', f'{r["p_value"]:.2g}') if 'p_value' in r else ('–', '–')),
    )
    for r in results['comparisons']
  ]
  pairs = table(('paired difference', 'accuracy', '95% interval', 'right alone', 'McNemar p'), paired) if paired else ''
  note = f'Small numbers are 95% intervals (Wilson; paired bootstrap for differences).{attack}'
  return section('Results', table(head, rows) + pairs, note)


def _learning(rows: list[Mapping], results: Mapping) -> str:
  loss, validation, training = {}, {}, {}
  for arm in results['arms']:
    color = _color(arm, results)
    train = [r for r in rows if r['arm'] == arm and r['kind'] == 'train']
    held = [r for r in rows if r['arm'] == arm and r['kind'] == 'validation']
    loss[arm] = ([r['step'] for r in train], [r['loss'] for r in train], color, '-')
    for lines, source in ((validation, held), (training, train)):
      for field, dash in (('clean', '-'), ('robust', '--'), ('accuracy', '-'), ('robust_accuracy', '--')):
        if source and field in source[0]:
          lines[f'{arm}, {"robust" if "robust" in field else "clean" if lines is validation else "as trained on"}'] = (
            [r['step'] for r in source],
            [r[field] for r in source],
            color,
            dash,
          )
  drawn = [
    figures.curves('training loss', 'training loss', loss),
    figures.curves('validation', 'validation accuracy', validation),
    figures.curves('training accuracy', 'training accuracy', training),
  ]
  return section('Learning curves', f'<div class="figures">{"".join(f"<figure>{d}</figure>" for d in drawn)}</div>')


def _robustness(results: Mapping) -> str:
  curves = {arm: r['robust']['curve'] for arm, r in results['arms'].items() if r.get('robust', {}).get('curve')}
  if not curves:
    return ''
  drawn, words = [figures.robustness('robustness', curves)], {}
  for arm, pgd in curves.items():
    more = results['arms'][arm].get('curves', {})
    if more:
      lines = {'PGD': pgd, **{name: found['points'] for name, found in more.items()}}
      drawn.append(f'<h3>{html.escape(arm)}, by attack</h3>' + figures.robustness(f'robustness of {arm}', lines))
      words |= {name: found['attack'] for name, found in more.items()}
  told = ''.join(f' {name}: {html.escape(said)}.' for name, said in words.items())
  return section(
    'Robust accuracy against epsilon',
    f'<div class="figures">{"".join(f"<figure>{d}</figure>" for d in drawn)}</div>',
    f'The same attack at every radius, its step in proportion. Bands are 95% Wilson intervals.{told}',
  )


def _autoattack(results: Mapping) -> str:
  arms = {name: arm['autoattack'] for name, arm in results['arms'].items() if 'autoattack' in arm}
  if not arms:
    return ''
  heads = [html.escape(name) for name in arms]
  stages = [
    (stage, *(f'{100 * arm["after"][stage]:.1f}' for arm in arms.values())) for stage in next(iter(arms.values()))['after']
  ]
  body = table(('% left after', *heads), stages)
  if not any('groups' in arm for arm in results['arms'].values()):  # which have each class under every measure
    one = lambda arm, name: percent(arm['classes'][name]) if name in arm['classes'] else '–'
    rows = [(html.escape(name), *(one(arm, name) for arm in arms.values())) for name in results['data']['class_names']]
    body += table(('class', *heads), rows)
  said = [html.escape(f'{name}: {line}') for name, arm in arms.items() for line in arm['notes']]
  one = next(iter(arms.values()))
  return section(
    'AutoAttack',
    findings(said) + body,
    f'{html.escape(one["attack"])}, on the first {one["examples"]:,} images. Each attack works on what those before it have left.',
  )


def _corruptions(results: Mapping) -> str:
  arms = {name: arm['corrupted'] for name, arm in results['arms'].items() if 'corrupted' in arm}
  if not arms:
    return ''
  rows = [
    (corruption, *(f'{100 * np.mean(arm["error"][corruption]):.1f}' for arm in arms.values()))
    for corruption in next(iter(arms.values()))['error']
  ]
  rows.append(('mCE', *(f'<b>{told_mce(arm)}</b>' for arm in arms.values())))
  one = next(iter(arms.values()))
  of = f'Severities {", ".join(map(str, one["severities"]))} of {one["source"]}' if 'severities' in one else 'Severities'

  return section(
    'Corruptions',
    table(('error, %', *map(html.escape, arms)), rows),
    f'{of}: mean error over them, on the first {one["examples"]:,} images. mCE: the errors as shares of the '
    "baseline arm's, averaged over corruptions.",
  )


def _arm(name: str, results: Mapping, samples: Mapping) -> str:
  arm, names, held = results['arms'][name], results['data']['class_names'], results['data']['split']
  label = samples['label'].argmax(-1)
  body = ''
  start = samples['augmented_from']
  if not np.allclose(start / 255 if start.dtype == np.uint8 else start, samples['augmented'], atol=1e-6):
    pairs = ''.join(
      f'<figure class="tile">{picture(a, "original")}{picture(b, "augmented")}</figure>'
      for a, b in zip(start, samples['augmented'])
    )
    body += f'<h3>Training images, original and augmented</h3><div class="tiles">{pairs}</div>'
  if 'attacked' in samples:
    epsilon, triples = arm['robust']['epsilon'], ''
    for i, (before, after) in enumerate(zip(samples['image'], samples['attacked'])):
      fooled = samples['attacked_logits'][i].argmax()
      state = 'held' if fooled == label[i] else 'fell'
      caption = names[label[i]] + ('' if fooled == label[i] else f' → {names[fooled]}')
      triples += (
        f'<figure class="tile {state}">{picture(before, "original")}{picture(perturbation(before, after, epsilon), "perturbation")}'
        f'{picture(after, "adversarial")}<figcaption>{html.escape(caption)}</figcaption></figure>'
      )
    body += (
      f'<h3>{held.capitalize()} images, perturbation, adversarial image</h3><p>{html.escape(arm["robust"]["attack"])}. The perturbation is shown from black '
      f'(−{epsilon:g}) to white (+{epsilon:g}). Below: the true class, and with a bar what the adversarial image is taken for where that is another.</p>'
      f'<div class="tiles">{triples}</div>'
    )
  drawn = figures.reliability(f'reliability {name}', arm['clean']['reliability'], _color(name, results))
  body += (
    f'<div class="figures"><figure><h3>Reliability</h3>{drawn}<figcaption>ECE {arm["clean"]["ece"]:.3f}, 15 bins</figcaption></figure>'
    f'<figure><h3>Confusion</h3>{_confusion(arm["clean"]["confusion"], names)}</figure></div>'
  )
  return section(f'Arm: {name}', body)


def _confusion(counts: list[list[int]], names: list[str]) -> str:
  if len(names) > 30:
    wrong = sorted(((n, i, j) for i, row in enumerate(counts) for j, n in enumerate(row) if i != j and n), reverse=True)[:20]
    rows = ''.join(
      f'<tr><th>{html.escape(names[i])}</th><td>{html.escape(names[j])}</td><td>{n}</td></tr>' for n, i, j in wrong
    )
    return f'<table><tr><th>true</th><th>predicted</th><th>images</th></tr>{rows}</table>'
  head = ''.join(f'<th class="turn"><span>{html.escape(n)}</span></th>' for n in names)
  rows = ''
  for name, row in zip(names, counts):
    total = max(sum(row), 1)
    rows += (
      f'<tr><th>{html.escape(name)}</th>' + ''.join(f'<td style="--v:{n / total:.3f}">{n or ""}</td>' for n in row) + '</tr>'
    )
  return f'<div class="scroll"><table class="confusion"><tr><th>true \\ predicted</th>{head}</tr>{rows}</table></div>'


def _provenance(config: Mapping, results: Mapping) -> str:
  told = {**results['provenance'], 'cost': results.get('cost', {})}
  blocks = (('Config', config), ('Provenance', told))
  return section(
    'How it was made',
    ''.join(
      f'<details><summary>{title}</summary><pre>{html.escape(json.dumps(value, indent=1))}</pre></details>'
      for title, value in blocks
    ),
  )
