"""Figures follow the page's colours and say their names to screen readers."""

import re

import numpy as np
import pytest

from jaxaug import metrics
from jaxaug.report import figures

CURVE = [{'epsilon': e, 'value': 0.8 - e, 'low': 0.7 - e, 'high': 0.9 - e} for e in (0.0, 0.1, 0.2)]


def drawn():
  logits, label = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 3
  return {
    'curves': figures.curves('loss <b>', 'loss', {'a': ([1, 2], [3.0, 1.0], figures.ARMS[0], '-')}),
    'robustness': figures.robustness('robustness', {'a': CURVE, 'b': CURVE}),
    'loss_plane': figures.loss_plane('plane', np.arange(3), np.arange(9).reshape(3, 3), [2, 5]),
    'embedding': figures.embedding('embedding', np.random.default_rng(0).normal(size=(24, 2)), np.arange(12)),
    'reliability': figures.reliability('reliability', metrics.reliability(logits, label), figures.ARMS[1]),
  }


@pytest.mark.parametrize('name', ('curves', 'robustness', 'reliability', 'loss_plane', 'embedding'))
def test_colours_are_variables_and_text_is_text(name):
  text = drawn()[name]
  assert text.startswith('<svg role="img" aria-label="') and '<b>' not in text
  assert ('var(--class' if name == 'embedding' else 'var(--arm') in text and 'var(--ink)' in text and '<text' in text
  assert not re.search(r'#0[123]0\d0\w', text)


def test_ids_of_two_figures_do_not_clash():
  ids = [set(re.findall(r' id="([^"]+)"', drawn()[name])) for name in ('curves', 'robustness')]
  clips = [{i for i in found if i.startswith('p')} - {'patch_1'} for found in ids]
  assert not {i for i in clips[0] & clips[1] if not i.startswith('patch')}


def test_a_plane_without_lines_is_drawn_and_shades_grow():
  assert 'attack' in figures.loss_plane('flat', np.arange(3), np.zeros((3, 3)), [0.5, 1])
  assert [figures.shade(i, 2) for i in range(3)] == [0, 0.325, 0.65]


def test_every_class_and_half_has_its_points():
  text = figures.embedding('embedding', np.zeros((24, 2)), np.arange(12))
  used = [len(re.findall(rf'<use [^>]*var\(--class{i}\)', text)) for i in range(10)]
  assert used == [4, 4] + 8 * [2]  # of 12 classes, so two colours come again
