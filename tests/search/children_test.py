"""Batches of children, and policies as the program takes them; what it trains is tested with the objective."""

import numpy as np

from jaxaug import augment, search
from jaxaug.search import children

SPACE = search.Space(('Rotate', 'Invert'), 2, 1)


def test_rows_are_shuffled_epochs():
  rows = children.rows_of(10, 7, 4, 3)
  assert rows.shape == (7, 4) and rows.dtype == np.int32
  for epoch in range(3):
    assert len(np.unique(rows[2 * epoch : 2 * epoch + 2])) == 8
  assert (children.rows_of(10, 7, 4, 4) != rows).any()


def test_policies_and_arrays_stack():
  policy = augment.Policy(((augment.Step(('Invert',), 0.5),),))
  arrays = augment.trace_policy(policy, SPACE.ops, (2, 1))
  found = children.stack([policy, arrays], SPACE, (2, 1))
  assert found.chance.shape == (2, 2, 1, 2) and all((a[0] == a[1]).all() for a in found)
