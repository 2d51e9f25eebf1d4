"""Which rows and conditions are drawn: closed-form frequencies."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.synthesize.table_layout import Span, make_layout
from jaxaug.synthesize.table_rows import (
  category_counts,
  frequent_conditions,
  log_frequency,
  masked_rows,
  no_conditions,
  table_examples,
  training_by_sampling,
  true_frequency,
)

ROWS = 200


@pytest.fixture(scope='module')
def table():
  """A scalar that is the row's number, and two discrete columns of 2 and 3 categories, one of which is rare."""
  layout = make_layout([Span('x', 'scalar', 1), Span('a', 'category', 2), Span('b', 'category', 3)])
  random = np.random.default_rng(0)
  a, b = random.choice(2, ROWS, p=[0.9, 0.1]), random.choice(3, ROWS, p=[0.6, 0.38, 0.02])
  encoded = np.concatenate([np.arange(ROWS)[:, None], np.eye(2)[a], np.eye(3)[b]], -1).astype(np.float32)
  return layout, encoded, category_counts(layout, encoded)


def test_frequencies_are_those_of_the_paper(table):
  layout, encoded, counts = table
  np.testing.assert_array_equal(counts, encoded[:, 1:].sum(0))
  a, b = np.log1p(counts[:2]), np.log1p(counts[2:])
  np.testing.assert_allclose(log_frequency(layout, counts), np.r_[a / a.sum(), b / b.sum()] / 2)
  np.testing.assert_allclose(true_frequency(layout, counts), counts / ROWS / 2)


def test_training_by_sampling_draws_categories_by_log_frequency_and_rows_that_have_them(table):
  layout, encoded, counts = table
  draw = jax.jit(training_by_sampling(layout, counts), static_argnums=2)
  size = 20000
  batch = jax.tree.map(np.asarray, draw(jax.random.key(0), table_examples(layout, encoded), size))
  condition = batch['condition']
  assert condition.shape == (size, 5) and (condition.sum(-1) == 1).all()
  assert ((batch['encoded'][:, 1:] * condition).sum(-1) == 1).all()  # the second column as well as the first
  np.testing.assert_allclose(condition.mean(0), log_frequency(layout, counts), atol=4 * np.sqrt(0.25 / size))
  rare = batch['encoded'][condition[:, 4] == 1, 0]
  shares = np.bincount(rare.astype(int), minlength=ROWS)[encoded[:, 5] == 1] / len(rare)
  np.testing.assert_allclose(shares, 1 / counts[4], atol=4 * np.sqrt(0.25 / len(rare)))


def test_a_table_without_discrete_columns_has_an_empty_condition():
  layout = make_layout([Span('x', 'scalar', 1)])
  encoded = np.arange(9.0, dtype=np.float32)[:, None]
  examples, counts = table_examples(layout, encoded), category_counts(layout, encoded)
  for make in (training_by_sampling, masked_rows):
    batch = make(layout, counts)(jax.random.key(0), jax.tree.map(jnp.asarray, examples), 50)
    assert batch['condition'].shape == (50, 0) and len(np.unique(batch['encoded'])) > 5
  assert frequent_conditions(layout, counts, np.random.default_rng(0), 4).shape == (4, 0)


@pytest.mark.parametrize('shift', [0.0, 0.5])
def test_masked_rows_tell_some_of_their_own_categories(table, shift):
  layout, encoded, counts = table
  encoded = np.concatenate([encoded[:, :1], encoded[:, 1:] - shift], -1)
  draw = jax.jit(masked_rows(layout, counts), static_argnums=2)
  batch = jax.tree.map(np.asarray, draw(jax.random.key(0), table_examples(layout, encoded), 9000))
  told = np.stack([batch['condition'][:, :2].sum(-1), batch['condition'][:, 2:].sum(-1)], -1)
  assert set(np.unique(told)) == {0.0, 1.0}
  assert (batch['condition'] <= batch['encoded'][:, 1:] + shift).all()
  both = [(told.sum(-1) == k).mean() for k in (0, 1, 2)]  # each 1 / 3: the share that is told is uniform
  np.testing.assert_allclose(both, 1 / 3, atol=4 * np.sqrt(0.25 / 9000))


def test_sampling_asks_for_categories_by_their_true_frequency(table):
  layout, _, counts = table
  found = frequent_conditions(layout, counts, np.random.default_rng(0), 20000)
  assert (found.sum(-1) == 1).all()
  np.testing.assert_allclose(found.mean(0), counts / ROWS / 2, atol=4 * np.sqrt(0.25 / 20000))
  assert not no_conditions(layout, counts, np.random.default_rng(0), 3).any()
