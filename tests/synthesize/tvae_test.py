"""TVAE: its reconstruction in closed form, and that it learns the numbers that go with a category."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import norm

from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.table_layout import Span, make_layout
from jaxaug.synthesize.table_rows import category_counts, masked_rows, table_examples
from jaxaug.synthesize.tvae import row_loss, tvae
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def layout():
  return make_layout([Span('x', 'scalar', 1), Span('y', 'scalar', 1), Span('a', 'category', 2), Span('b', 'category', 3)])


def test_the_reconstruction_is_the_likelihood_of_a_row(layout):
  random = np.random.default_rng(0)
  raw, scale = random.normal(size=(4, 7)), np.array([0.3, 0.05])
  rows = np.concatenate([random.uniform(-1, 1, (4, 2)), np.eye(2)[[0, 1, 1, 0]], np.eye(3)[[2, 0, 1, 1]]], -1)
  scalars = norm.logpdf(rows[:, :2], np.tanh(raw[:, :2]), scale).sum(-1) + np.log(2 * np.pi)  # without its constant
  choices = (rows[:, 2:4] * log_softmax(raw[:, 2:4], -1)).sum(-1) + (rows[:, 4:] * log_softmax(raw[:, 4:], -1)).sum(-1)
  found = row_loss(layout, jnp.asarray(rows), jnp.asarray(raw), jnp.asarray(scale))
  np.testing.assert_allclose(found, -(scalars + choices), rtol=1e-4)


def test_it_learns_what_goes_together_and_answers_to_conditions(layout):
  random = np.random.default_rng(0)
  a, b = random.choice(2, 400), random.choice(3, 400, p=[0.6, 0.3, 0.1])
  x, y = random.normal(np.where(b == 0, -0.5, 0.5), 0.05), random.normal(np.where(a == 0, -0.3, 0.3), 0.05)
  encoded = np.concatenate([x[:, None], y[:, None], np.eye(2)[a], np.eye(3)[b]], -1).astype(np.float32)
  generator = tvae(layout, latent=4, widths=(32,), learning_rate=5e-3)
  draw = masked_rows(layout, category_counts(layout, encoded))
  examples = jax.tree.map(jnp.asarray, table_examples(layout, encoded))

  def one(state, _):
    return generator.update(state, draw(jax.random.fold_in(jax.random.key(9), state.step), examples, 100))

  state, metrics = jax.jit(lambda state: jax.lax.scan(one, state, None, 1000))(jax.jit(generator.init)(jax.random.key(0)))
  assert metrics['loss'][-50:].mean() < metrics['loss'][0]
  sample = jax.jit(generator.sample)
  free = np.asarray(sample(evaluated(state), jax.random.key(1), jnp.zeros((1000, 5))))
  np.testing.assert_allclose(free[:, 2:].mean(0), [0.5, 0.5, 0.6, 0.3, 0.1], atol=0.12)
  told = np.asarray(sample(evaluated(state), jax.random.key(2), jnp.zeros((1000, 5)).at[:, [1, 2]].set(1.0)))
  assert (told[:, 3] == 1).mean() > 0.9 and (told[:, 4] == 1).mean() > 0.9
  np.testing.assert_allclose(np.median(told[:, :2], 0), [-0.5, 0.3], atol=0.15)
  again = sample(evaluated(state), jax.random.key(2), jnp.zeros((1000, 5)).at[:3, [1, 2]].set(1.0))
  np.testing.assert_array_equal(again[:3], told[:3])  # a row depends on its own condition only


def test_numbers_out_of_range_are_refused(layout):
  with pytest.raises(InputError, match='factor 0'):
    tvae(layout, factor=0.0)
