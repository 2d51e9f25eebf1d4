"""Both modes give the same numbers; rows come back whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import parallel
from jaxaug.types import InputError

BATCH = {'x': np.arange(8, dtype=np.float32).reshape(4, 2)}


def step(state, resident, batch):
  mean = jax.lax.pmean(batch['x'].sum(), parallel.AXIS)
  noise = jax.random.normal(jax.random.fold_in(state['key'], jax.lax.axis_index(parallel.AXIS)), ())
  return {'key': state['key'], 'w': state['w'] + mean + resident['c'], 'noise': jax.lax.pmean(noise, parallel.AXIS)}


def state():
  return parallel.replicate({'key': jax.random.key(1), 'w': np.zeros(3, np.float32), 'noise': np.float32(0)})


def test_programs_of_a_long_series_are_let_go(monkeypatch):
  freed = []
  monkeypatch.setattr(jax, 'clear_caches', lambda: freed.append('now'))  # what jit itself still holds is its own affair
  for done in range(1, 21):
    parallel.free_programs(done)
  assert len(freed) == 2
  parallel.free_programs(9, every=1)
  assert len(freed) == 3


def test_modes_agree_bit_for_bit_and_feed_themselves():
  resident = parallel.replicate({'c': np.float32(1)})
  ends = []
  for mode in parallel.MODES:
    run, now = parallel.every_device(step, mode), state()
    for _ in range(3):
      now = run(now, resident, BATCH)
    ends.append(jax.device_get({k: now[k] for k in ('w', 'noise')}))
  assert ends[0]['w'].tolist() == [3 * (28 / 2 + 1)] * 3
  assert all((ends[0][k] == ends[1][k]).all() for k in ends[0])


@pytest.mark.parametrize('mode', parallel.MODES)
def test_only_the_very_batch_given_last_is_taken_as_sent(mode):
  run = parallel.every_device(lambda state, _, batch: jax.lax.pmean(batch['x'].sum(), parallel.AXIS), mode)
  other = {'x': BATCH['x'] + 1}
  assert [float(run(0.0, {}, b)) for b in (BATCH, BATCH, other, dict(BATCH), other)] == [14, 14, 18, 14, 18]


def test_two_devices_are_at_work():
  assert parallel.device_count() == 2 and parallel.part() == (0, 1) and parallel.is_main()


def test_every_example_returns_all_rows_in_order():
  run = parallel.every_example(lambda scale, key, batch: {'y': scale * batch['x'], 'i': batch['x'][:, 0]})
  out = run(parallel.replicate(np.float32(2)), jax.random.key(0), BATCH)
  assert (out['y'] == 2 * BATCH['x']).all() and out['i'].tolist() == [0, 2, 4, 6]


def test_replicate_puts_values_and_keys_on_every_device():
  placed = parallel.replicate({'k': jax.random.key(5), 'a': jnp.arange(3)})
  assert len(placed['a'].sharding.device_set) == 2 and len(placed['k'].sharding.device_set) == 2
  assert (jax.random.key_data(placed['k']) == jax.random.key_data(jax.random.key(5))).all()


def test_bad_choices_are_named():
  with pytest.raises(InputError, match='train.parallel.*pmap, shard_map'):
    parallel.every_device(step, 'pjit')
  with pytest.raises(InputError, match='train.batch_size: 7 does not divide among 2 devices'):
    parallel.check_batch(7, 'train.batch_size')


@pytest.mark.parametrize('cores, devices', ((1, 1), (2, 2), (3, 2), (6, 4), (8, 8), (64, 8)))
def test_a_cpu_is_cut_into_a_power_of_two(monkeypatch, cores, devices):
  asked = {}
  monkeypatch.delenv('JAX_NUM_CPU_DEVICES', raising=False)
  monkeypatch.setattr(parallel.os, 'sched_getaffinity', lambda pid: range(cores))
  monkeypatch.setattr(parallel.jax.config, 'update', lambda name, value: asked.update({name: value}))
  parallel.initialize()
  assert asked == {'jax_num_cpu_devices': devices}
