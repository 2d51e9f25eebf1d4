"""Figures of explanations: all arms side by side, labels escaped, nothing missing where a network has no maps."""

import numpy as np

from jaxaug.report import explain
from jaxaug.report.explain import shared_levels

RANDOM = np.random.default_rng(0)
TOLD = {'attack': 'PGD-9', 'examples': 6, 'planes': 4, 'train': 50, 'layer': 'conv3'}
NAMES = ['a', '<b>', 'c']


def found(fooled=2, maps=True):
  arrays = {
    'image': RANDOM.integers(0, 256, (3, 8, 8, 1), np.uint8),
    'label': np.arange(3),
    'answer': np.array([0, 1, 1]),
    'saliency': RANDOM.random((3, 8, 8)),
    'integrated': RANDOM.normal(size=(3, 8, 8)),
    'plane': RANDOM.random((5, 5)),
    'plane_at': np.linspace(-1, 1, 5),
    'pca': RANDOM.normal(size=(12, 2)),
    'tsne': RANDOM.normal(size=(12, 2)),
    'embedded': np.arange(6) % 3,
  }
  if maps:
    arrays['grad_cam'] = RANDOM.random((3, 8, 8))
  if fooled:
    arrays |= {'fooled': RANDOM.random((fooled, 8, 8, 1)), 'fooled_label': np.ones(fooled, int)}
    arrays['fooled_answer'] = np.zeros(fooled, int)
    for kind, sign in (('helpful', 1), ('harmful', -1)):
      arrays |= {
        kind: RANDOM.random((fooled, 4, 8, 8, 1)),
        f'{kind}_label': np.full((fooled, 4), 2),
        f'{kind}_influence': np.full((fooled, 4), sign * 123.4),
      }
  return arrays


def sections(**arms):
  results = {'arms': {name: {'explain': TOLD} for name in arms}, 'data': {'class_names': NAMES}}
  return explain.sections(results, arms)


def test_arms_stand_side_by_side():
  text = sections(plain=found(), robust=found())
  assert text.count('<h2>') == 4 and text.count('<svg') == 2 * 3
  assert text.count('<img') == 3 * (1 + 2 * 3) + 2 * 2 * (1 + 8)
  assert text.count('class="tile maps"') == 3 and 'plain → &lt;b&gt;' in text  # the third image is answered wrongly
  assert '&lt;b&gt; → a' in text and '+120' in text and '−120' in text and '<b>' not in text.replace('<b>PGD', '')
  assert 'conv3' in text and 'var(--class2)' in text


def test_a_network_without_maps_and_one_that_is_not_fooled():
  text = sections(plain=found(maps=False), robust=found(fooled=0))
  assert text.count('<img') == 3 * (1 + 2 + 3) + 2 * (1 + 8) and 'fooled none of these images' in text
  assert sections(plain=found(maps=False)).count('Grad-CAM of') == 0
  assert sections() == ''


def test_where_nobody_looked_for_influences_nothing_is_said_of_them():
  results = {'arms': {'m': {'explain': TOLD | {'fooled': 0}}}, 'data': {'class_names': NAMES}}
  text = explain.sections(results, {'m': found(fooled=0)})
  assert 'fooled none' not in text and text.count('<h2>') == 3


def test_levels_lie_in_the_range_and_are_round():
  assert shared_levels(np.array([0.3, 6.0])) == [0.5, 1, 2, 5]
  levels = shared_levels(np.array([1e-6, 8.2]))
  assert levels == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
  for narrow in (np.array([0.31, 0.32]), np.zeros(4)):
    low, high = shared_levels(narrow)
    assert low < high
