"""Many rows through few lanes: a lane whose row has ended takes the next one, so nothing waits for the slowest and nothing is
compiled again."""

from collections import deque
from collections.abc import Callable, Mapping

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from tqdm import tqdm

from jaxaug.attacks.machine import Machine, Rows, choose
from jaxaug.types import Array

EVERY = 5  # steps between looks at which rows have ended: a look waits for the device


def lanes_for(count: int, most: int) -> int:
  """How many lanes: as many rounds as `most` would need, evenly filled.

  Args:
    count: rows.
    most: lanes, over all local devices.

  Returns:
    A multiple of 4 a device.
  """
  rounds = -(-count // most)
  multiple = 4 * len(jax.local_devices())
  return -(-count // rounds // multiple) * multiple


def in_batches(fn: Callable[..., Array], most: int) -> Callable[..., np.ndarray]:
  """A function of rows as one of any number of them: at most so many at a time, spread over the local devices.

  Args:
    fn: arrays that lead with B -> [B, ...]; row by row.
    most: rows at a time.

  Returns:
    Arrays [N, ...] -> [N, ...] NumPy; compiled once for a number of rows at a time.
  """
  mesh, cut = Mesh(np.array(jax.local_devices()), ('lane',)), PartitionSpec('lane')
  run = jax.jit(jax.shard_map(fn, mesh=mesh, in_specs=cut, out_specs=cut, check_vma=False))

  def over_all(*values):
    count, parts = len(values[0]), []
    size = lanes_for(count, most)
    for begin in range(0, count, size):
      index = np.minimum(np.arange(begin, begin + size), count - 1)
      parts.append(np.asarray(run(*(jax.device_put(value[index], NamedSharding(mesh, cut)) for value in values))))
    return np.concatenate(parts)[:count]

  return over_all


def run_lanes(
  machine: Machine,
  logits_fn: Callable[[Array], Array],
  rows: Rows,
  most: int,
  title: str = '',
  found: Callable[[Mapping[int, tuple[bool, np.ndarray]]], None] = lambda rows: None,
  inner: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
  """Takes every row to its end.

  Args:
    machine: the attack.
    logits_fn: image [B, H, W, C] -> logits [B, K].
    rows: [N, ...] each, NumPy arrays but for the keys.
    most: lanes, over all local devices.
    title: of the progress bar; '' shows none.
    found: told {row: (fooled, image)} of the rows that have ended, now and then.
    inner: steps a call; more only where nothing is differentiated, see `pgd`.

  Returns:
    (fooled [N] bool, image [N, H, W, C]).
  """
  count = len(rows.origin)
  size, devices = lanes_for(count, most), jax.local_devices()
  cut = PartitionSpec('lane')
  mesh = Mesh(np.array(devices), ('lane',))
  spread = lambda fn, inputs: jax.jit(jax.shard_map(fn, mesh=mesh, in_specs=(cut,) * inputs, out_specs=cut, check_vma=False))

  def steps(state, rows):
    if inner == 1:
      return machine.step(logits_fn, state, rows)
    return jax.lax.fori_loop(0, inner, lambda _, state: machine.step(logits_fn, state, rows), state)

  start, step = spread(machine.start, 1), spread(steps, 2)
  refill = spread(lambda state, rows, new: choose(new, machine.start(rows), state), 3)
  place = lambda index: jax.device_put(jax.tree.map(lambda a: a[index], rows), NamedSharding(mesh, cut))

  fooled, image = np.zeros(count, bool), np.array(rows.origin)
  waiting = deque(range(count))
  slots = np.full(size, -1)  # which row a lane holds
  shown = np.zeros(size, int)
  bar = tqdm(total=count, desc=title, leave=False, disable=None if title else True)

  def take():
    """Waiting rows into free lanes; bool [size], which lanes are new."""
    new = np.zeros(size, bool)
    for lane in np.flatnonzero(slots < 0)[: len(waiting)]:
      slots[lane] = shown[lane] = waiting.popleft()
      new[lane] = True
    return new

  take()
  given = place(shown)
  state = start(given)
  while (slots >= 0).any():
    for _ in range(max(1, EVERY // inner)):
      state = step(state, given)
    ended = np.array(state.ended) & (slots >= 0)
    if not ended.any():
      continue
    hit = ended & np.array(state.fooled)
    images = np.array(state.image) if hit.any() else None
    news = {}
    for lane in np.flatnonzero(ended):
      row = slots[lane]
      fooled[row] = hit[lane]
      if hit[lane]:
        image[row] = images[lane]
      news[int(row)] = (bool(hit[lane]), image[row])
    slots[ended] = -1
    found(news)
    bar.update(len(news))
    new = take()
    if new.any():
      given = place(shown)
      state = refill(state, given, jax.device_put(new, NamedSharding(mesh, cut)))
  bar.close()
  return fooled, image
