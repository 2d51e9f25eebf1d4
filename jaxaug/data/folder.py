"""Examples from a folder of image files, one subfolder a class."""

import hashlib
import pathlib

import numpy as np
from PIL import Image, UnidentifiedImageError

from jaxaug.data.cache import decoded
from jaxaug.data.source import Source
from jaxaug.types import InputError

SUFFIXES = ('.png', '.jpg', '.jpeg')
MODES = ('1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK')  # deeper ones would be cut off at 255


def _opened(path: pathlib.Path, mode: str | None = None):
  try:
    with Image.open(path) as image:
      return (image.size, image.mode) if mode is None else np.asarray(image.convert(mode)).reshape(*image.size[::-1], -1)
  except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
    raise InputError(f'{path}: unreadable image ({error})') from None


def read_folder(path: str, cache_dir: str) -> Source:
  """Reads every PNG and JPEG below `path`; class names are the sorted subfolder names.

  Args:
    path: folder of class folders.
    cache_dir: where the decoded images are kept; keyed by names, sizes and times of the files.

  Returns:
    Source; grey (C = 1) when every file is grey, else RGB.

  Raises:
    InputError: no such folder, no images, a file that cannot be read or has another size than the first.
  """
  root = pathlib.Path(path)
  if not root.is_dir():
    raise InputError(f'data.source: no folder {path}')
  classes = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith('.'))
  files = [
    (f, label) for label, name in enumerate(classes) for f in sorted((root / name).iterdir()) if f.suffix.lower() in SUFFIXES
  ]
  if not files:
    raise InputError(f'data.source: no {", ".join(SUFFIXES)} files in subfolders of {path}')
  sizes, modes = zip(*(_opened(f) for f, _ in files))
  for (file, _), size in zip(files, sizes):
    if size != sizes[0]:
      raise InputError(
        f'{file}: {size[0]}x{size[1]} pixels, the first image {files[0][0].name} has '
        f'{sizes[0][0]}x{sizes[0][1]}; all must have one size'
      )
  for (file, _), mode in zip(files, modes):
    if mode not in MODES:
      raise InputError(f'{file}: pixels of mode {mode}; there are {", ".join(MODES)} (8 bits a channel)')
  mode = 'L' if set(modes) <= {'L', '1'} else 'RGB'
  listing = repr([(str(f.relative_to(root)), f.stat().st_size, f.stat().st_mtime_ns) for f, _ in files])
  digest = hashlib.sha256(listing.encode()).hexdigest()[:16]
  image = decoded(
    pathlib.Path(cache_dir) / f'folder-{digest}' / 'image.npy', len(files), (_opened(f, mode) for f, _ in files)
  )
  return Source(
    {'image': image, 'label': np.array([label for _, label in files], np.int32)}, None, tuple(classes), f'folder:{path}'
  )
