"""What every generator is: three pure functions, whether it is a GAN, a VAE or a diffusion."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState


class Generator(NamedTuple):
  """Learns to draw `encoded` rows given their `condition`; shapes and hyperparameters are inside.

  A batch holds `encoded` [B, ...] float32 of about unit scale and `condition` [B, K] float32, one-hot for classes, K = 0 for none.
  All three are pure, so that they jit, vmap over seeds and shard. Memory of its own (a probability of ADA, a vector of spectral
  normalisation) lives in the state.
  """

  init: Callable[[Key], TrainState]
  update: Callable[[TrainState, Batch, str | None], tuple[TrainState, Mapping[str, Array]]]
  """(state, batch, name of the device axis or None) -> (state, scalars); step n draws from fold_in(state.key, n)."""
  sample: Callable[[PyTree, Key, Array], Array]
  """(variables as `evaluated(state)` gives them, key, condition [B, K]) -> encoded [B, ...]."""
  loss: Callable[[PyTree, Key, Batch], Array] | None = None
  """(params, key, batch) -> [], where one loss trains all params; it is what `lora` follows."""
  judge: Callable[[TrainState, Array, Array], Array] | None = None
  """(state, encoded [B, ...], condition [B, K]) -> [B], a discriminator's output, larger for what it takes for real."""


def first_state(
  key: Key, params: PyTree, optimizer: optax.GradientTransformation, batch_stats: PyTree = {}, memory: PyTree = ()
):
  """The state before the first step.

  Args:
    key: of the run.
    params: weights.
    optimizer: optax transformation.
    batch_stats: what is not learnt by gradients.
    memory: what else is carried from step to step.

  Returns:
    TrainState whose average starts at the weights.
  """
  average = {'params': params, 'batch_stats': batch_stats}
  return TrainState(jnp.int32(0), key, params, batch_stats, optimizer.init(params), average, memory)


def evaluated(state: TrainState) -> PyTree:
  """The variables to sample with: the averaged ones.

  Args:
    state: of a generator.

  Returns:
    {'params', 'batch_stats'}.
  """
  return state.ema


def step_key(state: TrainState, axis: str | None) -> Key:
  """The key of this step on this device.

  Args:
    state: before the step.
    axis: name of the device axis, or None.

  Returns:
    Key.
  """
  key = jax.random.fold_in(state.key, state.step)
  return jax.random.fold_in(key, jax.lax.axis_index(axis)) if axis else key


def over_devices(tree: PyTree, axis: str | None) -> PyTree:
  """The mean over devices, or the tree itself without any.

  Args:
    tree: of arrays.
    axis: name of the device axis, or None.

  Returns:
    The tree.
  """
  return jax.lax.pmean(tree, axis) if axis else tree


def check_shape(shape: tuple[int, ...], where: str) -> None:
  """Raises InputError unless `shape` is one of a row [D], a series [T, C] or an image [H, W, C].

  Args:
    shape: of one encoded example.
    where: for the message.
  """
  if len(shape) not in (1, 2, 3) or min(shape) < 1:
    raise InputError(f'{where}: shape {tuple(shape)} must be (D,), (T, C) or (H, W, C) with sides of at least 1')
