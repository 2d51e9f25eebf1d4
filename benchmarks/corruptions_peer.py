"""The peer's side of `benchmarks.corruptions`: the corruptions without chance of the package imagecorruptions.

`corruptions_peer.py images.npy corrupted.npz`; prints its versions.
"""

import functools
import importlib.metadata
import json
import sys

import numpy as np
import PIL.Image
import scipy.ndimage
from imagecorruptions import corruptions

NAMES = 'defocus_blur zoom_blur brightness contrast pixelate jpeg_compression gaussian_blur saturate'.split()


def gaussian(image, sigma, multichannel):
  """scikit-image's; the package passes an argument that later versions do not have."""
  return corruptions.sk.filters.gaussian(image, sigma, channel_axis=-1)


def centered_zoom(image, factor):
  """The middle, as in the authors' own script; the package keeps the top left corner of what has grown."""
  side = len(image)
  kept = int(np.ceil(side / factor))
  first = (side - kept) // 2
  grown = scipy.ndimage.zoom(image[first : first + kept, first : first + kept], (factor, factor, 1), order=1)
  trim = (len(grown) - side) // 2
  return grown[trim : trim + side, trim : trim + side]


def main():
  corruptions.gaussian, corruptions.clipped_zoom = gaussian, centered_zoom
  images = np.load(sys.argv[1])
  corrupted = {}
  for name in NAMES:
    for severity in range(1, 6):
      corrupt = functools.partial(getattr(corruptions, name), severity=severity)
      corrupted[f'{name} {severity}'] = np.stack([np.uint8(corrupt(PIL.Image.fromarray(image))) for image in images])
  np.savez(sys.argv[2], **corrupted)
  packages = ('imagecorruptions', 'numpy', 'scipy', 'scikit-image', 'opencv-python-headless', 'pillow')
  print(json.dumps({package: importlib.metadata.version(package) for package in packages}))


if __name__ == '__main__':
  main()
