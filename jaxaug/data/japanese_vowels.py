"""Nine speakers say two vowels: short series of 12 channels, of different length."""

import numpy as np

from jaxaug.data.source import Source
from jaxaug.types import InputError


def read_japanese_vowels() -> Source:
  """270 series to train on (30 a speaker), 370 to test on: `series` [N, 29, 12] float32, zeros after `length` [N] int32.

  Raises:
    InputError: the package `aeon`, which holds the files, is not installed.

  Source: Kudo, Toyama and Shimbo, Multidimensional Curve Classification Using Passing-Through Regions, 1999.
  """
  try:
    from aeon.datasets import load_japanese_vowels
  except ImportError as error:
    raise InputError("data.source: 'japanese_vowels' needs the package aeon (pip install 'jaxaug[series]')") from error
  parts = [load_japanese_vowels(split=split) for split in ('train', 'test')]
  longest = max(len(one.T) for series, _ in parts for one in series)
  names = tuple(sorted({str(label) for _, labels in parts for label in labels}, key=int))

  def part(series, labels):
    padded = [np.pad(one.T, ((0, longest - one.shape[1]), (0, 0))) for one in series]
    return {
      'series': np.stack(padded).astype(np.float32),
      'length': np.array([one.shape[1] for one in series], np.int32),
      'label': np.array([names.index(str(label)) for label in labels], np.int32),
    }

  return Source(part(*parts[0]), part(*parts[1]), names, 'JapaneseVowels (aeon)')
