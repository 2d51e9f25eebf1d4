"""What every method is given and returns, and how it spends its budget."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaxaug.augment import Policy
from jaxaug.search.objective import Cost, Objective
from jaxaug.types import InputError, Key


class SearchResult(NamedTuple):
  """Of one search."""

  policy: Policy
  history: list[dict]  # a row a trial: `trial`, `score`, `error`, `failed`, `policy`, `child_steps` spent until then
  cost: Cost


Method = Callable[..., SearchResult]
"""(objective, space, budget in child-steps, key, **hyper) -> SearchResult."""


def affordable(objective: Objective, budget: int) -> int:
  """How many policies can be evaluated.

  Args:
    objective: whose price.
    budget: child-steps.

  Returns:
    At least 1.

  Raises:
    InputError: a budget below one trial.
  """
  if budget < objective.trial:
    raise InputError(f'budget: {budget} child-steps are less than one trial, which takes {objective.trial}')
  return budget // objective.trial


def evaluated(objective: Objective, policies: Sequence[Policy], key: Key, history: list[dict]) -> np.ndarray:
  """Scores of policies, which are added to the history.

  Args:
    objective: asked.
    policies: P.
    key: of the children.
    history: of the search; grows by P rows.

  Returns:
    [P] scores, -infinity where a child diverged.
  """
  found, spent = objective.evaluate(policies, key), objective.cost().child_steps
  for policy, score, error, failed in zip(policies, *found):
    row = dict(score=float(score), error=float(error), failed=bool(failed), policy=policy, child_steps=spent)
    history.append({'trial': len(history), **row})
  return np.where(found.failed, -np.inf, found.value)


def best(history: Sequence[dict], count: int = 1) -> list[Policy]:
  """The policies of the highest scores, the best first.

  Args:
    history: of a search.
    count: at most so many.

  Returns:
    At least one.

  Raises:
    FloatingPointError: every child diverged.
  """
  whole = [row for row in history if not row['failed']]
  if not whole:
    raise FloatingPointError(f'search: the children of all {len(history)} policies diverged; lower optimizer.learning_rate')
  return [row['policy'] for row in sorted(whole, key=lambda row: -row['score'])[:count]]
