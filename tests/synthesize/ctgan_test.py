"""CTGAN: closed forms of its losses, packs, and that it answers to a condition on any column."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from jaxaug.synthesize.ctgan import condition_loss, ctgan
from jaxaug.synthesize.gan_losses import gradient_penalty
from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.table_layout import Span, make_layout, row_width
from jaxaug.synthesize.table_rows import category_counts, table_examples, training_by_sampling
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def table():
  """Two discrete columns; the number is about -.5 or .5 by the second of them."""
  layout = make_layout([Span('x', 'scalar', 1), Span('a', 'category', 2), Span('b', 'category', 3)])
  random = np.random.default_rng(0)
  a, b = random.choice(2, 400), random.choice(3, 400, p=[0.6, 0.3, 0.1])
  x = random.normal(np.where(b == 0, -0.5, 0.5), 0.05)
  return layout, np.concatenate([x[:, None], np.eye(2)[a], np.eye(3)[b]], -1).astype(np.float32)


@pytest.fixture(scope='module')
def trained(table):
  layout, encoded = table
  generator = ctgan(layout, widths=(32,), noise=8, learning_rate=2e-3)
  draw = training_by_sampling(layout, category_counts(layout, encoded))
  examples = jax.tree.map(jnp.asarray, table_examples(layout, encoded))

  def one(state, _):
    return generator.update(state, draw(jax.random.fold_in(jax.random.key(9), state.step), examples, 100))

  state, metrics = jax.jit(lambda state: jax.lax.scan(one, state, None, 800))(jax.jit(generator.init)(jax.random.key(0)))
  return generator, state, metrics


def test_it_answers_to_a_condition_on_either_column_and_learns_what_goes_with_it(trained):
  generator, state, metrics = trained
  sample = jax.jit(generator.sample)
  for number, k in enumerate((1, 2, 4)):
    rows = np.asarray(sample(evaluated(state), jax.random.key(number), jnp.zeros((500, 5)).at[:, k].set(1.0)))
    column = rows[:, 1:3].argmax(-1) if k < 2 else 2 + rows[:, 3:].argmax(-1)
    assert (column == k).mean() > 0.9
    if k >= 2:
      assert np.median(rows[:, 0]) * (-1 if k == 2 else 1) > 0.2
  assert metrics['condition'][-1] < metrics['condition'][0] / 3
  assert all(np.isfinite(values).all() for values in metrics.values())


def test_a_sampled_row_depends_on_its_own_condition_only(trained):
  generator, state, _ = trained
  sample = jax.jit(generator.sample)
  condition = jnp.zeros((500, 5)).at[:, 0].set(1.0)
  rows = sample(evaluated(state), jax.random.key(0), condition)
  other = sample(evaluated(state), jax.random.key(0), condition.at[5:].set(0.0))
  np.testing.assert_array_equal(rows[:5], other[:5])
  assert (rows[5:] != other[5:]).any()


def test_the_average_follows_the_weights(trained):
  _, state, _ = trained
  moved = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max()), state.ema['params'], state.params['generator'])
  assert 0 < max(jax.tree.leaves(moved)) < 1


def test_the_penalty_of_a_linear_critic_is_that_of_its_pack():
  weight = jax.random.normal(jax.random.key(0), (4, 3))  # of a pack of 4 rows
  scores = lambda weight, packs: jnp.einsum('bpd,pd->b', packs, weight)
  real, fake = jax.random.normal(jax.random.key(1), (2, 5, 4, 3))
  found = gradient_penalty(scores, weight, real, fake, jax.random.key(2))
  np.testing.assert_allclose(found, (np.linalg.norm(weight) - 1) ** 2, rtol=1e-5)


def test_the_condition_loss_is_the_cross_entropy_of_the_column_that_is_named(table):
  layout, _ = table
  raw = np.random.default_rng(0).normal(size=(4, row_width(layout))).astype(np.float32)
  condition = np.eye(5, dtype=np.float32)[[0, 1, 3, 4]]
  a, b = log_softmax(raw[:, 1:3], -1), log_softmax(raw[:, 3:], -1)
  np.testing.assert_allclose(
    condition_loss(layout, raw, condition), -np.mean([a[0, 0], a[1, 1], b[2, 1], b[3, 2]]), rtol=1e-5
  )
  assert condition_loss(make_layout([Span('x', 'scalar', 1)]), raw[:, :1], np.zeros((4, 0))) == 0


def test_the_same_key_gives_the_same_state(table):
  layout, encoded = table
  generator = ctgan(layout, widths=(8,), noise=4, pack=2)
  batch = {'encoded': encoded[:8], 'condition': np.zeros((8, 5), np.float32)}
  update = jax.jit(generator.update)
  states = [update(jax.jit(generator.init)(jax.random.key(3)), batch)[0] for _ in range(2)]
  jax.tree.map(np.testing.assert_array_equal, *[(s.params, s.batch_stats, s.ema) for s in states])


def test_what_cannot_be_used_is_refused(table):
  layout, encoded = table
  with pytest.raises(InputError, match='pack 0'):
    ctgan(layout, pack=0)
  generator = ctgan(layout, widths=(8,), noise=4)
  with pytest.raises(InputError, match='25 rows on a device do not fill packs of 10'):
    generator.update(generator.init(jax.random.key(0)), {'encoded': encoded[:25], 'condition': np.zeros((25, 5))})
