"""FID with Inception weights that the user has: the file is checked before anything is called so."""

import hashlib
import pathlib
from collections.abc import Callable

import numpy as np

from jaxaug.metrics.fidelity import frechet_distance
from jaxaug.types import Array, InputError


def check_weights(path: str, sha256: str) -> str:
  """Refuses a weights file that is absent or not the one that was meant, before anything reads it.

  Args:
    path: of the file.
    sha256: 64 hexadecimal digits of its SHA-256.

  Returns:
    The path.

  Raises:
    InputError: no such file, or another one.
  """
  file = pathlib.Path(path)
  if not file.is_file():
    raise InputError(f'weights: no file {path}')
  with file.open('rb') as content:
    found = hashlib.file_digest(content, 'sha256').hexdigest()
  if found != sha256.strip().lower():
    raise InputError(f'weights: {path} has SHA-256 {found}, not {sha256}')
  return path


def fid(
  real: Array,
  fake: Array,
  load: Callable[[str], Callable[[np.ndarray], Array]],
  weights: str,
  sha256: str,
  batch_size: int = 64,
) -> dict[str, float | int | str]:
  """Frechet Inception distance, in features of the user's own network.

  The weights must be the file that was meant, or nothing runs; that the network is Inception, and how it resizes, is the word of whoever
  wrote `load`. Features that were computed elsewhere go into `frechet_distance`.

  Args:
    real: [N, ...] images, as the network takes them, at least two.
    fake: [M, ...] generated images, at least two.
    load: path -> function of images [at most batch_size, ...] that returns their features [.., D]; called once the file is checked.
    weights: path of the file.
    sha256: 64 hexadecimal digits of its SHA-256.
    batch_size: images at once.

  Returns:
    `fid`, and what it depends on: `real` and `fake` (rows), `features` (D), `sha256`.

  Raises:
    InputError: no such file, or another one; features that are not finite [.., D], or fewer than two rows.

  Source: Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017, section 3.
  """
  if batch_size < 1:
    raise InputError(f'batch_size: {batch_size}, must be at least 1')
  network = load(check_weights(weights, sha256))

  def features(name, images):
    parts = [np.asarray(network(images[at : at + batch_size])) for at in range(0, len(images), batch_size)]
    given = [min(batch_size, len(images) - at) for at in range(0, len(images), batch_size)]
    if not parts or any(part.ndim != 2 or len(part) != rows for part, rows in zip(parts, given)):
      raise InputError(f'{name}: the network gives {[list(part.shape) for part in parts[:1]]}, must be features [B, D]')
    return np.concatenate(parts)

  a, b = features('real', np.asarray(real)), features('fake', np.asarray(fake))
  distance = frechet_distance(a, b)
  return {'fid': distance, 'real': len(a), 'fake': len(b), 'features': a.shape[1], 'sha256': sha256.strip().lower()}
