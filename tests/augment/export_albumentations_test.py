"""The pipeline that is written: its parameters, and how likely each transform is."""

import json

import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step


def pipeline_of(policy, side=None):
  held = json.loads(augment.export_policy(policy, 'albumentations', side))
  assert set(held) == {'transform'} and held['transform']['__class_fullname__'] == 'Compose' and held['transform']['p'] == 1
  return held['transform']


def leaves(node, chance=1.0):
  """(transform, how likely it is run) of a pipeline; `p` of what is chosen from is a weight."""
  name, inner = node['__class_fullname__'], node.get('transforms')
  if name == 'OneOf':
    total = sum(each['p'] for each in inner)
    return [leaf for each in inner for leaf in leaves({**each, 'p': 1.0}, chance * node['p'] * each['p'] / total)]
  if inner:
    return [leaf for each in inner for leaf in leaves(each, chance * node['p'])]
  return [({k: v for k, v in node.items() if k != 'p'}, chance * node['p'])]


def single(name, magnitude, source='torchvision', side=None):
  """Transforms of one op."""
  found = leaves(pipeline_of(Policy(((Step((name,), 1.0, magnitude, magnitude),),), source), side))
  return [leaf for leaf, _ in found]


def test_chances():
  steps = (Step(('Rotate', 'Invert'), 0.5, 0.2, 0.4, 3), Step(('Posterize',), 1.0, 1.0, 1.0))
  found = leaves(pipeline_of(Policy((steps, (Step(('Identity',)),)))))
  chances = {json.dumps(leaf): chance for leaf, chance in found}
  assert len(found) == len(chances) == 9
  by_name = {}
  for leaf, chance in found:
    by_name.setdefault(leaf['__class_fullname__'], []).append(chance)
  assert np.allclose(by_name['Affine'], 1 / 2 * 1 / 2 * 1 / 2 / 6) and len(by_name['Affine']) == 6
  assert (
    np.isclose(by_name['InvertImg'], 1 / 8)
    and np.isclose(by_name['Posterize'], 1 / 2)
    and np.isclose(by_name['NoOp'], 1 / 2)
  )


def test_moves_are_nearest_neighbours_the_other_way():
  leaf = {'__class_fullname__': 'Affine', 'interpolation': 0}
  pixels = lambda x, y: {'translate_px': {'x': [x, x], 'y': [y, y]}}
  assert single('TranslateX', 1.0, 'research') == [{**leaf, **pixels(-10, 0)}, {**leaf, **pixels(10, 0)}]
  assert single('TranslateY', 1.0, 'autoaugment', 32) == [{**leaf, **pixels(0, -15)}, {**leaf, **pixels(0, 15)}]  # 14.502
  assert [a['rotate'] for a in single('Rotate', 1.0)] == [[30, 30], [-30, -30]]
  left, right = (a['translate_percent'] for a in single('TranslateX', 1.0, 'autoaugment'))
  assert np.allclose(left['x'], -150 / 331) and np.allclose(right['x'], 150 / 331) and left['y'] == right['y'] == [0, 0]


def test_a_shear_is_moved_back_by_half_the_side():
  for leaf, level in zip(single('ShearY', 1.0, side=32), (0.3, -0.3)):
    assert np.allclose(np.tan(np.radians(leaf['shear']['y'])), level) and leaf['shear']['x'] == [0, 0]
    assert leaf['translate_px'] == {'x': [0, 0], 'y': [-5 if level > 0 else 5] * 2}  # 4.8
  leaf = single('ShearX', 1.0)[0]
  assert np.allclose(leaf['translate_percent']['x'], -0.15) and leaf['translate_percent']['y'] == [0, 0]


@pytest.mark.parametrize('magnitude, threshold', ((0.0, None), (0.5, 128), (0.1, 231), (1.0, 0)))
def test_solarize_inverts_from_the_same_value_on(magnitude, threshold):
  (leaf,) = single('Solarize', magnitude, 'autoaugment')
  if threshold is None:
    assert leaf == {'__class_fullname__': 'NoOp'}
  else:
    low, high = leaf['threshold_range']
    assert low == high and 0 <= low <= 1 and int(np.argmax(np.arange(256) >= low * 255)) == threshold


def test_posterize_from_no_bits_to_all():
  black = {'brightness': [0, 0], 'contrast': [1, 1], 'saturation': [1, 1], 'hue': [0, 0]}
  assert single('Posterize', 1.0, 'research') == [{'__class_fullname__': 'ColorJitter', **black}]
  assert single('Posterize', 0.0) == [{'__class_fullname__': 'NoOp'}]
  assert single('Posterize', 1.0) == [{'__class_fullname__': 'Posterize', 'num_bits': 4}]


@pytest.mark.parametrize('name, field', (('Brightness', 'brightness'), ('Contrast', 'contrast'), ('Color', 'saturation')))
def test_factors(name, field):
  for leaf, factor in zip(single(name, 1.0), (1.9, 0.1)):
    assert np.allclose(leaf[field], factor)
    rest = {'brightness', 'contrast', 'saturation', 'hue'} - {field}
    assert all(leaf[other] == ([0, 0] if other == 'hue' else [1, 1]) for other in rest)


def test_cutout_pads_cuts_and_crops():
  before, hole, after = single('Cutout', 1.0, 'autoaugment', 32)
  assert before['px'] == [3, 2, 2, 3] and after['px'] == [-3, -2, -2, -3] and not before['keep_size']
  assert hole['hole_height_range'] == hole['hole_width_range'] == [6, 6] and hole['num_holes_range'] == [1, 1]
  assert single('Cutout', 0.1, 'autoaugment', 8) == [{'__class_fullname__': 'NoOp'}]
