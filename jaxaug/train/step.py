"""One step of training, the same for every augmentation and objective."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.evaluate import frozen
from jaxaug.train.objectives import Replayed
from jaxaug.types import Adaptive, Array, Batch, InputError, Key, Objective, PyTree, TrainState, stored

REMEMBERED = ('id', 'image', 'label', 'original', 'original_label')  # what a memory is told of a row, and Aux.rows


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
  image = jnp.zeros((1, *image_shape))
  variables = jax.jit(network.init)(key_params, image)
  params, batch_stats = variables['params'], variables.get('batch_stats', {})
  average = {'params': params, 'batch_stats': batch_stats} if ema else ()
  classes = jax.eval_shape(network.apply, variables, image).shape[-1]
  memory = adaptive.init(key_memory, {'image': image, 'label': jnp.zeros((1, classes))})
  return TrainState(jnp.int32(0), key_run, params, batch_stats, optimizer.init(params), average, memory)


def evaluated(state: TrainState) -> PyTree:
  """The variables to evaluate: averaged ones where they are kept."""
  held = state.ema or {'params': state.params, 'batch_stats': state.batch_stats}
  return held if held['batch_stats'] else {'params': held['params']}


def average(old: PyTree, new: PyTree, step: Array, decay: float) -> PyTree:
  """decay old + (1 - decay) new, with a ramp: without one, .999 still holds 13.5% of the first weights after 2,000 steps.

  Args:
    old, new: trees of floats.
    step: steps taken before this one.
    decay: in [0, 1); reached once (1 + n) / (10 + n) is above it.

  Returns:
    The tree.
  """
  decay = jnp.minimum(decay, (1 + step) / (10 + step))
  return jax.tree.map(lambda a, b: decay * a + (1 - decay) * b, old, new)


def make_step(
  network: nn.Module,
  optimizer: optax.GradientTransformation,
  objective: Objective | Replayed,
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

  Raises:
    InputError: pieces of a batch that is replayed.
  """
  replayed = isinstance(objective, Replayed)
  if replayed and accumulate > 1:
    raise InputError(f'train.accumulate: {accumulate}; an objective that replays its batch cannot work it through in pieces')
  mean = (lambda tree: jax.lax.pmean(tree, axis)) if axis else (lambda tree: tree)
  everyone = (lambda tree: jax.lax.all_gather(tree, axis, tiled=True)) if axis else (lambda tree: tree)

  def piece(state: TrainState, batch_stats: PyTree, key: Key, batch: Batch):
    key_augment, key_objective = jax.random.split(key)
    model = frozen(network, {'params': state.params, 'batch_stats': batch_stats})
    batch = adaptive.augment(state.memory, state.step)(key_augment, batch, model)
    (loss, aux), gradient = jax.value_and_grad(objective, has_aux=True)(state.params, batch_stats, key_objective, batch)
    return gradient, {'loss': loss, **aux.metrics}, aux, batch

  def update(state: TrainState, gradient: PyTree, batch_stats: PyTree):
    updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
    params = optax.apply_updates(state.params, updates)
    kept = average(state.ema, {'params': params, 'batch_stats': batch_stats}, state.step, ema) if ema else ()
    return state._replace(params=params, batch_stats=batch_stats, opt_state=opt_state, ema=kept)

  def in_pieces(state: TrainState, key: Key, batch: Batch):
    pieces = [jax.tree.map(lambda a: jnp.split(a, accumulate)[i], batch) for i in range(accumulate)]
    batch_stats, done = state.batch_stats, []
    for key_piece, rows in zip(jax.random.split(key, accumulate), pieces):
      done.append(piece(state, batch_stats, key_piece, rows))
      batch_stats = done[-1][2].batch_stats
    gradients, metrics, auxes, batches = zip(*done)
    over_pieces = lambda trees: jax.tree.map(lambda *a: sum(a) / accumulate, *trees)
    gradient, batch_stats, metrics = mean((over_pieces(gradients), batch_stats, over_pieces(metrics)))
    state = update(state, gradient, batch_stats)
    return state, metrics | {'gradient_norm': optax.global_norm(gradient)}, auxes, batches

  def in_replays(state: TrainState, key: Key, batch: Batch):
    key_augment, key_start, key_replays = jax.random.split(key, 3)
    model = frozen(network, {'params': state.params, 'batch_stats': state.batch_stats})
    batch = adaptive.augment(state.memory, state.step)(key_augment, batch, model)

    both = jax.value_and_grad(objective.objective, argnums=(0, 4), has_aux=True)
    image, rows = objective.start(key_start, batch), []
    for one_key in jax.random.split(
      key_replays, objective.replays
    ):  # written out: XLA runs weight gradients slowly in loops on CPU
      (loss, aux), (gradient, towards) = both(state.params, state.batch_stats, one_key, batch, image)
      gradient, batch_stats, metrics = mean((gradient, aux.batch_stats, {'loss': loss, **aux.metrics}))
      state = update(state, gradient, batch_stats)
      state, image = stored((state, objective.move(image, towards, batch)))
      rows.append(metrics | {'gradient_norm': optax.global_norm(gradient)})
    return state, jax.tree.map(lambda *a: sum(a) / len(a), *rows), (aux,), (batch,)

  def step(state: TrainState, batch: Batch):
    key = jax.random.fold_in(state.key, state.step)
    if axis:
      key = jax.random.fold_in(key, jax.lax.axis_index(axis))
    memory = state.memory
    state, metrics, auxes, batches = (in_replays if replayed else in_pieces)(state, key, batch)
    if jax.tree.leaves(memory):
      seen = [{n: b[n] for n in REMEMBERED if n in b} | dict(a.rows) | {'loss': a.loss} for a, b in zip(auxes, batches)]
      rows = everyone(jax.tree.map(lambda *a: jnp.concatenate(a), *seen))
      memory = adaptive.update(memory, rows, rows.pop('loss'))
    metrics |= {'parameter_norm': optax.global_norm(state.params)}
    return state._replace(step=state.step + 1, memory=memory), metrics

  return step
