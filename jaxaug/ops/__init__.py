"""Deterministic maths on one example: `(image, physical value) -> image`. No keys, no randomness."""

from jaxaug.ops.affine import (
  affine,
  rotate,
  rotation_matrix,
  shear_matrix,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  translation_matrix,
)
from jaxaug.ops.blend import blend, brightness, color, contrast, grayscale, sample_pairing, sharpness
from jaxaug.ops.blur import box_blur, gaussian_blur
from jaxaug.ops.erase import cutout, erase
from jaxaug.ops.geometry import crop, flip_left_right, flip_up_down, grid_shuffle, pad_crop
from jaxaug.ops.hue import hsv_to_rgb, hue, rgb_to_hsv, saturation
from jaxaug.ops.pixels import is_float, on_floats, to_uint8
from jaxaug.ops.resize import resize, resized_crop
from jaxaug.ops.sample import bilinear, nearest
from jaxaug.ops.targets import clip_boxes, inside, move_boxes, move_points
from jaxaug.ops.tone import autocontrast, equalize, gamma, histogram, invert, posterize, solarize, solarize_add
from jaxaug.ops.warp import elastic, perspective

__all__ = (
  'affine',
  'autocontrast',
  'bilinear',
  'blend',
  'box_blur',
  'brightness',
  'clip_boxes',
  'color',
  'contrast',
  'crop',
  'cutout',
  'elastic',
  'equalize',
  'erase',
  'flip_left_right',
  'flip_up_down',
  'gamma',
  'gaussian_blur',
  'grayscale',
  'grid_shuffle',
  'histogram',
  'hsv_to_rgb',
  'hue',
  'inside',
  'invert',
  'is_float',
  'move_boxes',
  'move_points',
  'nearest',
  'on_floats',
  'pad_crop',
  'perspective',
  'posterize',
  'resize',
  'resized_crop',
  'rgb_to_hsv',
  'rotate',
  'rotation_matrix',
  'sample_pairing',
  'saturation',
  'sharpness',
  'shear_matrix',
  'shear_x',
  'shear_y',
  'solarize',
  'solarize_add',
  'to_uint8',
  'translate_x',
  'translate_y',
  'translation_matrix',
)
