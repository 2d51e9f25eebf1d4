"""Random search: draw policies evenly, keep the best."""

import jax
from tqdm import tqdm

from jaxaug.augment import Policy
from jaxaug.search.objective import Objective
from jaxaug.search.result import SearchResult, affordable, best, evaluated
from jaxaug.search.space import Space, random_policies
from jaxaug.types import InputError, Key


def random_search(objective: Objective, space: Space, budget: int, key: Key, *, top: int = 1) -> SearchResult:
  """Draws as many policies as the budget pays for, all evaluated under the same seeds.

  Args:
    objective: asked.
    space: of the policies.
    budget: child-steps.
    key: of the policies and of the children.
    top: how many of the best are joined, their sub-policies side by side.

  Returns:
    SearchResult.

  Raises:
    InputError: a budget below one trial, top below 1.
    FloatingPointError: every child diverged.

  Source: Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, 2012; joined as in Cubuk et al., AutoAugment, 2019.
  """
  if top < 1:
    raise InputError(f'random.top: {top} must be at least 1')
  key_policies, key_children = jax.random.split(key)
  policies, history = random_policies(key_policies, affordable(objective, budget), space), []
  bar = tqdm(total=len(policies), desc='random search', unit='policy', leave=False, disable=None)
  for at in range(0, len(policies), objective.children):
    evaluated(objective, policies[at : at + objective.children], jax.random.clone(key_children), history)
    bar.update(min(objective.children, len(policies) - at))
  joined = tuple(steps for policy in best(history, top) for steps in policy.sub_policies)
  return SearchResult(Policy(joined, space.source), history, objective.cost())
