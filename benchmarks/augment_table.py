"""Each op of RandAugment's list against Pillow, image by image on one core: which one holds a policy back, and by how much.

python -m benchmarks.augment_table
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from benchmarks import timing
from benchmarks.augment_growth import on_one_core
from jaxaug import augment, parallel
from jaxaug.augment.policies import FOURTEEN

BATCH = {32: 512, 224: 64}  # images of that side
MAGNITUDE, REPEATS = 0.3, 9  # that of m = 9


def _affine(image, *rows):
  return image.transform(image.size, Image.AFFINE, rows, Image.NEAREST)


PILLOW = {
  'Identity': lambda image, value: image.copy(),
  'ShearX': lambda image, value: _affine(image, 1, value, 0, 0, 1, 0),
  'ShearY': lambda image, value: _affine(image, 1, 0, 0, value, 1, 0),
  'TranslateX': lambda image, value: _affine(image, 1, 0, value, 0, 1, 0),
  'TranslateY': lambda image, value: _affine(image, 1, 0, 0, 0, 1, value),
  'Rotate': lambda image, value: image.rotate(value),
  'Brightness': lambda image, value: ImageEnhance.Brightness(image).enhance(value),
  'Color': lambda image, value: ImageEnhance.Color(image).enhance(value),
  'Contrast': lambda image, value: ImageEnhance.Contrast(image).enhance(value),
  'Sharpness': lambda image, value: ImageEnhance.Sharpness(image).enhance(value),
  'Posterize': lambda image, value: ImageOps.posterize(image, int(value)),
  'Solarize': lambda image, value: ImageOps.solarize(image, math.ceil(value)),
  'AutoContrast': lambda image, value: ImageOps.autocontrast(image),
  'Equalize': lambda image, value: ImageOps.equalize(image),
}


def functions(name, side, pixels, pictures):
  """(ours on the whole batch, compiled; Pillow's, picture by picture)."""
  spec = augment.space('torchvision')[name]
  value, place = jnp.float32(spec.value_at(jnp.float32(MAGNITUDE), side)), jnp.zeros(2)
  ours = jax.jit(lambda pixels: jax.lax.map(lambda image: spec.fn(image, value, place, image), pixels))
  return lambda: ours(pixels), lambda: [PILLOW[name](picture, float(value)) for picture in pictures]


def main():
  on_one_core()
  parallel.initialize(1)
  rows = []
  for side, count in BATCH.items():
    images = np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)
    pixels, pictures = jnp.asarray(images), [Image.fromarray(image) for image in images]
    pairs = {name: functions(name, side, pixels, pictures) for name in FOURTEEN}
    timed = {f'{name}, {who}': fn for name, both in pairs.items() for who, fn in zip(('jaxaug', 'Pillow'), both)}
    seconds = timing.paired(timed, REPEATS)
    whole = sum(np.median(seconds[f'{name}, jaxaug']) for name in FOURTEEN)
    for name in FOURTEEN:
      ours, theirs = seconds[f'{name}, jaxaug'], seconds[f'{name}, Pillow']
      row = {'op': name, 'side': side, 'microseconds': round(1e6 * float(np.median(ours)) / count, 1)}
      row['share_of_all_ops'] = round(float(np.median(ours) / whole), 3)
      rows.append(row | {f'{k}_to_pillow': v for k, v in timing.ratio(theirs, ours).items()})
  timing.save(
    'augment_table',
    rows,
    f'uint8, one core, medians of {REPEATS} rounds. microseconds: of one image. share_of_all_ops: of the sum over the fourteen. '
    "ratio_to_pillow: Pillow's seconds / ours, above 1 is faster than it; its pictures are made before, ours is one compiled loop.",
  )


if __name__ == '__main__':
  main()
