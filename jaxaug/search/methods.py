"""Searches by name."""

from jaxaug.search.bayesian import gaussian_process, tpe
from jaxaug.search.grid import grid, randaugment_grid
from jaxaug.search.random_search import random_search
from jaxaug.search.reinforce import reinforcement
from jaxaug.search.result import Method

METHODS: dict[str, Method] = {
  'random': random_search,
  'grid': grid,
  'randaugment': randaugment_grid,
  'rl': reinforcement,
  'gp': gaussian_process,
  'tpe': tpe,
}
"""name: (objective, space, budget in child-steps, key, **hyper) -> SearchResult; what follows the star is the method's config."""
