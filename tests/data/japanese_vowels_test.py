"""The series come with their own test part and end in zeros."""

import sys

import pytest

from jaxaug import data
from jaxaug.types import InputError


def test_series_and_lengths():
  pytest.importorskip('aeon')
  splits = data.load({'source': 'japanese_vowels', 'validation': 0.0}, ('series',))
  assert splits.train['series'].shape == (270, 29, 12) and splits.test['series'].shape == (370, 29, 12)
  assert (splits.train['label'].sum(0) == 30).all() and splits.train['length'].min() == 7
  for series, length in zip(splits.train['series'][:20], splits.train['length']):
    assert series[:length].any(1).all() and not series[length:].any()


def test_without_the_package_it_says_what_to_install(monkeypatch):
  monkeypatch.setitem(sys.modules, 'aeon.datasets', None)
  with pytest.raises(InputError, match=r"pip install 'jaxaug\[series\]'"):
    data.load({'source': 'japanese_vowels'}, ('series',))
