"""Devices and processes. The only file that names pmap and jax.distributed."""

import os
from collections.abc import Callable

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxaug.types import Batch, InputError, Key, PyTree

AXIS = 'device'
MODES = ('pmap', 'shard_map')


def initialize(cpu_devices: int = 0) -> None:
  """Makes the devices ready; call once, before the first array.

  Joins the other processes when the environment names them: JAX_COORDINATOR_ADDRESS with JAXAUG_NUM_PROCESSES and
  JAXAUG_PROCESS_ID (as `launch/local.py` sets them), or a SLURM step or Open MPI job of several tasks.

  Args:
    cpu_devices: into how many devices a CPU is cut; two devices on two cores take 1.6 times less for a PGD step than one,
      since XLA uses the cores badly inside one convolution (`python -m benchmarks.pgd`). 0 takes JAX_NUM_CPU_DEVICES, else
      the largest power of two that is at most the number of cores and 8.
  """
  env = os.environ
  if (
    'JAX_NUM_CPU_DEVICES' not in env
    and 'xla_force_host_platform_device_count' not in env.get('XLA_FLAGS', '')
    or cpu_devices
  ):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    jax.config.update('jax_num_cpu_devices', cpu_devices or 1 << (min(cores, 8).bit_length() - 1))
  if 'JAXAUG_NUM_PROCESSES' in env:
    timeouts = dict(initialization_timeout=60, heartbeat_timeout_seconds=15, shutdown_timeout_seconds=15)
    jax.distributed.initialize(
      env['JAX_COORDINATOR_ADDRESS'], int(env['JAXAUG_NUM_PROCESSES']), int(env['JAXAUG_PROCESS_ID']), **timeouts
    )
  elif int(env.get('SLURM_NTASKS', 1)) > 1 and 'SLURM_STEP_ID' in env or int(env.get('OMPI_COMM_WORLD_SIZE', 1)) > 1:
    jax.distributed.initialize()
  barrier('start')  # the first collective waits 30 s and no longer: now, while all are here


def part() -> tuple[int, int]:
  """(index, count) of this process."""
  return jax.process_index(), jax.process_count()


def is_main() -> bool:
  """Whether this process writes files and speaks."""
  return jax.process_index() == 0


def device_count() -> int:
  """Devices over all processes."""
  return jax.device_count()


def _mesh() -> Mesh:
  return Mesh(np.array(jax.devices()), (AXIS,))


def replicate(tree: PyTree) -> PyTree:
  """Puts every leaf whole on every device of every process.

  Args:
    tree: arrays (typed keys too), equal on all processes.

  Returns:
    The same tree of global arrays, from fresh buffers.
  """
  sharding = NamedSharding(_mesh(), PartitionSpec())

  def put(leaf):
    if isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
      return jax.random.wrap_key_data(put(jax.random.key_data(leaf)), impl=jax.random.key_impl(leaf))
    return jax.device_put(np.asarray(leaf), sharding)

  return jax.tree.map(put, tree)


def global_arrays(tree: PyTree) -> PyTree:
  """What a step returned, in a form that a checkpoint of several processes takes (pmap's own is local to each).

  Args:
    tree: arrays, equal on all devices.

  Returns:
    The tree itself with one process, else replicated global arrays.
  """
  return tree if jax.process_count() == 1 else replicate(tree)


def check_batch(batch_size: int, where: str) -> None:
  """Raises InputError unless a global batch divides evenly among all devices.

  Args:
    batch_size: rows over all devices.
    where: field named in the message.
  """
  if batch_size % jax.device_count():
    raise InputError(f'{where}: {batch_size} does not divide among {jax.device_count()} devices')


def free_programs(done: int, every: int = 10) -> None:
  """Lets go of compiled programs in a long series of jobs: each holds memory maps, of which Linux gives a process 65,530 by default.

  Without it `launch/train.py --config=configs/digits_hardening.py --seeds=3` ends at LLVM's 'Cannot allocate memory'.

  Args:
    done: jobs so far.
    every: after how many.
  """
  if done % every == 0:
    jax.clear_caches()


def every_device(step: Callable[[PyTree, Batch, Batch], PyTree], mode: str = 'pmap') -> Callable:
  """Compiles `step(state, resident, batch)`: state and resident whole, batch and so the work cut by device.

  Inside, `lax.pmean(x, AXIS)` and `lax.axis_index(AXIS)` reach the others; what it returns must be equal everywhere.

  Args:
    step: sees B / devices rows of the batch.
    mode: 'pmap' or 'shard_map'; the same body, the same numbers.

  Returns:
    Function of (state, resident, this process's rows of the batch [B / processes, ...] on the host). The very mapping that
    was given last is not sent to the devices again.
  """
  if mode not in MODES:
    raise InputError(f'train.parallel: {mode!r} is unknown; there are {", ".join(MODES)}')
  # XLA's CPU collectives can deadlock while a second step waits in the same thread pool: one step at a time there.
  settled = jax.block_until_ready if jax.default_backend() == 'cpu' and jax.device_count() > 1 else lambda tree: tree
  if mode == 'pmap':
    compiled = jax.pmap(step, axis_name=AXIS, in_axes=(None, None, 0), out_axes=None)
    local = jax.local_devices()
    cut = NamedSharding(Mesh(np.array(local), (AXIS,)), PartitionSpec(AXIS))
    place = lambda a: jax.device_put(a.reshape(len(local), -1, *a.shape[1:]), cut)
  else:
    whole, rows = PartitionSpec(), PartitionSpec(AXIS)
    compiled = jax.jit(jax.shard_map(step, mesh=_mesh(), in_specs=(whole, whole, rows), out_specs=whole, check_vma=False))
    cut = NamedSharding(_mesh(), rows)
    place = lambda a: jax.make_array_from_process_local_data(cut, a)
  last = {'given': None, 'placed': None}

  def run(state, resident, batch):
    if batch is not last['given']:
      last.update(given=batch, placed=jax.tree.map(place, batch))
    return settled(compiled(state, resident, last['placed']))

  return run


def every_example(fn: Callable[[PyTree, Key, Batch], PyTree]) -> Callable:
  """Compiles `fn(variables, key, batch)`, which works row by row; every process gets all rows back.

  Args:
    fn: returns arrays that lead with the rows it was given.

  Returns:
    Function of (variables, key, batch [B, ...] on the host, equal on all processes), B divisible by the devices.
  """
  gathered = lambda variables, key, batch: jax.tree.map(
    lambda a: jax.lax.all_gather(a, AXIS, tiled=True), fn(variables, key, batch)
  )
  run = every_device(lambda whole, _, batch: gathered(*whole, batch))
  index, count = part()
  mine = lambda a: np.split(np.asarray(a), count)[index]
  return lambda variables, key, batch: jax.device_get(run((variables, key), {}, jax.tree.map(mine, batch)))


def every_seed(fn: Callable, stacked: bool = False) -> Callable:
  """Compiles `fn`, which works on one seed, for many at once: seeds are dealt out to this process's devices and vmapped on each.

  Args:
    fn: trees of arrays -> tree of arrays.
    stacked: whether `fn` works on a device's share of the seeds itself; its trees then lead with them.

  Returns:
    Function of the same trees, every leaf with a leading axis S, to a tree that leads with S; any S.
  """
  devices = jax.local_device_count()
  compiled = jax.pmap(fn if stacked else jax.vmap(fn), axis_name='seeds')
  cut = NamedSharding(Mesh(np.array(jax.local_devices()), ('seeds',)), PartitionSpec('seeds'))
  settled = jax.block_until_ready if jax.default_backend() == 'cpu' else lambda tree: tree

  def run(*trees):
    seeds = len(jax.tree.leaves(trees)[0])
    dealt = -(-seeds // devices)
    rows = np.minimum(np.arange(dealt * devices), seeds - 1).reshape(devices, dealt)
    whole = dealt * devices == seeds  # nothing is repeated, so that nothing need be copied
    deal = lambda a: a.reshape(devices, dealt, *a.shape[1:]) if whole else a[rows]
    out = settled(compiled(*jax.tree.map(lambda a: jax.device_put(deal(a), cut), trees)))
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:])[:seeds], out)

  return run


def barrier(name: str) -> None:
  """Waits until every process is here."""
  if jax.process_count() > 1:
    from jax.experimental import multihost_utils

    multihost_utils.sync_global_devices(name)


def preempted(step: int, asked: bool) -> bool:
  """Whether to stop at this step; with several processes jax's own SIGTERM notice is used, and all agree on one step.

  Args:
    step: steps taken, the same on all processes.
    asked: whether this process got SIGTERM; counts only where it is alone.

  Returns:
    The same answer on all processes.
  """
  if jax.process_count() == 1:
    return asked
  from jax.experimental import multihost_utils

  return multihost_utils.reached_preemption_sync_point(step)


def shutdown() -> None:
  """Leaves the other processes, if there are any, once all are done."""
  barrier('done')  # waits longer than the shutdown itself, for pages that are being drawn
  if jax.process_count() > 1:
    jax.distributed.shutdown()
