"""Differentially private gradients: each row's own, clipped, summed, noised; and the batches for which the accounting holds."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.stats import binom

from jaxaug import parallel
from jaxaug.synthesize.accountant import dp_epsilon
from jaxaug.types import Array, Batch, InputError, Key, PyTree

OVERFLOW = 1e-15
"""Probability with which a batch has more rows than its padding holds; those at the end are then left out."""


class Mechanism(NamedTuple):
  """How DP-SGD looks at a training set, one row of which may be added or taken away. Its size and the rate are taken as known.

  What it promises holds for all that is computed from the weights: sigma C / B is the noise of each number of an averaged gradient. It
  holds against whoever does not know the run's key, which has to come from the system's entropy and not from a seed such as 0, with noise
  as float32 has it. It does not cover what else reads rows: a codec fitted on them, or a `check` of `fit` that chooses the checkpoint on
  validation rows, which then are not protected.

  Source: Abadi et al., Deep Learning with Differential Privacy, 2016, algorithm 1.
  """

  rows: int  # N, of the training set
  batch_size: int  # B, expected: each row is in a batch with probability B / N, by itself
  noise: float  # sigma, as of `dp_epsilon`
  delta: float
  clip: float = 1.0  # C, the largest norm of a row's gradient
  batches: int = 1  # of an update, each drawn anew

  @property
  def rate(self) -> float:
    """q = B / N."""
    return self.batch_size / self.rows


def check_mechanism(mechanism: Mechanism) -> None:
  """Raises InputError where a number is out of range.

  Args:
    mechanism: to be checked.
  """
  for field in ('rows', 'batch_size', 'noise', 'delta', 'clip', 'batches'):
    value = getattr(mechanism, field)
    if not 0 < value < math.inf:
      raise InputError(f'mechanism.{field}: {value} must be above 0')
  if mechanism.batch_size > mechanism.rows or mechanism.delta >= 1:
    raise InputError(
      f'mechanism: batch_size {mechanism.batch_size} must be at most rows {mechanism.rows}, delta {mechanism.delta} below 1'
    )


def spending(mechanism: Mechanism) -> Callable[[PyTree, int], Mapping[str, float]]:
  """A `check` of `fit` that tells what has been spent: `epsilon` in every row of its history, its file and its progress.

  It counts the updates up to that row. Those that `fit` went back over (`rollbacks`) come on top; and S generators that were trained on
  the same rows and are all shown have spent S times the steps.

  Args:
    mechanism: of the generator.

  Returns:
    (variables, step) -> {`epsilon`; `delta`, the mechanism's and (1 + e^epsilon) OVERFLOW for each batch}.

  Raises:
    InputError: a number out of range; dp-accounting is not installed.
  """
  check_mechanism(mechanism)

  def spent(variables: PyTree, step: int) -> Mapping[str, float]:
    sums = step * mechanism.batches
    epsilon = dp_epsilon(mechanism.noise, mechanism.rate, sums, mechanism.delta)
    return {'epsilon': epsilon, 'delta': mechanism.delta + (1 + math.exp(min(epsilon, 700))) * sums * OVERFLOW}

  spent(None, 1)  # told before training if it cannot be told
  return spent


def padded_size(mechanism: Mechanism, devices: int = 1) -> int:
  """Rows that a batch of varying size is padded to, the `batch_size` of `fit`.

  Args:
    mechanism: whose batches.
    devices: over which a batch is dealt out.

  Returns:
    The least number, divisible by the devices, that a batch exceeds with probability at most OVERFLOW; no more than all rows.
  """
  check_mechanism(mechanism)
  each = -(-mechanism.rows // devices)
  return devices * max(1, min(each, int(binom.isf(OVERFLOW / devices, each, mechanism.rate))))


def poisson_rows(mechanism: Mechanism, axis: str | None = None) -> Callable[[Key, Batch, int], Batch]:
  """A `draw` of `fit`: each row is in each batch with probability q, by itself.

  Args:
    mechanism: whose batches.
    axis: name of the device axis; None takes `parallel.AXIS` where the draw runs under it, as in `fit` with one key. Device d of D draws
      from the rows d, d + D, ... alone, so that no row is in a batch twice.

  Returns:
    (key, examples that lead with N, size) -> arrays [batches, size, ...] and `weight` [batches, size], 1 for rows that are there.

  Raises:
    InputError: in the draw, where the examples are not as many as the mechanism's rows, or the size is below `padded_size`.
  """
  check_mechanism(mechanism)
  threshold = np.uint32(min(int(mechanism.rate * 2**32), 2**32 - 1))  # rounded down: never above the rate

  def draw(key: Key, examples: Batch, size: int) -> Batch:
    count, over = len(examples['encoded']), axis or (parallel.AXIS if _runs_under(parallel.AXIS) else None)
    devices = jax.lax.psum(1, over) if over else 1
    least = padded_size(mechanism, devices)
    if count != mechanism.rows:
      raise InputError(f'mechanism.rows: {mechanism.rows}, the training set has {count}')
    if size * devices < least:
      raise InputError(f'fit.batch_size: {size * devices} must be at least {least}, the padded size (see padded_size)')
    mine = jnp.arange(count) % devices == (jax.lax.axis_index(over) if over else 0)

    def one(key):
      there = mine & (jax.random.bits(key, (count,), 'uint32') < threshold)
      (rows,) = jnp.nonzero(there, size=size, fill_value=0)
      weight = (jnp.arange(size) < there.sum()).astype(jnp.float32)
      return {**jax.tree.map(lambda a: jnp.asarray(a)[rows], dict(examples)), 'weight': weight}

    return jax.vmap(one)(jax.random.split(key, mechanism.batches))

  return draw


def _runs_under(axis: str) -> bool:
  try:
    jax.lax.axis_index(axis)
  except NameError:
    return False
  return True


def private_gradient(
  loss: Callable[[PyTree, PyTree], Array],
  params: PyTree,
  rows: PyTree,
  weight: Array,
  key: Key,
  mechanism: Mechanism,
  *,
  piece: int = 0,
  axis: str | None = None,
) -> PyTree:
  """(sum_i g_i min(1, C / |g_i|) + sigma C n) / B, g_i the gradient of row i's loss, |g_i| over all weights together, n ~ N(0, 1).

  A row whose gradient is not finite counts as 0. B is the expected size of a batch, whatever that of this one.

  Args:
    loss: (params, one row) -> scalar, in which no other row has a part.
    params: weights.
    rows: arrays [size, ...], with B rows on average over all devices.
    weight: [size], above 0 for rows that are there.
    key: of the noise, the same on all devices: it is added once.
    mechanism: C, sigma and B.
    piece: rows whose gradients are in memory at once; 0 for all.
    axis: name of the device axis, or None.

  Returns:
    Tree like params.

  Source: Abadi et al., Deep Learning with Differential Privacy, 2016, algorithm 1.
  """

  def clipped(row, there):
    gradient = jax.grad(loss)(params, row)
    norm = optax.global_norm(gradient)
    kept = there & jnp.isfinite(norm)
    return jax.tree.map(lambda g: jnp.where(kept, g / jnp.maximum(1.0, norm / mechanism.clip), 0.0), gradient)

  def add(total, part):
    return jax.tree.map(lambda t, g: t + g.sum(0), total, jax.vmap(clipped)(*part)), None

  given = rows, weight > 0
  size = min(piece or len(weight), len(weight))
  pieces = len(weight) // size
  whole = pieces * size
  cut = jax.tree.map(lambda a: a[:whole].reshape(pieces, size, *a.shape[1:]), given)
  total, _ = jax.lax.scan(add, jax.tree.map(jnp.zeros_like, params), cut)
  if whole < len(weight):
    total, _ = add(total, jax.tree.map(lambda a: a[whole:], given))
  total = jax.lax.psum(total, axis) if axis else total
  noise = optax.tree.random_like(key, total, jax.random.normal)
  reach = mechanism.noise * mechanism.clip
  return jax.tree.map(lambda t, n: (t + reach * n) / mechanism.batch_size, total, noise)
