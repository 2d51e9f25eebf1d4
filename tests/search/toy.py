"""An objective whose scores are known: of a table of ops, without children."""

import numpy as np

from jaxaug import search

SPACE = search.Space(('Rotate', 'Invert', 'Color', 'Solarize'), 2, 2)


def toy(worth: dict[str, float], noise: float = 0.0, seed: int = 0, children: int = 8, fails: str = '') -> search.Objective:
  """Each op's worth times its share of what a policy does, its mean magnitude times .1, and noise; policies with `fails` diverge."""
  random, spent = np.random.default_rng(seed), [0]

  def evaluate(policies, key):
    spent[0] += 10 * len(policies)
    value = np.array(
      [search.op_shares(policy, SPACE.ops) @ [worth.get(name, 0) for name in SPACE.ops] for policy in policies]
    )
    value += [0.1 * np.mean([step.low for steps in policy.sub_policies for step in steps]) for policy in policies]
    failed = np.array([any(fails in step.ops for steps in p.sub_policies for step in steps) for p in policies])
    value = np.where(failed, np.nan, value + noise * random.normal(size=len(policies)))
    return search.Scores(value, np.full(len(policies), noise), failed)

  return search.Objective(evaluate, lambda: search.Cost(spent[0], 0.0, 1, 0), SPACE, 10, children)
