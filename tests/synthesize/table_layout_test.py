"""Layouts: order, activations, probabilities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from jaxaug.synthesize.table_layout import (
  Span,
  activate,
  condition_width,
  draw_rows,
  log_probabilities,
  make_layout,
  row_width,
  runs,
  starts,
)
from jaxaug.types import InputError


@pytest.fixture
def layout():
  spans = [
    ('k', 'category', 3),
    ('x', 'scalar', 1),
    ('x', 'modes', 4),
    ('j', 'category', 2),
    ('y', 'scalar', 1),
    ('y', 'modes', 4),
  ]
  return make_layout([Span(*span) for span in spans])


def test_scalars_come_first_and_categories_last(layout):
  assert [span[:2] for span in layout] == [
    (c, k) for c, k in zip('xyxyjk', ['scalar'] * 2 + ['modes'] * 2 + ['category'] * 2)
  ]
  assert (row_width(layout), condition_width(layout)) == (15, 5)
  assert list(runs(layout)) == [('scalar', 0, 2, 1), ('modes', 2, 2, 4), ('category', 10, 1, 2), ('category', 12, 1, 3)]
  assert starts(layout)['k', 'category'] == 12


@pytest.mark.parametrize('spans', [[], [Span('a', 'number', 1)], [Span('a', 'modes', 0)], [Span('a', 'scalar', 2)]])
def test_spans_that_make_no_row_are_refused(spans):
  with pytest.raises(InputError, match='layout'):
    make_layout(spans)


def test_activated_rows_are_in_range_and_each_one_hot_sums_to_one(layout):
  raw = 3 * jax.random.normal(jax.random.key(0), (50, 15))
  rows = activate(layout, raw, jax.random.key(1))
  np.testing.assert_allclose(rows[:, :2], np.tanh(raw[:, :2]), rtol=1e-5)
  for begin, size in ((2, 4), (6, 4), (10, 2), (12, 3)):
    np.testing.assert_allclose(rows[:, begin : begin + size].sum(-1), 1, rtol=1e-5)
  assert np.isfinite(jax.grad(lambda raw: activate(layout, raw, jax.random.key(1)).sum())(raw)).all()


@pytest.mark.parametrize('draw', [activate, lambda layout, raw, key: draw_rows(layout, raw, jnp.full(2, 0.1), key)])
def test_the_largest_entry_is_a_draw_from_the_softmax(layout, draw):
  raw = jnp.arange(15.0)[None].repeat(20000, 0) / 3
  chosen = np.asarray(draw(layout, raw, jax.random.key(2)))[:, 12:].argmax(-1)
  expected = np.exp(log_softmax(np.arange(3) / 3))
  np.testing.assert_allclose(np.bincount(chosen) / 20000, expected, atol=4 * np.sqrt(0.25 / 20000))


def test_drawn_scalars_have_the_deviation_that_was_learnt(layout):
  raw = jnp.zeros((4000, 15)).at[:, 1].set(9.0)
  rows = np.asarray(draw_rows(layout, raw, jnp.array([0.2, 0.05]), jax.random.key(0)))
  assert abs(rows[:, 0].std() - 0.2) < 0.01 and abs(rows[:, 0].mean()) < 0.02
  assert rows[:, 1].max() == 1
  assert set(np.unique(rows[:, 2:])) == {0.0, 1.0}


def test_log_probabilities_are_those_of_each_one_hot(layout):
  raw = np.asarray(jax.random.normal(jax.random.key(0), (4, 15)))
  found = log_probabilities(layout, jnp.asarray(raw))
  np.testing.assert_array_equal(found[:, :2], 0)
  for begin, size in ((2, 4), (6, 4), (10, 2), (12, 3)):
    np.testing.assert_allclose(found[:, begin : begin + size], log_softmax(raw[:, begin : begin + size], -1), rtol=1e-5)
