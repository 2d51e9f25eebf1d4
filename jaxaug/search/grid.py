"""Searches on a grid: each op alone, and RandAugment's N and M."""

import itertools

import jax
import numpy as np
from tqdm import tqdm

from jaxaug.augment import Policy, Step
from jaxaug.search.objective import Objective
from jaxaug.search.result import SearchResult, affordable, best, evaluated
from jaxaug.search.space import Space
from jaxaug.types import InputError, Key


def _tried(objective: Objective, policies: list[Policy], budget: int, key: Key, title: str) -> list[dict]:
  """The history of a grid, of a random part of it where the budget does not pay for all."""
  key_order, key_children = jax.random.split(key)
  count, history = affordable(objective, budget), []
  if count < len(policies):
    order = np.asarray(jax.random.permutation(key_order, len(policies)))[:count]
    policies = [policies[i] for i in sorted(order)]
  bar = tqdm(total=len(policies), desc=title, unit='policy', leave=False, disable=None)
  for at in range(0, len(policies), objective.children):
    evaluated(objective, policies[at : at + objective.children], jax.random.clone(key_children), history)
    bar.update(min(objective.children, len(policies) - at))
  return history


def grid(
  objective: Objective,
  space: Space,
  budget: int,
  key: Key,
  *,
  probabilities: tuple[float, ...] = (0.5, 1.0),
  magnitudes: tuple[float, ...] = (0.2, 0.5, 0.8),
) -> SearchResult:
  """Each op alone at each probability and magnitude; the best of these are the sub-policies.

  Args:
    objective: asked.
    space: its ops, and how many sub-policies are kept.
    budget: child-steps; a random part of the grid where it does not pay for all.
    key: of that part and of the children.
    probabilities, magnitudes: of the grid, in [0, 1].

  Returns:
    SearchResult.

  Raises:
    InputError: a budget below one trial, no probabilities or magnitudes.
    FloatingPointError: every child diverged.
  """
  if not probabilities or not magnitudes:
    raise InputError('grid.probabilities, grid.magnitudes: there must be at least one of each')
  cells = itertools.product(space.ops, probabilities, magnitudes)
  policies = [Policy(((Step((op,), share, strength, strength),),), space.source) for op, share, strength in cells]
  history = _tried(objective, policies, budget, key, 'grid')
  kept = tuple(steps for policy in best(history, space.sub_policies) for steps in policy.sub_policies)
  return SearchResult(Policy(kept, space.source), history, objective.cost())


def randaugment_grid(
  objective: Objective, space: Space, budget: int, key: Key, *, magnitudes: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
) -> SearchResult:
  """RandAugment's two numbers: N steps from 1 to the space's, all ops of the space, one magnitude M.

  Args:
    objective: asked.
    space: its ops, and the largest N.
    budget: child-steps; a random part of the grid where it does not pay for all.
    key: of that part and of the children.
    magnitudes: M as a share of the largest, in [0, 1].

  Returns:
    SearchResult; its policy does nothing in one of O + 1 steps, as RandAugment's list holds Identity.

  Raises:
    InputError: a budget below one trial, no magnitudes.
    FloatingPointError: every child diverged.

  Source: Cubuk et al., RandAugment, 2020, section 3.
  """
  if not magnitudes:
    raise InputError('randaugment.magnitudes: there must be at least one')
  share = len(space.ops) / (len(space.ops) + 1)
  step = lambda strength: Step(space.ops, share, strength, strength)
  cells = itertools.product(range(1, space.steps + 1), magnitudes)
  policies = [Policy(((step(strength),) * n,), space.source) for n, strength in cells]
  history = _tried(objective, policies, budget, key, 'RandAugment')
  return SearchResult(best(history)[0], history, objective.cost())
