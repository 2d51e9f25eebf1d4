"""DP-SGD: clipping row by row, what one row can move, noise that comes once, batches as the accountant has them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.stats import binom

from jaxaug.synthesize import Mechanism, dp_epsilon, padded_size, poisson_rows, private_gradient, spending
from jaxaug.synthesize.dp_sgd import OVERFLOW
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
PARAMS = {'w': RANDOM.normal(size=(3, 2)).astype(np.float32), 'b': np.zeros(2, np.float32)}
ROWS = RANDOM.normal(size=(7, 3)).astype(np.float32) * np.float32([[0.1], [1], [1], [3], [9], [1], [0.5]])
THERE = np.float32([1, 1, 0, 1, 1, 1, 0])
QUIET = Mechanism(rows=50, batch_size=5, noise=1e-9, delta=1e-5, clip=4.0)


def loss(params, row):
  return jnp.square(jnp.tanh(row @ params['w'] + params['b']) - 1).sum()


def gradient(rows=ROWS, weight=THERE, mechanism=QUIET, piece=0, seed=0):
  run = jax.jit(lambda rows, weight, key: private_gradient(loss, PARAMS, rows, weight, key, mechanism, piece=piece))
  return run(rows, weight, jax.random.key(seed))


def flat(tree):
  return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize('piece', (0, 1, 3, 100))
def test_it_is_the_mean_of_clipped_gradients_in_pieces_of_any_size(piece):
  each = [jax.grad(loss)(PARAMS, row) for row, there in zip(ROWS, THERE) if there]
  norms = [np.linalg.norm(flat(one)) for one in each]
  assert min(norms) < QUIET.clip < max(norms)
  by_hand = sum(flat(one) * min(1, QUIET.clip / norm) for one, norm in zip(each, norms)) / QUIET.batch_size
  np.testing.assert_allclose(flat(gradient(piece=piece)), by_hand, atol=1e-6)
  leaves, form = jax.tree.flatten(jax.tree.map(lambda *a: jnp.stack(a), *each))
  theirs, _ = optax.per_example_global_norm_clip(leaves, QUIET.clip)
  np.testing.assert_allclose(by_hand * QUIET.batch_size, flat(jax.tree.unflatten(form, theirs)), atol=1e-5)


@pytest.mark.parametrize('value', (1e-3, 5.0, 1e18, 1e30, np.inf, np.nan))
def test_one_row_moves_the_sum_by_the_clip_at_most(value):
  linear = lambda params, row: (row @ params['w']).sum()  # its gradient is the row, which has no bound
  rows = np.concatenate([ROWS, np.full((1, 3), value, np.float32)])
  weight = np.ones(8, np.float32)
  run = jax.jit(lambda weight: private_gradient(linear, PARAMS, rows, weight, jax.random.key(0), QUIET))
  with_it, without = run(weight), run(np.float32([1] * 7 + [0]))
  moved = QUIET.batch_size * np.linalg.norm(flat(with_it) - flat(without))
  assert np.isfinite(moved) and moved <= QUIET.clip * (1 + 1e-5)
  if 1 < value < 1e10:
    assert moved == pytest.approx(QUIET.clip, rel=1e-4)


def test_noise_has_its_deviation_whatever_the_rows_and_another_one_for_each_key():
  mechanism = Mechanism(rows=100, batch_size=4, noise=3.0, delta=1e-5, clip=0.5)
  params = {'a': np.zeros((100, 200), np.float32), 'b': np.zeros(20_000, np.float32)}
  silent = lambda params, row: 0.0 * params['a'].sum() * row
  draw = jax.jit(lambda key, weight: private_gradient(silent, params, np.ones(3, np.float32), weight, key, mechanism))
  found = draw(jax.random.key(0), np.zeros(3, np.float32))
  for leaf in jax.tree.leaves(found):
    assert np.std(leaf) == pytest.approx(3.0 * 0.5 / 4, rel=0.02) and abs(np.mean(leaf)) < 0.02
  assert abs(np.corrcoef(found['a'].ravel(), found['b'])[0, 1]) < 0.03
  assert (flat(draw(jax.random.key(0), np.ones(3, np.float32))) == flat(found)).all()
  assert abs(np.corrcoef(flat(draw(jax.random.key(1), np.zeros(3, np.float32))), flat(found))[0, 1]) < 0.03


def test_two_devices_add_their_sums_and_the_noise_once():
  mechanism = QUIET._replace(noise=2.0)
  rows, weight = np.concatenate([ROWS, ROWS[:1]]), np.concatenate([THERE, [1]]).astype(np.float32)
  both = jax.pmap(
    lambda rows, weight: private_gradient(loss, PARAMS, rows, weight, jax.random.key(0), mechanism, axis='device'),
    axis_name='device',
  )(rows.reshape(2, 4, 3), weight.reshape(2, 4))
  one = gradient(rows, weight, mechanism)
  np.testing.assert_allclose(flat(jax.tree.map(lambda a: a[0], both)), flat(one), atol=1e-5)
  np.testing.assert_array_equal(*[flat(jax.tree.map(lambda a: a[n], both)) for n in (0, 1)])


def examples(rows):
  return {'encoded': np.arange(rows, dtype=np.float32)[:, None], 'condition': np.zeros((rows, 0), np.float32)}


def test_each_row_is_drawn_by_itself_at_the_rate():
  mechanism = Mechanism(rows=40, batch_size=8, noise=1.0, delta=1e-5, batches=2)
  size, draws = padded_size(mechanism), 1500
  run = jax.jit(jax.vmap(lambda key: poisson_rows(mechanism)(key, examples(40), size)))
  batch = run(jax.random.split(jax.random.key(0), draws))
  assert batch['weight'].shape == (draws, 2, size) and batch['condition'].shape == (draws, 2, size, 0)
  taken = np.asarray(batch['encoded'])[..., 0, None] == np.arange(40)
  there = (taken & (np.asarray(batch['weight'])[..., None] > 0)).sum(2)
  assert there.max() == 1
  error = np.sqrt(0.2 * 0.8 / (2 * draws))
  assert np.abs(there.mean((0, 1)) - 0.2).max() < 4.5 * error
  counts = there.sum(-1)
  assert counts.var() == pytest.approx(40 * 0.2 * 0.8, rel=0.1)  # binomial: a batch of one size would have none
  assert abs(np.corrcoef(counts.T)[0, 1]) < 0.1  # the two of an update are not the same
  assert np.abs(np.corrcoef(there[:, 0].T) - np.eye(40)).max() < 0.12


@pytest.mark.parametrize('axis', ('device', None))
def test_devices_draw_from_rows_of_their_own(axis):
  """Also where nobody named the axis: rows in a batch twice would cost twice the privacy."""
  mechanism = Mechanism(rows=9, batch_size=6, noise=1.0, delta=1e-5)
  size = padded_size(mechanism, 2) // 2
  draw = poisson_rows(mechanism, axis)
  keys = jax.random.split(jax.random.key(0), 2)
  batch = jax.pmap(lambda key: draw(key, examples(9), size), axis_name='device')(keys)
  for device in (0, 1):
    taken = np.asarray(batch['encoded'][device, 0, :, 0])[np.asarray(batch['weight'][device, 0]) > 0]
    assert len(taken) and set(taken.astype(int) % 2) == {device}


@pytest.mark.parametrize('rows, batch_size, devices', [(100_000, 256, 1), (100_000, 256, 8), (1000, 500, 2), (10, 9, 1)])
def test_a_batch_overflows_its_padding_hardly_ever(rows, batch_size, devices):
  mechanism = Mechanism(rows=rows, batch_size=batch_size, noise=1.0, delta=1e-5)
  size = padded_size(mechanism, devices)
  each = -(-rows // devices)
  over = lambda size: devices * binom.sf(size, each, mechanism.rate)
  assert size % devices == 0 and size // devices <= each and over(size // devices) <= OVERFLOW
  if rows > 10:
    assert over(size // devices - 1) > OVERFLOW and size < rows


def test_what_was_spent_is_told():
  mechanism = Mechanism(rows=100, batch_size=10, noise=2.0, delta=1e-4, batches=3)
  told = spending(mechanism)({}, 20)
  assert told['epsilon'] == dp_epsilon(2.0, 0.1, 60, 1e-4)
  assert told['delta'] == pytest.approx(1e-4, rel=1e-6) and told['delta'] > 1e-4


def test_what_the_accounting_does_not_cover_is_refused():
  mechanism = Mechanism(rows=40, batch_size=8, noise=1.0, delta=1e-5)
  size = padded_size(mechanism)
  with pytest.raises(InputError, match=f'fit.batch_size: {size - 1} must be at least {size}'):
    poisson_rows(mechanism)(jax.random.key(0), examples(40), size - 1)
  with pytest.raises(InputError, match='mechanism.rows: 40, the training set has 41'):
    poisson_rows(mechanism)(jax.random.key(0), examples(41), size)
  for field, value in (('noise', 0.0), ('clip', -1.0), ('batches', 0), ('delta', np.nan)):
    with pytest.raises(InputError, match=f'mechanism.{field}: {value} must be above 0'):
      poisson_rows(mechanism._replace(**{field: value}))
  with pytest.raises(InputError, match='batch_size 41 must be at most rows 40'):
    spending(mechanism._replace(batch_size=41))
