"""Figures as SVG text whose colours are the page's CSS variables, so that they follow light and dark mode."""

import html
import io
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

INK, FAINT = '#010101', '#020202'
ARMS = ('#030301', '#030302', '#030303', '#030304', '#030305', '#030306')
_VARIABLES = {INK: 'var(--ink)', FAINT: 'var(--line)', **{c: f'var(--arm{i})' for i, c in enumerate(ARMS)}}
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
    color = ARMS[i % len(ARMS)]
    epsilon = [p['epsilon'] for p in points]
    axes.plot(epsilon, [p['value'] for p in points], color=color, label=arm, marker='o', markersize=3)
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
