"""A policy for torchvision: the source of a module that needs nothing else."""

import pprint

LACKS = {'SamplePairing': 'a transform sees one image'}

MODULE = '''"""An augmentation policy for torchvision: PIL images (L, RGB) or uint8 tensors [C, H, W] in and out.

With this file as policy.py: `import policy`, then `transform = policy.build()`.
"""

import math

import torch
from torchvision.transforms.v2 import functional as F

# Sub-policies, one is drawn. Each has steps of (probability, ops), one op is drawn. An op is (name, values), one value is
# drawn, a pair is a range. Values of a name with 'Rel' are shares of the image's width, cut to whole pixels if WHOLE.
WHOLE = {whole}
POLICY = {policy}


def draw(choices):
  return choices[int(torch.randint(len(choices), ()))]


def shear(image, across, down):
  degrees = [math.degrees(math.atan(level)) for level in (across, down)]
  return F.affine(image, angle=0.0, translate=[0, 0], scale=1.0, shear=degrees, center=[0, 0])


def translate(image, left, up):
  pixels = [-math.floor(value + 0.5) for value in (left, up)]
  return F.affine(image, angle=0.0, translate=pixels, scale=1.0, shear=[0.0, 0.0])


def cut(pixels):
  return int(pixels + math.copysign(1e-3, pixels))  # of a share of the width, which may be rounded to just below


def shift(image, share, side):
  pixels = share * F.get_size(image)[side]
  return cut(pixels) if WHOLE else pixels


def posterize(image, bits):
  return F.posterize(image, int(bits)) if bits >= 1 else F.adjust_brightness(image, 0.0)


def solarize_add(image, addition):
  pixels = image if isinstance(image, torch.Tensor) else F.pil_to_tensor(image)
  pixels = torch.where(pixels < 128, (pixels.int() + int(addition)).clamp(max=255).to(torch.uint8), pixels)
  return pixels if isinstance(image, torch.Tensor) else F.to_pil_image(pixels)


def cutout(image, size):
  half, sides = int(size) // 2, F.get_size(image)
  y, x = (int(torch.randint(side, ())) for side in sides)
  top, left = max(y - half, 0), max(x - half, 0)
  bottom, right = min(y + half, sides[0]), min(x + half, sides[1])
  return F.erase(image, top, left, bottom - top, right - left, torch.zeros(1, 1, 1, dtype=torch.uint8))


OPS = {
  'Identity': lambda image, value: image,
  'ShearX': lambda image, value: shear(image, value, 0.0),
  'ShearY': lambda image, value: shear(image, 0.0, value),
  'TranslateX': lambda image, value: translate(image, value, 0),
  'TranslateY': lambda image, value: translate(image, 0, value),
  'TranslateXRel': lambda image, value: translate(image, shift(image, value, 1), 0),
  'TranslateYRel': lambda image, value: translate(image, 0, shift(image, value, 0)),
  'Rotate': lambda image, value: F.rotate(image, value),
  'AutoContrast': lambda image, value: F.autocontrast(image),
  'Invert': lambda image, value: F.invert(image),
  'Equalize': lambda image, value: F.equalize(image),
  'Solarize': lambda image, value: image if value > 255 else F.solarize(image, value),
  'SolarizeAdd': solarize_add,
  'Posterize': posterize,
  'Contrast': lambda image, value: F.adjust_contrast(image, value),
  'Color': lambda image, value: F.adjust_saturation(image, value),
  'Brightness': lambda image, value: F.adjust_brightness(image, value),
  'Sharpness': lambda image, value: F.adjust_sharpness(image, value),
  'Cutout': cutout,
  'CutoutRel': lambda image, value: cutout(image, cut(value * F.get_size(image)[1])),
}


def transform(image):
  for probability, ops in draw(POLICY):
    if torch.rand(()) < probability:
      name, values = draw(ops)
      value = draw(values)
      if isinstance(value, tuple):
        value = value[0] + (value[1] - value[0]) * float(torch.rand(()))
      image = OPS[name](image, value)
  return image


def build():
  return transform
'''


def write_torchvision(plan: list, whole: bool) -> str:
  """Python source, with `build() -> (image -> image)`.

  Args:
    plan: sub-policies, each of steps (probability, ops), an op is (name, values, values of the negative sign).
    whole: translations by a share of a side are cut to whole pixels, else rounded.

  Returns:
    Source text.

  Source: torchvision 0.28, `transforms.v2.functional`. Shears take degrees and a centre there, translations move the picture
  the other way, tensors take no threshold above 255, Pillow no 0 bits.
  """
  table = [[(p, [(name, [*values, *mirrored]) for name, values, mirrored in ops]) for p, ops in steps] for steps in plan]
  return MODULE.replace('{whole}', str(whole)).replace('{policy}', pprint.pformat(table, width=125, compact=True))
