"""THE op table: what a policy can name, and what magnitude means for it, source by source."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from jaxaug import ops
from jaxaug.types import Array, InputError, check_name


class OpSpec(NamedTuple):
  """A row. `value_at` is monotone in strength; of a signed op it takes magnitudes in [-1, 1]."""

  name: str
  fn: Callable[[Array, Array, Array, Array], Array]  # (image, value, place [2] in [0, 1), other image) -> image
  value_at: Callable[[Array, int], Array]  # (magnitude in [0, 1], image side in pixels) -> physical value
  signed: bool


def _alone(fn: Callable) -> Callable:
  return lambda image, value, place, other: fn(image)


def _valued(fn: Callable) -> Callable:
  return lambda image, value, place, other: fn(image, value)


def _own_range(image: Array, value: Array) -> Array:
  """A threshold of 0 to 256 in the image's own range."""
  return value / 255 if ops.is_float(image) else value


def _filling(fill: float) -> dict[str, Callable]:
  """The ops that show what is outside the image, or paint over it, with one value of 0 to 255."""
  own = lambda image: fill / 255 if ops.is_float(image) else fill

  def cutout(image: Array, value: Array, place: Array, other: Array) -> Array:
    y, x = (jnp.floor(p * side).astype(jnp.int32) for p, side in zip(place, image.shape))
    return ops.cutout(image, y, x, jnp.asarray(value).astype(jnp.int32), own(image))

  return {
    'ShearX': _valued(lambda image, value: ops.shear_x(image, value, fill=own(image))),
    'ShearY': _valued(lambda image, value: ops.shear_y(image, value, fill=own(image))),
    'TranslateX': _valued(lambda image, value: ops.translate_x(image, value, fill=own(image))),
    'TranslateY': _valued(lambda image, value: ops.translate_y(image, value, fill=own(image))),
    'Rotate': _valued(lambda image, value: ops.rotate(image, value, fill=own(image))),
    'Cutout': cutout,
  }


FUNCTIONS = {
  'Identity': _alone(lambda image: image),
  **_filling(0),
  'AutoContrast': _alone(ops.autocontrast),
  'Invert': _alone(ops.invert),
  'Equalize': _alone(ops.equalize),
  'Solarize': _valued(lambda image, value: ops.solarize(image, _own_range(image, value))),
  'SolarizeAdd': _valued(ops.solarize_add),
  'Posterize': _valued(ops.posterize),
  'Contrast': _valued(ops.contrast),
  'Color': _valued(ops.color),
  'Brightness': _valued(ops.brightness),
  'Sharpness': _valued(ops.sharpness),
  'SamplePairing': lambda image, value, place, other: ops.sample_pairing(image, other, value),
}
PLAIN = ('Identity', 'AutoContrast', 'Invert', 'Equalize')  # no value
ENHANCE = ('Color', 'Contrast', 'Brightness', 'Sharpness')


def _row(value_at: Callable, *names: str, signed: bool = False) -> dict:
  return {name: (value_at, signed) for name in names}


_whole = jnp.trunc
_COMMON = _row(lambda m, side: 110 * m, 'SolarizeAdd') | _row(lambda m, side: 0 * m, *PLAIN)
_PAPER = (
  _row(lambda m, side: 0.3 * m, 'ShearX', 'ShearY', signed=True)
  | _row(lambda m, side: 150 / 331 * side * m, 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: 30 * m, 'Rotate', signed=True)
  | _row(lambda m, side: 256 - 256 * m, 'Solarize')
  | _row(lambda m, side: 8 - 4 * m, 'Posterize')
  | _row(lambda m, side: 1 + 0.9 * m, *ENHANCE, signed=True)
  | _row(lambda m, side: 0.2 * side * m, 'Cutout')
  | _row(lambda m, side: 0.4 * m, 'SamplePairing')
)
_RANGES = {
  # Cubuk et al., AutoAugment, 2019, table 6; magnitude 0 is the identity here, the strong end is the paper's
  'autoaugment': _PAPER,
  # torchvision 0.29, AutoAugment and RandAugment
  'torchvision': _PAPER
  | _row(lambda m, side: _whole(150 / 331 * side * m), 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: 255 * (1 - m), 'Solarize')
  | _row(lambda m, side: 8 - jnp.round(4 * m), 'Posterize'),
  # tensorflow/models research/autoaugment, its code for CIFAR: whole pixels and degrees
  'research': _PAPER
  | _row(lambda m, side: _whole(10 * m), 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: _whole(30 * m), 'Rotate', signed=True)
  | _row(lambda m, side: 256 - _whole(256 * m), 'Solarize')
  | _row(lambda m, side: 4 - _whole(4 * m), 'Posterize')
  | _row(lambda m, side: 0.1 + 1.8 * m, *ENHANCE)
  | _row(lambda m, side: _whole(20 * m), 'Cutout'),
  # tensorflow/tpu efficientnet, RandAugment: Solarize and Posterize are reversed there, small magnitudes are the strong ones
  'tpu': _PAPER
  | _row(lambda m, side: 100 * m, 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: _whole(256 * m), 'Solarize')
  | _row(lambda m, side: _whole(4 * m), 'Posterize')
  | _row(lambda m, side: 0.1 + 1.8 * m, *ENHANCE)
  | _row(lambda m, side: 80 * m, 'Cutout'),
}
# Mueller and Hutter, TrivialAugment, 2021, wide space, their code
_RANGES['trivialaugment'] = (
  _PAPER
  | _row(lambda m, side: 0.99 * m, 'ShearX', 'ShearY', signed=True)
  | _row(lambda m, side: _whole(32 * m), 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: _whole(135 * m), 'Rotate', signed=True)
  | _row(lambda m, side: 256 - _whole(256 * m), 'Solarize')
  | _row(lambda m, side: 8 - _whole(6 * m), 'Posterize')
  | _row(lambda m, side: 0.01 + 1.99 * m, *ENHANCE)
)
# Hendrycks et al., AugMix, 2020, its code
_RANGES['augmix'] = (
  _PAPER
  | _row(lambda m, side: _whole(side / 3 * m), 'TranslateX', 'TranslateY', signed=True)
  | _row(lambda m, side: _whole(30 * m), 'Rotate', signed=True)
  | _row(lambda m, side: 256 - _whole(256 * m), 'Solarize')
  | _row(lambda m, side: 4 - _whole(4 * m), 'Posterize')
  | _row(lambda m, side: 0.1 + 1.8 * m, *ENHANCE)
)
# torchvision 0.29, TrivialAugmentWide
_RANGES['torchvision_wide'] = _RANGES['trivialaugment'] | (
  _row(lambda m, side: 135 * m, 'Rotate', signed=True)
  | _row(lambda m, side: 255 * (1 - m), 'Solarize')
  | _row(lambda m, side: 8 - jnp.round(6 * m), 'Posterize')
  | _row(lambda m, side: 1 + 0.99 * m, *ENHANCE, signed=True)
)

SPACES = {
  source: {name: OpSpec(name, fn, *(_COMMON | ranges)[name]) for name, fn in FUNCTIONS.items()}
  for source, ranges in _RANGES.items()
}


def side_of(name: str, size: int | tuple[int, int]) -> int:
  """The side of an image that an op's values depend on: the height for TranslateY, the width for every other.

  Args:
    name: of the op.
    size: (height, width) in pixels, or the side of square images.

  Returns:
    Pixels.
  """
  height, width = (size, size) if isinstance(size, int) else size
  return height if name == 'TranslateY' else width


def space(source: str = 'torchvision', fill: float = 0) -> dict[str, OpSpec]:
  """The table with one source's ranges.

  Args:
    source: a name in SPACES: 'autoaugment', 'torchvision', 'research', 'tpu', 'trivialaugment', 'torchvision_wide',
      'augmix'.
    fill: what ShearX to Rotate show from outside the image and Cutout paints, 0 to 255. Pillow and torchvision have 0, the
      code of 'tpu', timm and DALI 128.

  Returns:
    {name: OpSpec}. Values have the units of `jaxaug.ops`, thresholds those of uint8.

  Raises:
    InputError: unknown source, fill out of range.
  """
  check_name(source, SPACES, 'policy.source')
  if not 0 <= fill <= 255:
    raise InputError(f'fill: {fill!r} must be from 0 to 255')
  filling = _filling(fill) if fill else {}
  return {name: spec._replace(fn=filling.get(name, spec.fn)) for name, spec in SPACES[source].items()}
