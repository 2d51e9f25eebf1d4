"""One step of training, the same for every augmentation and objective."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.evaluate import frozen
from jaxaug.types import Adaptive, Array, Batch, Key, Objective, PyTree, TrainState


def init_state(
  network: nn.Module,
  optimizer: optax.GradientTransformation,
  adaptive: Adaptive,
  key: Key,
  image_shape: tuple[int, int, int],
  ema: float,
) -> TrainState:
  """The state before the first step.

  Args:
    network: Flax module.
    optimizer: optax transformation.
    adaptive: the augmentation.
    key: of the run.
    image_shape: (H, W, C).
    ema: decay of the averaged weights; 0 keeps none.

  Returns:
    TrainState.
  """
  key_params, key_memory, key_run = jax.random.split(key, 3)
  variables = jax.jit(network.init)(key_params, jnp.zeros((1, *image_shape)))
  params, batch_stats = variables['params'], variables.get('batch_stats', {})
  average = {'params': params, 'batch_stats': batch_stats} if ema else ()
  return TrainState(jnp.int32(0), key_run, params, batch_stats, optimizer.init(params), average, adaptive.init(key_memory))


def evaluated(state: TrainState) -> PyTree:
  """The variables to evaluate: averaged ones where they are kept."""
  held = state.ema or {'params': state.params, 'batch_stats': state.batch_stats}
  return held if held['batch_stats'] else {'params': held['params']}


def _average(old: PyTree, new: PyTree, step: Array, decay: float) -> PyTree:
  """decay old + (1 - decay) new; the decay rises to its value over the first steps, min(decay, (1 + n) / (10 + n))."""
  decay = jnp.minimum(decay, (1 + step) / (10 + step))
  return jax.tree.map(lambda a, b: decay * a + (1 - decay) * b, old, new)


def make_step(
  network: nn.Module,
  optimizer: optax.GradientTransformation,
  objective: Objective,
  adaptive: Adaptive,
  *,
  ema: float = 0.0,
  accumulate: int = 1,
  axis: str | None = None,
) -> Callable[[TrainState, Batch], tuple]:
  """Augment, differentiate, average over devices, update.

  Args:
    network: Flax module.
    optimizer: optax transformation.
    objective: what is minimised.
    adaptive: the augmentation.
    ema: decay of the averaged weights; 0 keeps none.
    accumulate: pieces the device's batch is worked through in, their gradients averaged.
    axis: name of the device axis; None on one device.

  Returns:
    (state, batch) -> (state, metrics), pure. Step n draws from fold_in(fold_in(state.key, n), device).
  """
  mean = (lambda tree: jax.lax.pmean(tree, axis)) if axis else (lambda tree: tree)
  everyone = (lambda tree: jax.lax.all_gather(tree, axis, tiled=True)) if axis else (lambda tree: tree)

  def piece(state: TrainState, batch_stats: PyTree, key: Key, batch: Batch):
    key_augment, key_objective = jax.random.split(key)
    model = frozen(network, {'params': state.params, 'batch_stats': batch_stats})
    batch = adaptive.augment(state.memory, state.step)(key_augment, batch, model)
    (loss, aux), gradient = jax.value_and_grad(objective, has_aux=True)(state.params, batch_stats, key_objective, batch)
    return gradient, {'loss': loss, **aux.metrics}, aux, batch

  def step(state: TrainState, batch: Batch):
    key = jax.random.fold_in(state.key, state.step)
    if axis:
      key = jax.random.fold_in(key, jax.lax.axis_index(axis))
    pieces = [jax.tree.map(lambda a: jnp.split(a, accumulate)[i], batch) for i in range(accumulate)]
    batch_stats, done = state.batch_stats, []
    for key_piece, rows in zip(jax.random.split(key, accumulate), pieces):
      done.append(piece(state, batch_stats, key_piece, rows))
      batch_stats = done[-1][2].batch_stats
    gradients, metrics, auxes, batches = zip(*done)
    average = lambda trees: jax.tree.map(lambda *a: sum(a) / accumulate, *trees)
    gradient, batch_stats, metrics = mean((average(gradients), batch_stats, average(metrics)))

    updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
    params = optax.apply_updates(state.params, updates)
    variables = {'params': params, 'batch_stats': batch_stats}
    memory = state.memory
    if jax.tree.leaves(memory):
      rows = jax.tree.map(lambda *a: jnp.concatenate(a), *[{n: b[n] for n in ('image', 'label')} for b in batches])
      memory = adaptive.update(memory, everyone(rows), everyone(jnp.concatenate([a.loss for a in auxes])))
    metrics |= {'gradient_norm': optax.global_norm(gradient), 'parameter_norm': optax.global_norm(params)}
    return TrainState(
      state.step + 1,
      state.key,
      params,
      batch_stats,
      opt_state,
      _average(state.ema, variables, state.step, ema) if ema else (),
      memory,
    ), metrics

  return step
