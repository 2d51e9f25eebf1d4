"""The page of several seeds: one table, and the differences from the baseline as pictures."""

import html
import os
import pathlib

from jaxaug import tracking
from jaxaug.evaluate.seeds import MEASURES, PLAIN
from jaxaug.report import figures
from jaxaug.report.document import save


def write_seeds(workdir: str | os.PathLike) -> pathlib.Path:
  """Draws `report.html` from the `seeds.json` that `jaxaug.train.fit_seeds` leaves.

  Args:
    workdir: of the runs.

  Returns:
    Path of the page.

  Raises:
    InputError: no such file there.
  """
  folder = pathlib.Path(workdir)
  found = tracking.read_json(folder / 'seeds.json', 'finished seeds')
  name, data, measures = folder.resolve().name, found['data'], list(next(iter(found['arms'].values())))
  unit = lambda m, name='%': '' if m in PLAIN else f', {name}'
  scaled = lambda i, m: {part: v * (1 if m in PLAIN else 100) for part, v in i.items()}

  def show(interval, m, sign=''):
    value, low, high = (f'{scaled(interval, m)[end]:{sign}.{3 if m == "ece" else 1}f}' for end in ('value', 'low', 'high'))
    return f'<b>{value}</b> <small>{low} to {high}</small>'.replace('-', '−')

  head = ''.join(f'<th>{MEASURES[m]}{unit(m)}</th>' for m in measures)
  table = lambda rows, sign: ''.join(
    f'<tr><th>{html.escape(arm)}</th>{"".join(f"<td>{show(values[m], m, sign)}</td>" for m in measures)}</tr>'
    for arm, values in rows.items()
  )
  scroll = lambda title, rows, sign='': (
    f'<div class="scroll"><table><tr><th>{title}</th>{head}</tr>{table(rows, sign)}</table></div>'
  )
  drawn = ''.join(
    '<figure>'
    + figures.forest(
      f'{MEASURES[m]} minus {found["baseline"]}',
      f'{MEASURES[m]}{unit(m, "points")}',
      {arm: scaled(values[m], m) for arm, values in found['differences'].items()},
    )
    + '</figure>'
    for m in measures
    if found['differences']
  )
  same = found.get('same_examples', True)
  over = 'seeds and test images' if same else 'seeds, each of which draws its own test images'
  paired = 'Paired by seed and image.' if same else 'Paired by seed.'
  body = (
    f'<header><p class="brand">jaxaug</p><h1>{html.escape(name)}</h1><p>{html.escape(data["origin"])}, '
    f'{data["train_examples"]:,} training images, measured on {html.escape(data["split"])}, {found["seeds"]} seeds.</p></header>'
    f'<section><h2>Means over seeds</h2><p>Small numbers are 95% intervals over {over}.</p>'
    f'{scroll("arm", found["arms"])}</section>'
    f'<section><h2>Minus {html.escape(found["baseline"])}</h2><p>{paired}</p>'
    f'{scroll("arm", found["differences"], "+")}<div class="figures">{drawn}</div></section>'
  )
  return save(folder / 'report.html', name, body)
