"""Searching for augmentation policies: one space, one objective, one budget."""

from jaxaug.search.children import make_children
from jaxaug.search.grid import grid, randaugment_grid
from jaxaug.search.methods import METHODS
from jaxaug.search.objective import Cost, Objective, Scores, make_objective, train_children
from jaxaug.search.planted import planted
from jaxaug.search.random_search import random_search
from jaxaug.search.result import Method, SearchResult
from jaxaug.search.space import OPS, Space, check_space, choices, decode, encode, from_unit, op_shares, random_policies

__all__ = (
  'Cost',
  'METHODS',
  'Method',
  'OPS',
  'Objective',
  'Scores',
  'SearchResult',
  'Space',
  'check_space',
  'choices',
  'decode',
  'encode',
  'from_unit',
  'grid',
  'make_children',
  'make_objective',
  'op_shares',
  'planted',
  'randaugment_grid',
  'random_policies',
  'random_search',
  'train_children',
)
