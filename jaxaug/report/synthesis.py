"""The page of a verdict: what it says, every arm, the funnel of the gate, and what the rows look like."""

import html
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug import tracking
from jaxaug.report import figures
from jaxaug.report.document import findings, percent, save, section, table
from jaxaug.report.images import heat, mosaic, picture


def row_picture(row: np.ndarray, alt: str) -> str:
  """One example as an <img>: an image as it is, a series as a map of time (across) and channels, a row of a table as a bar of colours.

  Args:
    row: [H, W, C] in [0, 1], [T, C] or [D], the last two in deviations.
    alt: its description.

  Returns:
    HTML text.
  """
  return picture(row if row.ndim == 3 else heat(np.atleast_2d(row.T), signed=True), alt)


def write_verdict(workdir: str | os.PathLike) -> pathlib.Path:
  """Draws `report.html` from what `jaxaug.synthesize.verdict` leaves.

  Args:
    workdir: of a finished run.

  Returns:
    Path of the page.

  Raises:
    InputError: no finished run there.
  """
  folder = pathlib.Path(workdir)
  results = tracking.read_json(folder / 'verdict.json', 'finished verdict')
  with np.load(folder / 'samples.npz', allow_pickle=False) as stored:
    samples = dict(stored)
  name = folder.resolve().name
  of = f' of {", ".join(results["classes"])}' if results['classes'] else ''
  header = (
    f'<header><p class="brand">jaxaug</p><h1>{html.escape(name)}</h1>'
    f'<p>Do generated rows help? {html.escape(results["metric"])}{html.escape(of)} on untouched test rows, {results["seeds"]} seeds.</p></header>'
  )
  told = [
    f'<b>{html.escape(results["says"])}</b>' + ''.join(f'<br>{html.escape(reason)}' for reason in results.get('because', []))
  ]
  told += [f'{html.escape(row["learner"])}, {row["amount"]} added: <b>{row["says"]}</b>' for row in results['rows']]
  told += [html.escape(line) for line in _short(results['rollbacks'] + results.get('warnings', []))]
  body = (
    header
    + findings(told)
    + _arms(results)
    + _differences(results)
    + _funnel(results['gate'])
    + _fidelity(results)
    + _sheets(samples)
    + _growth(samples)
    + _training(results)
  )
  return save(folder / 'report.html', name, body)


def _arms(results: Mapping) -> str:
  head = ['arm', *(f'{html.escape(row["learner"])}, {row["amount"]} added' for row in results['rows'])]
  rows = [[html.escape(arm), *(percent(row['arms'][arm]) for row in results['rows'])] for arm in results['rows'][0]['arms']]
  rows.append(['accuracy: real only', *(f'{row["accuracy"]["real only"]:.1%}' for row in results['rows'])])
  ours = 'synthetic' if 'synthetic' in results['rows'][0]['accuracy'] else 'synthetic ungated'
  rows.append([f'accuracy: {ours}', *(f'{row["accuracy"][ours]:.1%}' for row in results['rows'])])
  note = 'Small numbers are 95% intervals over seeds. Controls add as many rows as the generator does.'
  return section('Arms', table(head, rows), note)


def _differences(results: Mapping) -> str:
  scaled = lambda found: {end: 100 * found[end] for end in ('value', 'low', 'high')}
  drawn = []
  for field, title in (('against_control', 'minus the best control'), ('against_real', 'minus real rows only')):
    rows = {f'{row["learner"]}, {row["amount"]}': scaled(row[field]) for row in results['rows']}
    drawn.append(
      f'<figure>{figures.forest("synthetic " + title, results["metric"] + " " + title + ", points", rows)}</figure>'
    )
  rows = [
    [
      f'{html.escape(row["learner"])}, {row["amount"]}',
      html.escape(row['best_control']),
      f'{row["against_control"]["adjusted"]:.2g}',
      f'{row["against_real"]["adjusted"]:.2g}',
    ]
    for row in results['rows']
  ]
  told = table(['learner, added', 'best control', 'p against it', 'p against real only'], rows)
  note = "Paired by seed; p-values after Holm's correction over all rows. The best control is the one that does best on the test rows themselves."
  return section('Differences', f'<div class="figures">{"".join(drawn)}</div>{told}', note)


def _funnel(gate: Mapping) -> str:
  left, rows = gate['drawn'], []
  rows.append(['drawn', '', f'{left:,}'])
  for reason in (name for name in gate if name not in ('drawn', 'accepted', 'pass_rate', 'held_out')):  # in the gate's order
    left -= gate[reason]
    rows.append([reason, f'{gate[reason]:,}', f'{left:,}'])
  note = (
    f'{gate["pass_rate"]:.1%} of the drawn rows passed; of real rows that the auxiliary classifier had not seen, {gate["held_out"]:.1%} '
    'would pass its question.'
  )
  return section('The gate', table(['question', 'refused first for it', 'left'], rows), note)


def _fidelity(results: Mapping) -> str:
  if 'fidelity' not in results:
    return ''
  found = results['fidelity']['rows']
  metrics = list(next(iter(found.values())))
  cell = lambda interval: f'{interval["value"]:.3g} <small>{interval["low"]:.3g} to {interval["high"]:.3g}</small>'
  rows = [[html.escape(arm), *(cell(told[name]) for name in metrics)] for arm, told in found.items()]
  right = np.mean(results['fidelity']['accuracy'])
  note = (
    f'Against the train split, in the features of a CNN that learnt it ({right:.1%} of test rows right): fcd is the Frechet distance there, '
    'random the same in a network that learnt nothing. A small distance is no promise of use: look at the arms.'
  )
  return section('Fidelity', table(['', *(name.replace('_', ' ') for name in metrics)], rows), note)


def _sheets(samples: Mapping) -> str:
  deviation = np.maximum(samples['real'].std(0), 1e-6)[None] if samples['real'].ndim < 4 and len(samples['real']) else 1.0
  center = samples['real'].mean(0)[None] if samples['real'].ndim < 4 and len(samples['real']) else 0.0
  scaled = {name: (samples[name] - center) / deviation for name in ('real', 'accepted', 'neighbour', 'refused')}
  tile = lambda pictures, words: f'<figure class="tile">{pictures}<figcaption>{html.escape(words)}</figcaption></figure>'
  real = ''.join(tile(row_picture(row, 'real'), label) for row, label in zip(scaled['real'], samples['real_label']))
  pairs = zip(scaled['accepted'], samples['accepted_label'], scaled['neighbour'], samples['neighbour_label'])
  accepted = ''.join(
    tile(row_picture(row, 'generated') + row_picture(near, 'nearest real row'), f'{label}; nearest real: {other}')
    for row, label, near, other in pairs
  )
  refused = ''.join(
    tile(row_picture(row, 'refused'), f'{label}: {reason}')
    for row, label, reason in zip(scaled['refused'], samples['refused_label'], samples['reason'])
  )
  parts = (('Real', real), ('Accepted, beside the nearest real row', accepted), ('Refused', refused))
  body = ''.join(f'<h3>{title}</h3><div class="tiles">{tiles or "none"}</div>' for title, tiles in parts)
  return section('What they look like', body, 'Of the first seed.')


def _growth(samples: Mapping) -> str:
  """Draws at the checks of training, thinned to at most 8 of them, and draws between classes."""
  if 'shown/rows' not in samples:
    return ''
  frames, steps, names = samples['shown/rows'], samples['shown/steps'], [str(name) for name in samples['shown/classes']]
  if frames.ndim < 6:
    frames = (frames - samples['real'].mean(0)) / np.maximum(samples['real'].std(0), 1e-6)
  at = np.unique(np.linspace(0, len(steps) - 1, 8).round().astype(int))
  sheet = lambda rows, words: f'<figure>{picture(mosaic(rows), words)}<figcaption>{html.escape(words)}</figcaption></figure>'
  grown = ''.join(sheet(frames[n], f'step {steps[n]:,}') for n in at)
  note = f'Always the same draws, of the first seed; down: {html.escape(", ".join(names))}.'
  body = f'<div class="sheets">{grown}</div>'
  if 'shown/between' in samples:
    ends = [str(name) for name in samples['shown/ends']]
    words = ', '.join(f'{a} to {b}' for a, b in zip(ends, [*ends[1:], ends[0]]))
    body += f'<h3>Between classes</h3><div class="sheets">{sheet(samples["shown/between"], words)}</div>'
  return section('How it learnt to draw', body, note)


def _short(lines: Sequence[str], most: int = 12) -> list[str]:
  left = len(lines) - most
  return [*lines[:most], *([f'and {left} more of training, in verdict.json'] if left > 0 else [])]


def _training(results: Mapping) -> str:
  history = results['history']
  fields = [field for field in history[0] if field not in ('step', 'warnings')] if history else []
  steps = [row['step'] for row in history]
  of = lambda row, field: np.asarray(row[field], float)  # None, of a class that is not there, is nan
  drawn = ''
  for field in fields:
    values = np.stack([of(row, field) for row in history])
    lines = {'mean over seeds': (steps, np.nanmean(values.reshape(len(steps), -1), 1).tolist(), figures.ARMS[0], '-')}
    if field in ('coverage', 'agreement', 'recall', 'spread', 'class_agreement', 'class_found', 'class_spread'):
      lines['lowest'] = (steps, np.nanmin(values.reshape(len(steps), -1), 1).tolist(), figures.ARMS[1], '--')
    drawn += f'<figure>{figures.curves(field, field, lines)}</figure>'
  return section('Training of the generator', f'<div class="figures">{drawn}</div>')
