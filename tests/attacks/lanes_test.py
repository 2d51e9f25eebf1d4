"""Rows through lanes: every row is taken to its end once, whatever the number of lanes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks.lanes import in_batches, lanes_for, run_lanes
from jaxaug.attacks.machine import Rows
from tests.attacks.machine_test import counting

LABELS = np.random.default_rng(0).integers(1, 9, 37)
ROWS = Rows(
  jax.random.split(jax.random.key(0), 37),
  np.arange(37, dtype=np.float32).reshape(37, 1, 1, 1),
  np.eye(9, dtype=np.float32)[LABELS],
  np.zeros((37, 1), np.int32),
)


@pytest.mark.parametrize('most, inner', ((8, 1), (16, 4), (64, 1)))
def test_all_rows_come_back_in_their_place(most, inner):
  seen = {}
  fooled, image = run_lanes(counting(2), lambda image: image[:, 0, 0], ROWS, most, found=seen.update, inner=inner)
  hit = LABELS <= 6
  assert (fooled == hit).all()
  np.testing.assert_array_equal(image[:, 0, 0, 0], np.arange(37) + np.where(hit, LABELS, 0))  # what is not fooled stays
  assert sorted(seen) == list(range(37)) and all(seen[i][0] == hit[i] for i in range(37))


def test_lanes_are_evenly_filled():
  for count, most in ((1, 256), (200, 256), (257, 256), (1000, 64), (37, 8)):
    lanes = lanes_for(count, most)
    assert lanes % 8 == 0 and -(-count // lanes) <= -(-count // most) and lanes < most + 8


def test_a_function_of_rows_is_cut_and_joined():
  values = np.random.default_rng(0).normal(size=(21, 3)).astype(np.float32)
  for most in (4, 8, 100):
    np.testing.assert_array_equal(
      in_batches(lambda a, b: a.sum(-1) + b, most)(values, np.arange(21)), jnp.asarray(values).sum(-1) + np.arange(21)
    )
