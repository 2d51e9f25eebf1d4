"""Generated series and spectra beside real ones, as one figure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from jaxaug.report.figures import _svg, styled
from jaxaug.types import InputError


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


def drawn_beside(real: Sequence[np.ndarray], made: Sequence[np.ndarray], names: Sequence[str]) -> Figure:
  """A row a class: real examples on the left, generated ones on the right, series of a class on one scale.

  Args:
    real, made: of each class [n, T, C] (series, zeros after the end) or [n, F, J, 1] (spectra in [-1, 1], low frequencies first).
    names: of the classes.

  Returns:
    Figure.

  Raises:
    InputError: classes without as many real as generated examples.
  """
  count = len(real[0])
  if not count or {len(rows) for rows in (*real, *made)} != {count} or not len(real) == len(made) == len(names):
    raise InputError(f'beside: all {len(names)} classes must have as many real and generated examples, at least one')
  figure = Figure(figsize=(1.5 * 2 * count + 0.8, 0.95 * len(names) + 0.4), layout='constrained')
  cells = figure.subplots(len(names), 2 * count, squeeze=False, sharey='row')
  for row, ours, theirs, name in zip(cells, real, made, names):
    for axes, example in zip(row, (*ours, *theirs)):
      _cell(axes, np.asarray(example))
    row[0].set_ylabel(name)
  cells[0, 0].set_title('real')
  cells[0, count].set_title('generated')
  return figure


@styled
def beside(name: str, real: Sequence[np.ndarray], made: Sequence[np.ndarray], names: Sequence[str]) -> str:
  """`drawn_beside` as a figure of a page.

  Args:
    name: of the figure.
    real, made, names: of `drawn_beside`.

  Returns:
    SVG text.
  """
  return _svg(drawn_beside(real, made, names), name)
