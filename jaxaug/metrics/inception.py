"""Whether a weights file is the one that gives a distance the name FID."""

import hashlib
import pathlib

from jaxaug.types import InputError


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
