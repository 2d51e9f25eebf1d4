"""The contact sheet on which an expert says what must not be trained on."""

import html
import os
import pathlib

import numpy as np

from jaxaug.report.document import save, section
from jaxaug.report.synthesis import row_picture
from jaxaug.types import InputError

SCRIPT = """<script>
const tiles = [...document.querySelectorAll('[data-row]')], left = document.getElementById('count');
const count = () => left.textContent = `${tiles.filter(t => t.classList.contains('fell')).length} of ${tiles.length} rejected`;
const turn = tile => { tile.setAttribute('aria-pressed', tile.classList.toggle('fell')); count(); };
tiles.forEach(tile => tile.addEventListener('click', () => turn(tile)));
document.getElementById('save').addEventListener('click', () => {
  const lines = tiles.map(t => [t.dataset.seed, t.dataset.row, t.classList.contains('fell') ? 'reject' : 'accept'].join(','));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['seed,row,decision\\n' + lines.join('\\n') + '\\n'], {type: 'text/csv'}));
  link.download = 'review.csv';
  link.click();
});
count();
</script>"""


def write_review(workdir: str | os.PathLike) -> pathlib.Path:
  """Draws `review.html` from the `review.npz` of a run that waits for its review.

  Args:
    workdir: of the run.

  Returns:
    Path of the page, which saves `review.csv` where the browser saves files.

  Raises:
    InputError: no such file there.
  """
  folder = pathlib.Path(workdir)
  if not (folder / 'review.npz').is_file():
    raise InputError(f'workdir {folder}: waits for no review (no review.npz)')
  with np.load(folder / 'review.npz', allow_pickle=False) as stored:
    held = dict(stored)
  rows = held['rows']
  if rows.ndim < 4 and len(rows):
    rows = (rows - rows.mean(0)[None]) / np.maximum(rows.std(0), 1e-6)[None]
  body = f'<header><p class="brand">jaxaug</p><h1>Review: {html.escape(folder.resolve().name)}</h1></header>'
  note = (
    'Click what must not be trained on; what is not clicked is accepted. Then save the decisions and put the file '
    f'into {html.escape(str(workdir))}.'
  )
  bar = '<p><button id="save">Save review.csv</button> <span id="count" role="status"></span></p>'
  parts = []
  for label in dict.fromkeys(held['label'].tolist()):
    tiles = ''.join(
      f'<button class="tile" aria-pressed="false" data-seed="{held["seed"][n]}" data-row="{held["row"][n]}">'
      f'{row_picture(rows[n], "generated")}</button>'
      for n in np.flatnonzero(held['label'] == label)
    )
    parts.append(section(f'class {label}', f'<div class="tiles">{tiles}</div>'))
  return save(folder / 'review.html', 'review', body + f'<p>{note}</p>' + bar + ''.join(parts) + SCRIPT)
