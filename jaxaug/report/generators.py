"""A page of what generators draw beside real rows: images, series, sounds to listen to, tables."""

import base64
import html
import io
import json
import os
import pathlib
import wave
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from jaxaug.report.document import save, section
from jaxaug.report.figures import CLASSES, _svg, styled
from jaxaug.report.images import mosaic, picture
from jaxaug.types import InputError

RATE = 4096  # samples a second


def write_generators(folder: str | os.PathLike, order: Sequence[str] = ()) -> pathlib.Path:
  """Draws `generators.html` from `draws/*.npz`.

  A file holds `real` and `made` [K, n, ...] (of a table [N, 2] with `real_label`, `made_label` and `columns`), `names` [K] and `about`,
  JSON of `kind` ('image', 'series', 'sound', 'table'), `data`, `steps`, `seconds`, and `agreement` beside `real_agreement` where a
  classifier was asked, `spread` where it was measured. Sounds come with `real_spectra`, `made_spectra` [K, n, F, J, 1]. Of images `growth` [F, K, n, ...] at `steps`,
  `between` and `styles` are shown where they are.

  Args:
    folder: of the draws, and of the page.
    order: names of files that come first, in this order; then all others in the order in which they were made.

  Returns:
    Path of the page.

  Raises:
    InputError: no draws there.
  """
  folder, parts = pathlib.Path(folder), []
  place = {name: i for i, name in enumerate(order)}
  files = sorted(
    (folder / 'draws').glob('*.npz'), key=lambda path: (place.get(path.stem, len(place)), path.stat().st_mtime_ns)
  )
  if not files:
    raise InputError(f'{folder}: holds no draws/*.npz')
  for path in files:
    with np.load(path, allow_pickle=False) as stored:
      shown = dict(stored)
    about = json.loads(str(shown['about']))
    parts.append(section(path.stem, DRAWN[about['kind']](path.stem, shown), _told(about)))
  lead = 'What each draws, beside rows of the train split. Times are of one run, all networks and codecs that it took.'
  header = f'<header><p class="brand">jaxaug</p><h1>Generators</h1><p>{lead}</p></header>'
  return save(folder / 'generators.html', 'Generators', header + ''.join(parts))


def _told(about: Mapping) -> str:
  after = f'{about["steps"]:,} updates, ' if about['steps'] else ''
  line = f'{html.escape(about["data"])}; {after}{about["seconds"]:.0f} s'
  if 'agreement' in about:
    line += f'; a classifier of the train split takes {about["agreement"]:.0%} of the draws for what was asked'
    line += f' ({about["real_agreement"]:.0%} of real rows it has not seen)' if 'real_agreement' in about else ''
  if 'spread' in about:
    line += f'; draws of a class are {about["spread"]:.0%} as far from each other as real rows'
  return line + '.'


def _sheet(rows: np.ndarray, words: str) -> str:
  return f'<figure>{picture(mosaic(rows), words)}<figcaption>{html.escape(words)}</figcaption></figure>'


def _images(name: str, shown: Mapping) -> str:
  sheets = [_sheet(shown['real'], 'real'), _sheet(shown['made'], 'generated')]
  sheets += [_sheet(shown['between'], 'one noise, from class to class')] if 'between' in shown else []
  sheets += (
    [_sheet(shown['styles'], 'coarse styles (down) and fine ones (across) of each class')] if 'styles' in shown else []
  )
  body = f'<div class="sheets">{"".join(sheets)}</div>'
  if 'growth' not in shown:
    return body
  grown = [_sheet(rows, f'step {step:,}') for step, rows in zip(shown['steps'], shown['growth'])]
  return f'{body}<h3>Over training</h3><div class="sheets">{"".join(grown)}</div>'


def _sound(samples: np.ndarray, words: str) -> str:
  """An <audio> with the samples inside, in 16 bits, as loud as can be."""
  buffer, loudest = io.BytesIO(), max(float(np.abs(samples).max()), 1e-9)
  with wave.open(buffer, 'wb') as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(np.round(samples / loudest * 32767).astype('<i2').tobytes())
  data = base64.b64encode(buffer.getvalue()).decode()
  return f'<audio controls aria-label="{html.escape(words)}" src="data:audio/wav;base64,{data}"></audio>'


def _sounds(name: str, shown: Mapping) -> str:
  heard = ''.join(
    f'<figure><figcaption>{html.escape(str(label))}, {kind}</figcaption>{_sound(rows[0][..., 0], f"{label}, {kind}")}</figure>'
    for label, *pair in zip(shown['names'], shown['real'], shown['made'])
    for kind, rows in zip(('real', 'generated'), pair)
  )
  drawn = beside(f'{name}, spectra', shown['real_spectra'], shown['made_spectra'], shown['names'])
  return f'<figure class="wide">{drawn}</figure><div class="sheets">{heard}</div>'


def _table(name: str, shown: Mapping) -> str:
  return f'<figure class="wide">{clouds(name, shown)}</figure>'


def _cell(axes, example: np.ndarray) -> None:
  """A series as a line for each channel until it ends, a picture as it is."""
  if example.ndim == 3:
    axes.imshow(example[..., 0], aspect='auto', cmap='gray', vmin=-1, vmax=1, interpolation='nearest', origin='lower')
  else:
    there = np.flatnonzero((example != 0).any(1))
    axes.plot(example[: there[-1] + 1 if len(there) else 0], linewidth=0.7)
    axes.set_xlim(0, len(example) - 1)
  axes.set(xticks=[], yticks=[])
  axes.grid(False)


@styled
def beside(name: str, real: Sequence[np.ndarray], made: Sequence[np.ndarray], names: Sequence[str]) -> str:
  """A row a class: real examples on the left, generated ones on the right, series of a class on one scale.

  Args:
    name: of the figure.
    real, made: of each class [n, T, C] (series, zeros after the end) or [n, F, J, 1] (spectra in [-1, 1], low frequencies first); 4 are
      shown.
    names: of the classes.

  Returns:
    SVG text.

  Raises:
    InputError: not as many real as generated classes and names.
  """
  if not len(real) == len(made) == len(names):
    raise InputError(
      f'{name}: {len(real)} real and {len(made)} generated classes, {len(names)} names; there must be as many'
    )
  count = min(4, len(real[0]), len(made[0]))
  figure = Figure(figsize=(1.3 * 2 * count, 0.9 * len(names) + 0.3), layout='constrained')
  cells = figure.subplots(len(names), 2 * count, squeeze=False, sharey='row')
  for row, ours, theirs, label in zip(cells, real, made, names):
    for axes, example in zip(row, (*ours[:count], *theirs[:count])):
      _cell(axes, np.asarray(example))
    row[0].set_ylabel(str(label))
  cells[0, 0].set_title('real', fontsize=10)
  cells[0, count].set_title('generated', fontsize=10)
  return _svg(figure, name)


@styled
def clouds(name: str, shown: Mapping) -> str:
  """Two columns of a table as a cloud of each class, real beside generated, on one scale.

  Args:
    name: of the figure.
    shown: `real`, `made` [N, 2], `real_label`, `made_label` [N] int, `names` [K], `columns` [2].

  Returns:
    SVG text.
  """
  figure = Figure(figsize=(7.6, 3.4), layout='constrained')
  panels = figure.subplots(1, 2, sharex=True, sharey=True)
  for axes, part, title in zip(panels, ('real', 'made'), ('real', 'generated')):
    for k, label in enumerate(shown['names']):
      rows = shown[part][shown[f'{part}_label'] == k][:200]
      axes.scatter(*rows.T, s=8, color=CLASSES[k % len(CLASSES)], label=str(label))
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(str(shown['columns'][0]))
  panels[0].set_ylabel(str(shown['columns'][1]))
  figure.legend(*panels[1].get_legend_handles_labels(), loc='outside right upper', fontsize=8)
  return _svg(figure, name)


DRAWN = {
  'image': _images,
  'series': lambda name, shown: (
    f'<figure class="wide">{beside(name, shown["real"], shown["made"], shown["names"])}</figure>'
  ),
  'sound': _sounds,
  'table': _table,
}
