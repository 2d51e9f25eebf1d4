"""Figures as SVG text whose colours are the page's CSS variables, so that they follow light and dark mode."""

import html
import io
import warnings
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

INK, FAINT = '#010101', '#020202'
ARMS = ('#030301', '#030302', '#030303', '#030304', '#030305', '#030306')
CLASSES = tuple(f'#0304{i:02x}' for i in range(10))
_VARIABLES = {
  INK: 'var(--ink)',
  FAINT: 'var(--line)',
  **{c: f'var(--arm{i})' for i, c in enumerate(ARMS)},
  **{c: f'var(--class{i})' for i, c in enumerate(CLASSES)},
}
_STYLE = {
  'svg.fonttype': 'none',
  'font.size': 10,
  'font.family': 'sans-serif',
  'axes.edgecolor': INK,
  'axes.labelcolor': INK,
  'text.color': INK,
  'xtick.color': INK,
  'ytick.color': INK,
  'grid.color': FAINT,
  'axes.grid': True,
  'axes.spines.top': False,
  'axes.spines.right': False,
  'axes.axisbelow': True,
  'legend.frameon': False,
  'lines.linewidth': 1.8,
}


def _axes(x_label: str, y_label: str):
  figure = Figure(figsize=(4.4, 3.1), layout='constrained')
  axes = figure.add_subplot()
  axes.set(xlabel=x_label, ylabel=y_label)
  return figure, axes


def _svg(figure: Figure, name: str) -> str:
  buffer = io.StringIO()
  with matplotlib.rc_context({'svg.hashsalt': name}):  # ids of their own for each figure of the page
    figure.savefig(buffer, format='svg', transparent=True, metadata={'Date': None, 'Creator': None})
  text = buffer.getvalue()
  text = text[text.index('<svg') :]
  for color, variable in _VARIABLES.items():
    text = text.replace(color, variable)
  return text.replace('<svg ', f'<svg role="img" aria-label="{html.escape(name)}" ', 1)


def styled(draw):
  """Runs a drawing function under the page's style."""

  def drawn(*args, **keywords):
    with matplotlib.rc_context(_STYLE):
      return draw(*args, **keywords)

  return drawn


@styled
def curves(name: str, y_label: str, lines: Mapping[str, tuple[Sequence, Sequence, str, str]]) -> str:
  """Lines over training steps.

  Args:
    name: of the figure.
    y_label: of the axis.
    lines: {label: (steps, values, colour, dash)}.

  Returns:
    SVG text.
  """
  figure, axes = _axes('step', y_label)
  for label, (steps, values, color, dash) in lines.items():
    axes.plot(steps, values, color=color, linestyle=dash, label=label, marker='o' if len(steps) < 15 else '', markersize=3)
  axes.legend(fontsize=9)
  return _svg(figure, name)


@styled
def robustness(name: str, arms: Mapping[str, Sequence[Mapping]]) -> str:
  """Accuracy under attack against its radius, with 95% intervals as bands.

  Args:
    name: of the figure.
    arms: {arm: [{'epsilon', 'value', 'low', 'high'}, ...]}.

  Returns:
    SVG text.
  """
  figure, axes = _axes('epsilon', 'accuracy under attack')
  for i, (arm, points) in enumerate(arms.items()):
    points = sorted(points, key=lambda p: p['epsilon'])
    color, dash = ARMS[i % len(ARMS)], '-' if i < len(ARMS) else '--'
    epsilon = [p['epsilon'] for p in points]
    axes.plot(epsilon, [p['value'] for p in points], dash, color=color, label=arm, marker='o', markersize=3)
    axes.fill_between(epsilon, [p['low'] for p in points], [p['high'] for p in points], color=color, alpha=0.18, linewidth=0)
  axes.set_ylim(-0.02, 1.02)
  axes.locator_params(axis='x', nbins=6)
  axes.legend(fontsize=9)
  return _svg(figure, name)


@styled
def reliability(name: str, table: Mapping[str, Sequence], color: str) -> str:
  """Accuracy against confidence, bar by bin, with the share of examples in each bin below.

  Args:
    name: of the figure.
    table: what `jaxaug.metrics.reliability` gives; empty bins are None.
    color: of the bars.

  Returns:
    SVG text.
  """
  figure = Figure(figsize=(4.4, 3.6), layout='constrained')
  axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
  low, width = np.array(table['low']), np.array(table['high']) - np.array(table['low'])
  accuracy = np.array([np.nan if a is None else a for a in table['accuracy']])
  axes.bar(low, accuracy, width * 0.94, align='edge', color=color, alpha=0.75)
  axes.plot((0, 1), (0, 1), color=INK, linestyle='--', linewidth=1)
  axes.set(ylabel='accuracy', ylim=(0, 1.02), xlim=(0, 1))
  below.bar(low, np.array(table['count']) / max(sum(table['count']), 1), width * 0.94, align='edge', color=color, alpha=0.75)
  below.set(xlabel='confidence', ylabel='share')
  return _svg(figure, name)


@styled
def forest(name: str, x_label: str, rows: Mapping[str, Mapping]) -> str:
  """Estimates with their intervals, one below the other, against a line at zero.

  Args:
    name: of the figure.
    x_label: of the axis.
    rows: {label: {'value', 'low', 'high'}}.

  Returns:
    SVG text.
  """
  figure = Figure(figsize=(4.4, 0.9 + 0.28 * len(rows)), layout='constrained')
  axes = figure.add_subplot()
  places = range(len(rows))[::-1]
  value, low, high = (np.array([row[part] for row in rows.values()]) for part in ('value', 'low', 'high'))
  axes.axvline(0, color=INK, linewidth=1, linestyle='--')
  axes.errorbar(value, places, xerr=(value - low, high - value), fmt='o', color=ARMS[0], capsize=3, markersize=4)
  axes.set_yticks(places, rows)
  axes.set(xlabel=x_label)
  return _svg(figure, name)


def shade(place: int, lines: int) -> float:
  """How strong the colour of an area between two lines is.

  Args:
    place: 0 below the first line, `lines` above the last.
    lines: their number.

  Returns:
    Opacity in [0, 0.65].
  """
  return 0.65 * place / lines


@styled
def loss_plane(name: str, at: Sequence[float], plane: np.ndarray, levels: Sequence[float]) -> str:
  """Lines of equal loss, the colour stronger where it is higher; the image in the middle, the attacked one to its right.

  Args:
    name: of the figure.
    at: [G] places along each axis, in radii of the attack.
    plane: [G, G] loss, the attack's way along the second axis.
    levels: of the lines, rising; at least 2.

  Returns:
    SVG text.
  """
  figure, axes = _axes('along the attack, in epsilon', 'across it, in epsilon')
  axes.grid(False)
  shades = [to_rgba(ARMS[0], shade(i, len(levels))) for i in range(len(levels) + 1)]
  axes.contourf(at, at, plane, levels, colors=shades, extend='both')
  with warnings.catch_warnings():
    warnings.filterwarnings('ignore', 'No contour levels were found')
    axes.contour(at, at, plane, levels, colors=INK, linewidths=0.6)
  for place, word in ((0, 'image'), (1, 'attack')):
    axes.plot(place, 0, 'o', color=INK, markersize=4)
    axes.annotate(word, (place, 0), (0, 5), textcoords='offset points', ha='center', fontsize=9)
  axes.set(aspect='equal')
  return _svg(figure, name)


@styled
def embedding(name: str, points: np.ndarray, own: np.ndarray) -> str:
  """Clean images as dots and attacked ones as crosses, coloured by their true class.

  Args:
    name: of the figure.
    points: [2M, 2], the clean ones first.
    own: [M] classes; colours repeat after 10.

  Returns:
    SVG text.
  """
  figure, axes = _axes('', '')
  halves = points.reshape(2, len(own), 2)
  for k in np.unique(own):
    for half, marker in zip(halves, ('o', 'x')):
      axes.plot(*half[own == k].T, marker, color=CLASSES[k % len(CLASSES)], markersize=4, alpha=0.75, markeredgewidth=1)
  for marker, word in (('o', 'clean'), ('x', 'under attack')):
    axes.plot([], [], marker, color=INK, markersize=4, label=word)
  axes.set(xticks=(), yticks=())
  axes.spines[:].set_visible(False)
  axes.legend(fontsize=9, ncols=2, loc='lower center', bbox_to_anchor=(0.5, 1.0))
  return _svg(figure, name)
