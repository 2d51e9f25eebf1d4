"""The generators behind TabularSynthesizer: how they draw, and how long they train."""

import jax
import numpy as np
import pandas as pd
import pytest

from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.table_codec import table_codec
from jaxaug.synthesize.table_columns import to_matrix
from jaxaug.synthesize.table_models import RECIPES, Neural, default_steps, learn_copula, neural_sampler
from jaxaug.synthesize.table_rows import category_counts
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def frame():
  random = np.random.default_rng(0)
  return pd.DataFrame(
    {'x': random.normal(size=60), 'k': random.choice(['a', 'b'], 60), 'm': random.choice(['p', 'q', None], 60)}
  )


def untrained(name, frame):
  codec = table_codec(numbers=RECIPES[name].numbers)
  learnt = codec.fit(frame)
  settings = dict(width=8, depth=1) if name == 'diffusion' else dict(widths=(8,))
  generator = RECIPES[name].make(learnt.layout, **settings)
  counts = category_counts(learnt.layout, codec.encode(learnt, frame))
  variables = evaluated(jax.jit(generator.init)(jax.random.key(0)))
  return Neural(
    name, learnt, counts, jax.tree.map(lambda a: a + 0.05, variables), settings
  )  # what starts at zero says nothing


@pytest.mark.parametrize('name', RECIPES)
def test_a_generator_draws_rows_of_the_table_the_same_with_the_same_seed(name, frame):
  neural = untrained(name, frame)
  sampler = neural_sampler(neural)
  matrix = sampler(501, {1: 1.0, 2: np.nan}, 5)
  assert matrix.shape == (501, 3)
  codes = to_matrix(neural.learnt.columns, frame)
  for at in (1, 2):
    assert set(matrix[~np.isnan(matrix[:, at]), at]) <= set(codes[~np.isnan(codes[:, at]), at])
  np.testing.assert_array_equal(matrix[:100], sampler(100, {1: 1.0, 2: np.nan}, 5))
  assert not np.array_equal(matrix[:100], sampler(100, {1: 1.0, 2: np.nan}, 6), equal_nan=True)
  assert not np.array_equal(matrix[:100], sampler(100, {}, 5), equal_nan=True)


@pytest.mark.parametrize('rows, steps', [(100, 2000), (3000, 2000), (5000, 3000), (10**6, 20000)])
def test_a_small_table_gets_as_many_updates_as_a_larger_one(rows, steps):
  assert default_steps(rows, 500) == steps


def test_the_column_that_splits_a_copula(frame):
  assert learn_copula(frame, None, 100, 'm')[1].by == 2
  assert learn_copula(frame, None, 100, None)[1].by == -1
  for by, says in (('x', "column 'x' is no discrete column"), ('z', "by: 'z' is unknown")):
    with pytest.raises(InputError, match=says):
      learn_copula(frame, None, 100, by)
