"""Levels that timm turns into jaxaug's values, by timm's published formulas; every combination equally likely."""

import collections
import json

import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.augment.export_timm import write_timm
from jaxaug.types import InputError


def value_of(name, level, hparams):
  """What timm does with a level, a positive sign drawn."""
  level = max(0.0, min(level, hparams.get('magnitude_max') or 10.0)) / 10
  rows = {
    'Rotate': 30 * level,
    'ShearX': 0.3 * level,
    'ShearY': 0.3 * level,
    'TranslateX': level * hparams.get('translate_const', 250),
    'TranslateY': level * hparams.get('translate_const', 250),
    'TranslateXRel': level * hparams.get('translate_pct', 0.45),
    'TranslateYRel': level * hparams.get('translate_pct', 0.45),
    'Posterize': int(4 * level),
    'Solarize': min(256, int(256 * level)),
    'SolarizeAdd': min(128, int(110 * level)),
  }
  if name.endswith('Increasing'):
    return max(0.1, 1 + 0.9 * level)
  return rows.get(name, 0.1 + 1.8 * level)


def entries(name, source, magnitude, side=None):
  policy = Policy(((Step((name,), 0.25, magnitude, magnitude),),), source)
  return json.loads(augment.export_policy(policy, 'timm', side))


@pytest.mark.parametrize('source', ('autoaugment', 'torchvision', 'torchvision_wide', 'research', 'tpu', 'augmix'))
@pytest.mark.parametrize('magnitude', (0.1, 0.5, 0.9))
def test_levels_are_the_values(source, magnitude):
  for name, spec in augment.space(source).items():
    if name in ('Identity', 'Invert', 'Equalize', 'AutoContrast', 'Cutout', 'SamplePairing'):
      continue
    ours = float(spec.value_at(np.float32(magnitude), 32))
    if name == 'Posterize' and ours < 1:  # which is black, and Pillow refuses
      with pytest.raises(InputError, match=r'policy.sub_policies\[0\]\[0\].ops: timm has Posterize from 1 up, not'):
        entries(name, source, magnitude)
      continue
    (((used, probability, level, hparams),),) = entries(name, source, magnitude, 32)
    theirs = value_of(used, level, hparams)
    whole = {'Posterize': np.floor, 'SolarizeAdd': np.floor, 'Solarize': np.ceil}.get(name, lambda value: value)
    assert np.isclose(theirs, whole(ours), rtol=1e-6), (name, theirs, ours)
    assert probability == 0.25 and hparams['img_mean'] == 0 and hparams['interpolation'] == 0
    assert used.endswith('Increasing') == (spec.signed and name in ('Color', 'Contrast', 'Brightness', 'Sharpness'))


def test_what_changes_nothing_is_left_out():
  assert entries('Identity', 'torchvision', 0.5) == [[]]
  assert entries('Solarize', 'autoaugment', 0.0) == [[]]
  (((name, _, level, hparams),),) = entries('Posterize', 'autoaugment', 0.0)
  assert value_of(name, level, hparams) == 8


def test_without_a_side_moves_are_shares():
  (((name, _, level, hparams),),) = entries('TranslateY', 'autoaugment', 0.5)
  assert name == 'TranslateYRel' and np.isclose(value_of(name, level, hparams), 75 / 331)


def test_a_factor_below_a_tenth_of_either_sign_is_refused():
  with pytest.raises(InputError, match='timm has Color from 0.1 up, not 0.01'):
    entries('Color', 'torchvision_wide', 1.0)
  with pytest.raises(InputError, match='timm has Color from 0.1 up, not 0.01'):
    entries('Color', 'trivialaugment', 0.0)
  assert entries('Color', 'torchvision', 1.0) and entries('Color', 'trivialaugment', 1.0)


def test_combinations_are_as_likely_as_before():
  steps = (Step(('Rotate', 'Invert'), 1.0, 0.2, 0.4, 3), Step(('Equalize',), 0.5))
  held = json.loads(augment.export_policy(Policy((steps, (Step(('Identity', 'AutoContrast')),))), 'timm'))
  assert len(held) == 12
  counts = collections.Counter('+'.join(f'{name}{level:.1f}' for name, _, level, _ in sub) for sub in held)
  assert counts == {
    'Rotate2.0+Equalize0.0': 1,
    'Rotate3.0+Equalize0.0': 1,
    'Rotate4.0+Equalize0.0': 1,
    'Invert0.0+Equalize0.0': 3,
    '': 3,
    'AutoContrast0.0': 3,
  }
  assert {sub[1][1] for sub in held if len(sub) == 2} == {0.5}


def test_too_many_combinations_are_refused():
  step = (1.0, [('Rotate', tuple(range(50)), ())])
  with pytest.raises(InputError, match='policy.sub_policies: timm reads a list of all combinations, and these are 125000'):
    write_timm([[step] * 3])
  assert len(json.loads(write_timm([[step] * 2]))) == 2500
