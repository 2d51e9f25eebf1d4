"""The op table: strength grows with magnitude, ranges are the sources'."""

import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment.space import ENHANCE, FUNCTIONS
from jaxaug.types import InputError

MAGNITUDES = np.linspace(0, 1, 31, dtype=np.float32)


@pytest.mark.parametrize('source', augment.SPACES)
def test_every_source_has_every_op_and_values_are_monotone(source):
  table = augment.space(source)
  assert set(table) == set(FUNCTIONS)
  for spec in table.values():
    values = np.array([spec.value_at(m, 32) for m in MAGNITUDES])
    assert (np.diff(values) >= 0).all() or (np.diff(values) <= 0).all(), spec.name
    if spec.signed:
      middle = float(spec.value_at(0.0, 32))
      assert np.allclose(values - middle, [middle - spec.value_at(-m, 32) for m in MAGNITUDES], atol=1e-5), spec.name


@pytest.mark.parametrize(
  'source, name, side, expected',
  (
    ('torchvision', 'Rotate', 32, 30),
    ('torchvision', 'TranslateX', 224, 101),  # int(150 / 331 * 224)
    ('torchvision', 'Posterize', 32, 4),
    ('torchvision', 'Solarize', 32, 0),
    ('torchvision', 'Color', 32, 1.9),
    ('autoaugment', 'Cutout', 32, 6.4),
    ('autoaugment', 'SamplePairing', 32, 0.4),
    ('research', 'TranslateY', 32, 10),
    ('research', 'Posterize', 32, 0),
    ('tpu', 'SolarizeAdd', 32, 110),
    ('tpu', 'TranslateX', 224, 100),
    ('tpu', 'Solarize', 32, 256),
    ('trivialaugment', 'ShearX', 32, 0.99),
    ('trivialaugment', 'TranslateX', 224, 32),
    ('trivialaugment', 'Rotate', 32, 135),
    ('trivialaugment', 'Posterize', 32, 2),
    ('trivialaugment', 'Brightness', 32, 2),
    ('torchvision_wide', 'Brightness', 32, 1.99),
    ('augmix', 'TranslateX', 32, 10),
  ),
)
def test_the_strong_end_is_the_sources(source, name, side, expected):
  assert np.isclose(augment.space(source)[name].value_at(1.0, side), expected)


def test_posterize_of_torchvision_and_of_trivialaugment_differ_in_12_of_31_levels():
  ours, theirs = (augment.space(s)['Posterize'] for s in ('trivialaugment', 'torchvision_wide'))
  assert sum(int(ours.value_at(m, 32)) != int(theirs.value_at(m, 32)) for m in MAGNITUDES) == 12


def test_ops_change_a_picture_and_thresholds_fit_both_dtypes():
  image = np.random.default_rng(0).integers(10, 240, (16, 16, 3)).astype(np.uint8)
  place, other = np.array([0.5, 0.5], np.float32), image[::-1]
  for source in ('autoaugment', 'trivialaugment'):
    for spec in augment.space(source).values():
      value = np.float32(spec.value_at(0.9, 16))
      done = np.asarray(spec.fn(image, value, place, other))
      changed = (done != image).any()
      assert changed == (spec.name not in ('Identity', 'Equalize')), spec.name  # 256 pixels are too few to equalize
      if spec.name not in ('Equalize', 'Rotate') and 'Translate' not in spec.name and 'Shear' not in spec.name:
        floats = np.asarray(spec.fn(image / np.float32(255), value, place, other / np.float32(255))) * 255
        assert np.abs(floats - done).max() < 2, spec.name
  assert set(ENHANCE) <= set(FUNCTIONS)


def test_an_unknown_source_is_named():
  with pytest.raises(InputError, match="policy.source: 'torchvison' is unknown. Did you mean 'torchvision'"):
    augment.space('torchvison')
