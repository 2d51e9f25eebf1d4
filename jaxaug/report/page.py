"""The page of a run: one HTML file that needs nothing else."""

import html
import json
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxaug.report import figures
from jaxaug.report.document import save
from jaxaug.report.images import perturbation, picture
from jaxaug.types import InputError


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
  if not (place / 'results.json').is_file():
    raise InputError(f'workdir {place}: holds no finished run (no results.json)')
  results, config = (json.loads(path.read_text()) for path in (place / 'results.json', folder / 'config.json'))
  rows = [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]
  samples = {}
  for arm in results['arms']:
    with np.load(place / f'samples-{arm}.npz', allow_pickle=False) as stored:
      samples[arm] = dict(stored)
  parts = [
    _header(folder.resolve().name, results),
    _table(results),
    _learning(rows, results),
    _robustness(results),
    _autoattack(results),
    _corruptions(results),
    *(_arm(arm, results, samples[arm]) for arm in results['arms']),
    _provenance(config, results),
  ]
  return save(place / 'report.html', folder.resolve().name, ''.join(parts))


def _percent(interval: Mapping) -> str:
  return f'<b>{100 * interval["value"]:.1f}%</b> <small>{100 * interval["low"]:.1f} to {100 * interval["high"]:.1f}</small>'


def _points(interval: Mapping) -> str:
  low, high = (f'{100 * interval[end]:+.1f}'.replace('-', '−') for end in ('low', 'high'))
  return f'<b>{100 * interval["value"]:+.1f} points</b>'.replace('-', '−') + f' <small>{low} to {high}</small>'


def _section(title: str, body: str, note: str = '') -> str:
  return f'<section>\n<h2>{html.escape(title)}</h2>\n{f"<p>{note}</p>" if note else ""}{body}\n</section>\n'


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
  findings = f'<ul class="findings">{"".join(f"<li>{line}</li>" for line in said)}</ul>' if said else ''
  return f'<header>\n<p class="brand">jaxaug</p>\n<h1>{html.escape(name)}</h1>\n<p>{lead}</p>\n{findings}</header>\n'


def _table(results: Mapping) -> str:
  body, attack = '', ''
  corrupted, auto = (any(measure in arm for arm in results['arms'].values()) for measure in ('corrupted', 'autoattack'))
  head = (
    f'<tr><th>arm</th><th>clean accuracy</th><th>robust accuracy</th>{"<th>under AutoAttack</th>" if auto else ""}'
    f'{"<th>corrupted accuracy</th>" if corrupted else ""}'
    '<th>ECE</th><th>NLL</th><th>Brier</th><th>step</th></tr>'
  )
  for name, arm in results['arms'].items():
    clean, robust = arm['clean'], '–'
    if 'robust' in arm:
      robust, attack = (
        _percent(arm['robust']['accuracy']),
        f'{arm["robust"]["attack"]}, first {arm["robust"]["examples"]:,} images',
      )
    cells = [_percent(clean['accuracy']), robust]
    cells += [_percent(arm[m]['accuracy']) for m, there in (('autoattack', auto), ('corrupted', corrupted)) if there]
    cells += [*(f'{clean[m]:.3f}' for m in ('ece', 'nll', 'brier')), arm['step']]
    body += f'<tr><th>{html.escape(name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
  paired = ''.join(
    f'<tr><th>{html.escape(r["arm"])} − {html.escape(r["against"])}</th><td>{r["measure"]}</td><td>{_points(r["difference"])}</td>'
    + (
      f'<td>{r["only_a"]} : {r["only_b"]}</td><td>{r["p_value"]:.2g}</td></tr>'
      if 'p_value' in r
      else '<td>–</td><td>–</td></tr>'
    )
    for r in results['comparisons']
  )
  pairs = (
    (
      '<div class="scroll"><table><tr><th>paired difference</th><th>accuracy</th><th>95% interval</th><th>right alone</th>'
      f'<th>McNemar p</th></tr>{paired}</table></div>'
    )
    if paired
    else ''
  )
  note = 'Small numbers are 95% intervals (Wilson; paired bootstrap for differences).' + (
    f' Robust: {attack}.' if attack else ''
  )
  return _section('Results', f'<div class="scroll"><table>{head}{body}</table></div>{pairs}', note)


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
  return _section('Learning curves', f'<div class="figures">{"".join(f"<figure>{d}</figure>" for d in drawn)}</div>')


def _robustness(results: Mapping) -> str:
  curves = {arm: r['robust']['curve'] for arm, r in results['arms'].items() if r.get('robust', {}).get('curve')}
  if not curves:
    return ''
  return _section(
    'Robust accuracy against epsilon',
    f'<div class="figures"><figure>{figures.robustness("robustness", curves)}</figure></div>',
    'The same attack at every radius, its step in proportion. Bands are 95% Wilson intervals.',
  )


def _autoattack(results: Mapping) -> str:
  arms = {name: arm['autoattack'] for name, arm in results['arms'].items() if 'autoattack' in arm}
  if not arms:
    return ''
  head = ''.join(f'<th>{html.escape(name)}</th>' for name in arms)
  rows = ''.join(
    f'<tr><th>{stage}</th>' + ''.join(f'<td>{100 * arm["after"][stage]:.1f}</td>' for arm in arms.values()) + '</tr>'
    for stage in next(iter(arms.values()))['after']
  )
  classes = ''.join(
    f'<tr><th>{html.escape(name)}</th>'
    + ''.join(f'<td>{_percent(arm["classes"][name]) if name in arm["classes"] else "–"}</td>' for arm in arms.values())
    + '</tr>'
    for name in results['data']['class_names']
  )
  said = [f'{name}: {line}' for name, arm in arms.items() for line in (*arm['notes'], *results['arms'][name]['faults'])]
  warned = f'<ul class="findings">{"".join(f"<li>{html.escape(line)}</li>" for line in said)}</ul>' if said else ''
  one = next(iter(arms.values()))
  return _section(
    'AutoAttack',
    f'{warned}<div class="scroll"><table><tr><th>% left after</th>{head}</tr>{rows}</table></div>'
    f'<div class="scroll"><table><tr><th>class</th>{head}</tr>{classes}</table></div>',
    f'{html.escape(one["attack"])}, on the first {one["examples"]:,} images. Each attack works on what those before it have left.',
  )


def _corruptions(results: Mapping) -> str:
  arms = {name: arm['corrupted'] for name, arm in results['arms'].items() if 'corrupted' in arm}
  if not arms:
    return ''
  head = ''.join(f'<th>{html.escape(name)}</th>' for name in arms)
  rows = ''.join(
    f'<tr><th>{corruption}</th>'
    + ''.join(f'<td>{100 * np.mean(arm["error"][corruption]):.1f}</td>' for arm in arms.values())
    for corruption in next(iter(arms.values()))['error']
  )
  mce = ''.join(f'<td><b>{100 * arm["mce"]["mce"]:.1f}</b></td>' for arm in arms.values())
  return _section(
    'Corruptions',
    f'<div class="scroll"><table><tr><th>error, %</th>{head}</tr>{rows}<tr><th>mCE</th>{mce}</tr></table></div>',
    f'Mean error over severities, on the first {next(iter(arms.values()))["examples"]:,} images. mCE: the errors as shares of the '
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
  return _section(f'Arm: {name}', body)


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
  return _section(
    'How it was made',
    ''.join(
      f'<details><summary>{title}</summary><pre>{html.escape(json.dumps(value, indent=1))}</pre></details>'
      for title, value in blocks
    ),
  )
