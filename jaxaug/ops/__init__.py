"""Deterministic maths on one example: `(image, physical value) -> image`. No keys, no randomness."""

from jaxaug.ops.affine import affine, rotate, shear_x, shear_y, translate_x, translate_y
from jaxaug.ops.blend import blend, brightness, color, contrast, grayscale, sample_pairing, sharpness
from jaxaug.ops.erase import cutout, erase
from jaxaug.ops.geometry import flip_left_right, pad_crop
from jaxaug.ops.sample import bilinear, nearest
from jaxaug.ops.tone import autocontrast, equalize, gamma, histogram, invert, posterize, solarize, solarize_add

__all__ = (
  'affine',
  'autocontrast',
  'bilinear',
  'blend',
  'brightness',
  'color',
  'contrast',
  'cutout',
  'equalize',
  'erase',
  'flip_left_right',
  'gamma',
  'grayscale',
  'histogram',
  'invert',
  'nearest',
  'pad_crop',
  'posterize',
  'rotate',
  'sample_pairing',
  'sharpness',
  'shear_x',
  'shear_y',
  'solarize',
  'solarize_add',
  'translate_x',
  'translate_y',
)
