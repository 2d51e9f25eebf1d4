"""Batches for training whose place in the data is a pure function of the step."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.data.split import permutation
from jaxaug.types import Array, Batch, InputError


class Feed(NamedTuple):
  """`gather(resident, next(batches(step)), step)` is the batch of `step`; `gather` is pure and runs inside the step."""

  resident: Mapping[str, np.ndarray]  # goes to every device once; {} when streaming
  batches: Callable[[int], Iterator[Mapping[str, np.ndarray]]]  # step -> host arrays [B / processes, ...], from there on
  gather: Callable[[Batch, Batch, Array], Batch]
  steps_per_epoch: int


PIXELS = (np.arange(256) / 255).astype(np.float32)


def as_batch(entries: Batch) -> Batch:
  """Stored entries as a Batch of floats: uint8 images become float32 in [0, 1], the nearest to value / 255.

  Looked up, since a compiled division by 255 is one unit in the last place off for 126 of the 256 values, and an
  attack's ball would be around another image than everybody else's.

  Args:
    entries: arrays that lead with B.

  Returns:
    Batch.
  """
  image = entries['image']
  return {**entries, 'image': jnp.asarray(PIXELS)[image.astype(jnp.int32)] if image.dtype == jnp.uint8 else image}


def training_feed(
  examples: Mapping[str, np.ndarray],
  batch_size: int,
  seed: int,
  *,
  resident_bytes: int,
  part: tuple[int, int] = (0, 1),
  threads: int = 4,
) -> Feed:
  """Shuffled epochs of full batches; each epoch a new permutation, the last incomplete batch left out.

  Args:
    examples: a split; every array leads with N.
    batch_size: global, over all processes.
    seed: of the permutations.
    resident_bytes: a split up to this size is resident, only row numbers travel; a larger one streams through Grain.
    part: (index, count) of this process; it gets its contiguous share of every batch.
    threads: of Grain.

  Returns:
    Feed; both kinds give the same batches.

  Raises:
    InputError: batch larger than the split, or not divisible by the number of processes.
  """
  size = len(examples['image'])
  index, count = part
  if batch_size < 1 or batch_size > size:
    raise InputError(f'train.batch_size: {batch_size} must be between 1 and the {size} training examples')
  if batch_size % count:
    raise InputError(f'train.batch_size: {batch_size} does not divide among {count} processes')
  steps_per_epoch = size // batch_size

  @functools.lru_cache(maxsize=2)  # the threads that stream may be in two epochs
  def rows(epoch: int) -> np.ndarray:
    """[this process's rows of a batch, steps_per_epoch]"""
    order = permutation(size, seed, epoch)[: steps_per_epoch * batch_size].astype(np.int32)
    return np.split(order.reshape(steps_per_epoch, batch_size).T, count)[index]

  if sum(a.nbytes for a in examples.values()) <= resident_bytes:

    def batches(step):  # the same mapping all through an epoch: it is placed on the devices once
      while True:
        epoch, place = divmod(step, steps_per_epoch)
        yield from [{'rows': rows(epoch)}] * (steps_per_epoch - place)
        step += steps_per_epoch - place

    def gather(resident, batch, step):
      return as_batch(jax.tree.map(lambda a: a[batch['rows'][:, step % steps_per_epoch]], resident))

    return Feed(dict(examples), batches, gather, steps_per_epoch)

  def read(step):
    epoch, place = divmod(step, steps_per_epoch)
    chosen = rows(epoch)[:, place]
    return {field: np.asarray(values[np.sort(chosen)])[np.argsort(np.argsort(chosen))] for field, values in examples.items()}

  def stream(step):
    import grain

    steps = grain.MapDataset.range(step, 2**31).map(read)
    return iter(steps.to_iter_dataset(grain.ReadOptions(num_threads=threads, prefetch_buffer_size=2 * threads)))

  return Feed({}, stream, lambda resident, batch, step: as_batch(batch), steps_per_epoch)
