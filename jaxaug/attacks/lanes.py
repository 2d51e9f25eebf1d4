"""Many rows through few lanes: a lane whose row has ended takes the next one, so nothing waits for the slowest and nothing is
compiled again."""

from collections import deque
from collections.abc import Callable, Mapping

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from tqdm import tqdm

from jaxaug.attacks.machine import Machine, Rows, choose, like
from jaxaug.attacks.programs import program_for
from jaxaug.types import Array

CUT, WHOLE = PartitionSpec('lane'), PartitionSpec()
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


def _lanes() -> Mesh:
  return Mesh(np.array(jax.local_devices()), ('lane',))


def _asker(mesh: Mesh) -> Callable:
  """(function, arrays) -> its answer, rows spread over the mesh."""
  ask = lambda fn, values: fn(*values)
  return jax.jit(jax.shard_map(ask, mesh=mesh, in_specs=(WHOLE, CUT), out_specs=CUT, check_vma=False))


def in_batches(fn: Callable[..., Array], most: int) -> Callable[..., np.ndarray]:
  """A function of rows as one of any number of them: at most so many at a time, spread over the local devices.

  Args:
    fn: arrays that lead with B -> [B, ...]; row by row. See `program_for` on what it may bring with it.
    most: rows at a time.

  Returns:
    Arrays [N, ...] -> [N, ...] NumPy; compiled once for a number of rows at a time.
  """
  mesh = _lanes()
  run, fn = program_for(fn, _asker, mesh)
  fn = jax.device_put(fn, NamedSharding(mesh, WHOLE))

  def over_all(*values):
    count, parts = len(values[0]), []
    size = lanes_for(count, most)
    for begin in range(0, count, size):
      index = np.minimum(np.arange(begin, begin + size), count - 1)
      parts.append(np.asarray(run(fn, jax.device_put(tuple(value[index] for value in values), NamedSharding(mesh, CUT)))))
    return np.concatenate(parts)[:count]

  return over_all


def _runner(machine: Machine, inner: int, mesh: Mesh) -> tuple[Callable, Callable, Callable]:
  """(rows -> state, (logits_fn, state, rows) -> state some steps on, (state, rows, new [B] bool) -> state with new rows at their start)."""
  spread = lambda fn, *specs: jax.jit(jax.shard_map(fn, mesh=mesh, in_specs=specs, out_specs=CUT, check_vma=False))

  def steps(logits_fn, state, rows):
    answer = lambda *asked: logits_fn(*asked).astype(rows.origin.dtype)
    step = lambda state: like(state, machine.step(answer, state, rows))
    return step(state) if inner == 1 else jax.lax.fori_loop(0, inner, lambda _, state: step(state), state)

  refill = lambda state, rows, new: choose(new, machine.start(rows), state)
  return spread(machine.start, CUT), spread(steps, WHOLE, CUT, CUT), spread(refill, CUT, CUT, CUT)


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
    logits_fn: image [B, H, W, C] -> logits [B, K]. See `program_for` on weights as arrays.
    rows: [N, ...] each, NumPy arrays but for the keys.
    most: lanes, over all local devices.
    title: of the progress bar; '' shows none.
    found: told {row: (fooled, image)} of the rows that have ended, now and then.
    inner: steps a call; more only where nothing is differentiated, see `pgd`.

  Returns:
    (fooled [N] bool, image [N, H, W, C]).
  """
  count = len(rows.origin)
  size, mesh = lanes_for(count, most), _lanes()
  (start, step, refill), logits_fn = program_for(logits_fn, _runner, machine, inner, mesh)
  logits_fn = jax.device_put(logits_fn, NamedSharding(mesh, WHOLE))
  place = lambda index: jax.device_put(jax.tree.map(lambda a: a[index], rows), NamedSharding(mesh, CUT))

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
      state = step(logits_fn, state, given)
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
      state = refill(state, given, jax.device_put(new, NamedSharding(mesh, CUT)))
  bar.close()
  return fooled, image
