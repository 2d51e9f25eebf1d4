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
from jaxaug.ops.defocus import defocus_blur
from jaxaug.ops.erase import cutout, erase
from jaxaug.ops.gaussian_filter import gaussian_filter
from jaxaug.ops.geometry import crop, flip_left_right, flip_up_down, grid_shuffle, pad_crop
from jaxaug.ops.glass import glass_blur
from jaxaug.ops.hsv import in_hsv
from jaxaug.ops.hue import hsv_to_rgb, hue, rgb_to_hsv, saturation
from jaxaug.ops.jpeg import jpeg
from jaxaug.ops.matrix import affine_matrix, compose_matrices, flip_matrix, perspective_matrix, window_matrix
from jaxaug.ops.median import median
from jaxaug.ops.mirror import bilinear_mirrored
from jaxaug.ops.motion import motion_blur
from jaxaug.ops.pattern import checkerboard, ramp, spot, stripes, value_noise
from jaxaug.ops.pixelate import pixelate
from jaxaug.ops.pixels import is_float, on_floats, to_uint8
from jaxaug.ops.plasma import plasma
from jaxaug.ops.resize import resize, resized_crop
from jaxaug.ops.sample import bilinear, nearest
from jaxaug.ops.spatter import mud, water
from jaxaug.ops.targets import (
  clip_boxes,
  elastic_boxes,
  elastic_points,
  grid_shuffle_boxes,
  grid_shuffle_points,
  inside,
  move_boxes,
  move_points,
)
from jaxaug.ops.tone import autocontrast, equalize, gamma, histogram, invert, posterize, solarize, solarize_add
from jaxaug.ops.truncate import truncated
from jaxaug.ops.warp import elastic, perspective
from jaxaug.ops.weather import fog, frost, snow
from jaxaug.ops.zoom import zoom_blur, zoom_in

__all__ = (
  'affine',
  'affine_matrix',
  'autocontrast',
  'bilinear',
  'bilinear_mirrored',
  'blend',
  'box_blur',
  'brightness',
  'checkerboard',
  'clip_boxes',
  'color',
  'compose_matrices',
  'contrast',
  'crop',
  'cutout',
  'defocus_blur',
  'elastic',
  'elastic_boxes',
  'elastic_points',
  'equalize',
  'erase',
  'flip_left_right',
  'flip_matrix',
  'flip_up_down',
  'fog',
  'frost',
  'gamma',
  'gaussian_blur',
  'gaussian_filter',
  'glass_blur',
  'grayscale',
  'grid_shuffle',
  'grid_shuffle_boxes',
  'grid_shuffle_points',
  'histogram',
  'hsv_to_rgb',
  'hue',
  'in_hsv',
  'inside',
  'invert',
  'median',
  'is_float',
  'jpeg',
  'motion_blur',
  'move_boxes',
  'move_points',
  'mud',
  'nearest',
  'on_floats',
  'pad_crop',
  'perspective',
  'perspective_matrix',
  'pixelate',
  'plasma',
  'posterize',
  'ramp',
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
  'snow',
  'solarize',
  'solarize_add',
  'spot',
  'stripes',
  'to_uint8',
  'translate_x',
  'translate_y',
  'translation_matrix',
  'truncated',
  'value_noise',
  'water',
  'window_matrix',
  'zoom_blur',
  'zoom_in',
)
