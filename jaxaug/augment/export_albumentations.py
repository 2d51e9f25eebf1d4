"""A policy for albumentations: a pipeline of its transforms, as its own `save` would write it."""

import json
import math

LACKS = {
  'AutoContrast': 'its histogram leaves out the value 255',
  'Equalize': 'it counts a value among those below it',
  'SamplePairing': 'a transform sees one image',
  'Sharpness': 'it does not smooth, and it sharpens the border too',
  'SolarizeAdd': 'nothing adds to dark values only',
}


def _transform(name: str, p: float = 1.0, **fields) -> dict:
  return {'__class_fullname__': name, 'p': p, **fields}


def _one_of(transforms: list, p: float = 1.0) -> dict:
  """Each as likely as another: there `p` of what is chosen from is a weight."""
  return _transform('OneOf', p, transforms=transforms)


def _affine(**fields) -> dict:
  return _transform('Affine', interpolation=0, **fields)  # cv2.INTER_NEAREST, filled with 0


def _along(axis: str, value: float) -> dict:
  return {'x': (0, 0), 'y': (0, 0), axis: (value, value)}


def _translate(axis: str, pixels: float) -> dict:
  return _affine(translate_px=_along(axis, -math.floor(pixels + 0.5)))


def _shear(axis: str, level: float, side: int | None) -> dict:
  """About the centre, there, and back by whole pixels to where the corner stays."""
  degrees, back = math.degrees(math.atan(level)), -level / 2
  moved = {'translate_px': _along(axis, round(back * side))} if side else {'translate_percent': _along(axis, back)}
  return _affine(shear=_along(axis, degrees), **moved)


def _solarize(threshold: int) -> dict:
  share = max(threshold - 0.5, 0) / 255  # between two whole values, so that rounding changes nothing
  return _transform('Solarize', threshold_range=(share, share)) if threshold <= 255 else _transform('NoOp')


def _posterize(bits: int) -> dict:
  if bits == 0:
    return _jitter(brightness=(0, 0))
  return _transform('Posterize', num_bits=bits) if bits < 8 else _transform('NoOp')


def _jitter(**fields) -> dict:
  still = {'brightness': (1, 1), 'contrast': (1, 1), 'saturation': (1, 1), 'hue': (0, 0)}
  return _transform('ColorJitter', **{**still, **fields})


def _cutout(half: int) -> dict:
  """A whole square in an image that was padded so far that the square's centre is any pixel of it, then the padding off."""
  pad = lambda *px: _transform('CropAndPad', px=px, keep_size=False, sample_independently=False)
  size = (2 * half, 2 * half)
  hole = _transform('CoarseDropout', num_holes_range=(1, 1), hole_height_range=size, hole_width_range=size)
  steps = [pad(half, half - 1, half - 1, half), hole, pad(-half, 1 - half, 1 - half, -half)]
  return _transform('Sequential', transforms=steps) if half else _transform('NoOp')


# {op: (value, side or None) -> transform}
OPS = {
  'Identity': lambda value, side: _transform('NoOp'),
  'ShearX': lambda value, side: _shear('x', value, side),
  'ShearY': lambda value, side: _shear('y', value, side),
  'TranslateX': lambda value, side: _translate('x', value),
  'TranslateY': lambda value, side: _translate('y', value),
  'TranslateXRel': lambda value, side: _affine(translate_percent=_along('x', -value)),
  'TranslateYRel': lambda value, side: _affine(translate_percent=_along('y', -value)),
  'Rotate': lambda value, side: _affine(rotate=(value, value)),
  'Invert': lambda value, side: _transform('InvertImg'),
  'Solarize': lambda value, side: _solarize(math.ceil(value)),
  'Posterize': lambda value, side: _posterize(int(value)),
  'Contrast': lambda value, side: _jitter(contrast=(value, value)),
  'Color': lambda value, side: _jitter(saturation=(value, value)),
  'Brightness': lambda value, side: _jitter(brightness=(value, value)),
  'Cutout': lambda value, side: _cutout(int(value) // 2),
}


def write_albumentations(plan: list, side: int | None) -> str:
  """JSON for `albumentations.load` or `from_dict`.

  Args:
    plan: sub-policies, each of steps (probability, ops), an op is (name, values, values of the negative sign).
    side: of the images in pixels, or None.

  Returns:
    JSON text.

  Source: albumentations 2.0.8, its code.
  """
  values = lambda name, values, mirrored: _one_of([OPS[name](value, side) for value in (*values, *mirrored)])
  step = lambda probability, ops: _one_of([values(*op) for op in ops], probability)
  sub_policies = [_transform('Sequential', transforms=[step(*given) for given in steps]) for steps in plan]
  return json.dumps({'transform': _transform('Compose', transforms=[_one_of(sub_policies)])}, indent=1) + '\n'
