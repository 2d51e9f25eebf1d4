"""Searching for augmentation policies: one space, one objective, one budget."""

from jaxaug.search.planted import planted
from jaxaug.search.space import OPS, Space, check_space, choices, decode, encode, from_unit, op_shares, random_policies

__all__ = (
  'OPS',
  'Space',
  'check_space',
  'choices',
  'decode',
  'encode',
  'from_unit',
  'op_shares',
  'planted',
  'random_policies',
)
