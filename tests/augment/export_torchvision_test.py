"""The module that is written runs, with torch and torchvision replaced by stand-ins that note what they are asked."""

import math
import sys
import types

import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.augment.export_torchvision import write_torchvision

SIZE = (20, 30)  # height, width


@pytest.fixture
def asked(monkeypatch):
  """Calls of torchvision's functional, as (name, arguments after the image)."""
  calls, rng = [], np.random.default_rng(0)

  class Functional(types.ModuleType):
    def __getattr__(self, name):
      return lambda image, *args, **named: calls.append((name, (*args, *named.values()))) or image

  functional = Functional('functional')
  functional.get_size = lambda image: SIZE
  torch = types.ModuleType('torch')
  torch.randint = lambda high, shape: rng.integers(high)
  torch.rand = lambda shape: rng.random()
  torch.zeros, torch.uint8 = lambda *shape, dtype: 0, 'uint8'
  v2 = types.ModuleType('torchvision.transforms.v2')
  v2.functional = functional
  for name, module in (
    ('torch', torch),
    ('torchvision', v2),
    ('torchvision.transforms', v2),
    ('torchvision.transforms.v2', v2),
  ):
    monkeypatch.setitem(sys.modules, name, module)
  return calls


def built(text):
  module = {}
  exec(compile(text, 'policy.py', 'exec'), module)
  return module['build']()


def build(policy, side=None):
  return built(augment.export_policy(policy, 'torchvision', side))


def one(name, magnitude, source, side=None):
  return build(Policy(((Step((name,), 1.0, magnitude, magnitude),),), source), side)


def ask(asked, name, magnitude, source, side=None):
  """What a single op asks, over its signs."""
  transform = one(name, magnitude, source, side)
  asked.clear()
  for _ in range(30):
    transform('image')
  return asked


def test_moves_go_the_other_way_and_shares_are_of_the_side_they_move_along(asked):
  for name, axis in (('TranslateX', 0), ('TranslateY', 1)):
    for source, side, expected in (
      ('research', None, {-10, 10}),
      ('torchvision', None, {-13, 13} if axis == 0 else {-9, 9}),  # 13.59, 9.06
      ('torchvision', 224, {-101, 101}),
      ('autoaugment', None, {-14, 14} if axis == 0 else {-9, 9}),
      ('autoaugment', 32, {-15, 15}),  # 14.502
    ):
      calls = ask(asked, name, 1.0, source, side)
      assert {call for call, _ in calls} == {'affine'} and all(args[0] == 0.0 and args[2] == 1.0 for _, args in calls)
      assert {args[1][axis] for _, args in calls} == expected and {args[1][1 - axis] for _, args in calls} == {0}


@pytest.mark.parametrize(
  'name, value, asks', (('TranslateX', 4.5, [-5, 0]), ('TranslateX', -4.5, [4, 0]), ('TranslateY', 4.2, [0, -4]))
)
def test_a_positive_move_is_left_and_up_halves_rounded_up(asked, name, value, asks):
  built(write_torchvision([[(1.0, [(name, (value,), ())])]], True))('image')
  ((_, (_, translate, _, _)),) = asked
  assert translate == asks


def test_shears_are_about_the_corner(asked):
  for _, (_, translate, _, shear, center) in ask(asked, 'ShearX', 1.0, 'torchvision'):
    assert translate == center == [0, 0] and np.isclose(abs(math.tan(math.radians(shear[0]))), 0.3) and shear[1] == 0
  assert {np.sign(args[3][0]) for _, args in asked} == {-1, 1}


@pytest.mark.parametrize(
  'name, magnitude, source, expected',
  (
    ('Identity', 1.0, 'torchvision', set()),
    ('Rotate', 1.0, 'torchvision', {('rotate', 30.0), ('rotate', -30.0)}),
    ('Solarize', 0.0, 'autoaugment', set()),
    ('Solarize', 1.0, 'autoaugment', {('solarize', 0.0)}),
    ('Posterize', 1.0, 'torchvision', {('posterize', 4)}),
    ('Posterize', 1.0, 'research', {('adjust_brightness', 0.0)}),
    ('Color', 0.5, 'trivialaugment', {('adjust_saturation', 1.005)}),
    ('Sharpness', 0.5, 'torchvision', {('adjust_sharpness', 1.45), ('adjust_sharpness', 0.55)}),
    ('Contrast', 0.5, 'torchvision', {('adjust_contrast', 1.45), ('adjust_contrast', 0.55)}),
    ('Invert', 0.5, 'torchvision', {('invert',)}),
    ('Equalize', 0.5, 'torchvision', {('equalize',)}),
    ('AutoContrast', 0.5, 'torchvision', {('autocontrast',)}),
  ),
)
def test_each_op_is_asked_with_its_value(asked, name, magnitude, source, expected):
  calls = {(call, *(round(value, 5) for value in args)) for call, args in ask(asked, name, magnitude, source)}
  assert calls == expected


def test_cutout_is_cut_off_at_the_border(asked):
  half, (height, width) = 3, SIZE
  for _, (top, left, h, w, _) in [*ask(asked, 'Cutout', 1.0, 'autoaugment')]:  # a fifth of the width
    for low, long, side in ((top, h, height), (left, w, width)):
      assert 0 <= low and low + long <= side and (long == 2 * half or low == 0 or low + long == side) and long >= half
  assert {args[2] for _, args in asked} >= {2 * half} and {args[0] for name, args in asked if name == 'erase'} != {0}


def test_a_range_is_drawn_from_and_probabilities_hold(asked):
  transform = build(Policy(((Step(('Rotate',), 0.3, 0.2, 0.4), Step(('Invert',), 0.0)),), 'torchvision'))
  for _ in range(1000):
    transform('image')
  degrees = np.array([args[0] for _, args in asked])
  assert {name for name, _ in asked} == {'rotate'} and abs(len(degrees) / 1000 - 0.3) < 0.06
  assert (np.abs(degrees) >= 6).all() and (np.abs(degrees) <= 12).all() and len(np.unique(degrees)) > 250
  assert abs((degrees > 0).mean() - 0.5) < 0.12 and abs(np.abs(degrees).mean() - 9) < 0.4


def test_what_is_written_is_plain_values():
  text = write_torchvision([[(0.5, [('Rotate', (1.0, 2.0), (-1.0, -2.0)), ('Invert', (0.0,), ())])]], True)
  assert "POLICY = [[(0.5, [('Rotate', [1.0, 2.0, -1.0, -2.0]), ('Invert', [0.0])])]]" in text and 'jaxaug' not in text
