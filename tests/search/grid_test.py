"""The grids: cells, their best, a part where the budget is short."""

import jax
import pytest

from jaxaug import search
from jaxaug.types import InputError
from tests.search.toy import SPACE, toy


def test_each_op_alone():
  found = search.grid(toy({'Rotate': 1.0, 'Invert': -1.0}), SPACE, 10_000, jax.random.key(0))
  assert len(found.history) == 4 * 2 * 3
  kept = [step for steps in found.policy.sub_policies for step in steps]
  assert [(step.ops, step.low) for step in kept] == [(('Rotate',), 0.8)] * 2
  part = search.grid(toy({}), SPACE, 70, jax.random.key(0)).history
  assert len(part) == 7 and len({row['policy'] for row in part}) == 7
  with pytest.raises(InputError, match='grid.probabilities, grid.magnitudes'):
    search.grid(toy({}), SPACE, 70, jax.random.key(0), magnitudes=())


def test_randaugments_two_numbers():
  found = search.randaugment_grid(toy({}), SPACE, 10_000, jax.random.key(0))
  assert len(found.history) == 2 * 5 and found.policy.sub_policies[0][0].low == 0.9
  assert all(step.ops == SPACE.ops and step.probability == 0.8 for step in found.policy.sub_policies[0])
  with pytest.raises(InputError, match='randaugment.magnitudes'):
    search.randaugment_grid(toy({}), SPACE, 10, jax.random.key(0), magnitudes=())
