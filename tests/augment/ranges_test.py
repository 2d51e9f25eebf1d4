"""Ranges are respected, and bad ones refused by name."""

import jax
import numpy as np
import pytest

from jaxaug.augment.ranges import between, check_range
from jaxaug.types import InputError


def test_what_is_drawn_fills_each_range():
  keys = jax.random.split(jax.random.key(0), 4000)
  one, two, same = np.asarray(jax.jit(jax.vmap(lambda key: between(key, (-2, 3), (0.0, 1.0), (0.7, 0.7))))(keys)).T
  assert -2 <= one.min() < -1.98 and 2.98 < one.max() < 3 and abs(one.mean() - 0.5) < 0.1
  assert (same == np.float32(0.7)).all() and abs(np.corrcoef(one, two)[0, 1]) < 0.05


@pytest.mark.parametrize('value', (-0.1, 1.5, (0.6, 0.4), (0.0, 1.1), (0.5,), (0, 0.5, 1), ('a', 'b'), None, float('nan')))
def test_bad_ranges_are_named(value):
  with pytest.raises(InputError, match='some.field'):
    check_range(value, 0, 1, 'some.field')


def test_good_ranges_pass():
  for value in (0, 1, 0.5, (0, 1), (0.5, 0.5)):
    check_range(value, 0, 1, 'some.field')
