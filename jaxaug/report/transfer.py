"""The page of stored attacks: what fools one model, shown to all of them."""

import html
import os
import pathlib

from jaxaug import tracking
from jaxaug.report.document import percent, save, section


def write_transfer(folder: str | os.PathLike) -> pathlib.Path:
  """Draws `report.html` from the `transfer.json` that `jaxaug.evaluate.transfer` leaves.

  Args:
    folder: it lies in.

  Returns:
    Path of the page.

  Raises:
    InputError: no such file there.
  """
  folder = pathlib.Path(folder)
  rows = tracking.read_json(folder / 'transfer.json', 'transferred attacks')['table']
  found = {(row['source'], row['target']): row for row in rows}
  sources, targets = (list(dict.fromkeys(row[field] for row in rows)) for field in ('source', 'target'))
  alike = len(targets) > 1 and len({os.path.isabs(target) for target in targets}) == 1
  shared = os.path.commonpath(targets) if alike else ''
  most = f'{shared}/' if shared else ''
  short = lambda name: html.escape(name.removeprefix(most))
  attack = lambda source: f'<br><small>{html.escape(told)}</small>' if (told := found[source, targets[0]]['attack']) else ''

  def cell(row):
    kind = 'own' if row['white_box'] else ''
    return f'<td class="{kind}" style="--v:{row["accuracy"]["value"]:.3f}">{percent(row["accuracy"])}</td>'

  head = ''.join(f'<th>{short(target)}</th>' for target in targets)
  body = ''.join(
    f'<tr><th>{short(source)}{attack(source)}</th>' + ''.join(cell(found[source, target]) for target in targets) + '</tr>'
    for source in sources
  )
  drawn = section(
    'What transfers',
    f'<div class="scroll"><table class="transfer"><tr><th>made against</th>{head}</tr>{body}</table></div>',
    f'Accuracy of the model of the column on adversarial images that were made against the model of the line; first {rows[0]["examples"]:,} '
    'test images, 95% Wilson intervals. Framed: the model that the attack saw. The darker a cell, the more images are still right.',
  )
  name = folder.resolve().name
  return save(
    folder / 'report.html', name, f'<header><p class="brand">jaxaug</p><h1>{html.escape(name)}</h1></header>{drawn}'
  )
