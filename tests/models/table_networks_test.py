"""Networks of tables: packs, dropout, batch statistics, ranges."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models.table_networks import TableCritic, TableDecoder, TableEncoder, TableGenerator
from jaxaug.types import InputError


def test_a_pack_is_scored_by_its_own_rows_only():
  critic = TableCritic(pack=5, widths=(8,))
  rows, condition = jax.random.normal(jax.random.key(0), (15, 3)), jnp.ones((15, 2))
  params = critic.init(jax.random.key(1), rows, condition)
  scores = critic.apply(params, rows, condition)
  changed = critic.apply(params, rows.at[7].add(1.0), condition)
  assert scores.shape == (3,)
  assert (scores != changed).tolist() == [False, True, False]
  assert params['params']['Dense_0']['kernel'].shape == (5 * (3 + 2), 8)


def test_rows_that_do_not_fill_packs_are_refused():
  with pytest.raises(InputError, match='12 rows do not fill packs of 10'):
    TableCritic().init(jax.random.key(0), jnp.zeros((12, 3)), jnp.zeros((12, 0)))


def test_a_unit_that_is_not_kept_says_nothing():
  critic = TableCritic(pack=1, widths=(8, 4))
  rows, condition = jax.random.normal(jax.random.key(0), (6, 3)), jnp.zeros((6, 0))
  params = critic.init(jax.random.key(1), rows, condition)
  np.testing.assert_array_equal(
    critic.apply(params, rows, condition, jnp.ones((6, 12))), critic.apply(params, rows, condition)
  )
  none = critic.apply(params, rows, condition, jnp.ones((6, 12)).at[:, 8:].set(0.0))
  np.testing.assert_array_equal(none, np.full(6, params['params']['Dense_2']['bias'][0]))


def test_the_generator_normalises_by_the_batch_in_training_and_row_by_row_in_sampling():
  network = TableGenerator(5, (8, 8))
  noise, condition = jax.random.normal(jax.random.key(0), (16, 4)), jnp.ones((16, 2))
  variables = network.init(jax.random.key(1), noise, condition)
  assert variables['params']['Dense_2']['kernel'].shape == (8 + 8 + 4 + 2, 5)  # each block keeps what it was given
  changed = noise.at[3].add(1.0)
  alone, other = network.apply(variables, noise, condition), network.apply(variables, changed, condition)
  assert (alone != other).any(-1).tolist() == [row == 3 for row in range(16)]
  trained, kept = network.apply(variables, noise, condition, train=True, mutable=['batch_stats'])
  assert (trained != network.apply(variables, changed, condition, train=True, mutable=['batch_stats'])[0]).any(-1).all()
  raw = noise_through_dense(variables, noise, condition)
  mean = kept['batch_stats']['BatchNorm_0']['mean']
  np.testing.assert_allclose(mean, 0.1 * raw.mean(0), rtol=1e-4, atol=1e-6)


def noise_through_dense(variables, noise, condition):
  dense = variables['params']['Dense_0']
  return np.concatenate([noise, condition], -1) @ np.asarray(dense['kernel']) + np.asarray(dense['bias'])


def test_deviations_stay_between_a_hundredth_and_one():
  decoder = TableDecoder(4, 3, (8,))
  params = decoder.init(jax.random.key(0), jnp.zeros((2, 5)), jnp.zeros((2, 0)))['params']
  params = {**params, 'deviation': jnp.asarray([-1.0, 0.5, 7.0])}
  raw, deviation = decoder.apply({'params': params}, jnp.zeros((2, 5)), jnp.zeros((2, 0)))
  assert raw.shape == (2, 4)
  np.testing.assert_allclose(deviation, [0.01, 0.5, 1.0])


def test_the_encoder_gives_a_mean_and_a_log_variance():
  encoder = TableEncoder(6, (8,))
  (mean, log_variance), _ = encoder.init_with_output(jax.random.key(0), jnp.ones((3, 4)), jnp.ones((3, 2)))
  assert mean.shape == log_variance.shape == (3, 6)
  assert (mean != log_variance).any()
