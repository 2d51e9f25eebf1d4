"""How many values of the corruptions without chance differ from those of the package imagecorruptions.

JAXAUG_PEERS=<python of a virtual environment with imagecorruptions and opencv-python-headless> python -m benchmarks.corruptions
"""

import json
import os
import pathlib
import subprocess
import tempfile

import jax
import numpy as np
from sklearn.datasets import load_sample_images

from benchmarks import timing
from jaxaug import augment
from jaxaug.types import InputError

SIDE = 224


def pictures():
  """{what: uint8 [N, 224, 224, 3]}: photographs, noise, and flat colours, where a rounding error shows over the whole area."""
  photos = [
    photo[y : y + SIDE, x : x + SIDE] for photo in load_sample_images().images for y in (0, 100, 200) for x in (0, 300)
  ]
  noise = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
  levels = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(14, 0).repeat(14, 1)
  return {
    'photographs': np.stack(photos),
    'noise': noise,
    'flat squares': np.stack([levels, levels[::-1], levels.T], -1)[None],
  }


def theirs(images):
  """({'name severity': uint8 images}, versions)."""
  python = os.environ.get('JAXAUG_PEERS', '')
  if not python:
    raise InputError('JAXAUG_PEERS: names no python that has imagecorruptions')
  with tempfile.TemporaryDirectory() as folder:
    given, made = pathlib.Path(folder, 'images.npy'), pathlib.Path(folder, 'corrupted.npz')
    np.save(given, images)
    script = pathlib.Path(__file__).parent / 'corruptions_peer.py'
    done = subprocess.run([python, str(script), str(given), str(made)], stdout=subprocess.PIPE, text=True, check=True)
    return dict(np.load(made)), json.loads(done.stdout)


def main():
  sets = pictures()
  whole = np.concatenate(list(sets.values()))
  expected, versions = theirs(whole)
  rows = []
  for case, references in expected.items():
    name, severity = case.split()
    corrupt = jax.jit(
      lambda image: augment.corruption(name, int(severity), 'imagenet')(jax.random.key(0), {'image': image}, None)
    )
    made = np.concatenate([corrupt(image[None])['image'] for image in whole]).astype(int)
    start = 0
    for what, images in sets.items():
      off = np.abs(made - references)[start : start + len(images)]
      start += len(images)
      rows.append({'corruption': name, 'severity': int(severity), 'images': what, 'values': off.size})
      rows[-1] |= {'differ': int((off > 0).sum()), 'largest': int(off.max())}
  timing.save(
    'corruptions', rows, f'uint8 values that differ from those of imagecorruptions, strengths of ImageNet-C: {versions}.'
  )


if __name__ == '__main__':
  main()
