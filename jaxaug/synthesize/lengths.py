"""Series of different length in one generator: the length is drawn first, then a series of that length."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.synthesize.generator import Generator, over_devices
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState

MASK = 0.5  # what the mask of `series_codec` is by default
EMA = 0.99  # of the weights of p(l | c)


def mask_of(condition: Array, steps: int) -> Array:
  """Where a series is, by the last entry of its condition.

  Args:
    condition: [B, K + 1], the last l / T.
    steps: T.

  Returns:
    [B, T, 1] float32: 1 at the first l steps, 0 from there on.
  """
  middle = (jnp.arange(steps) + 0.5) / steps
  return (middle[None] < condition[:, -1:]).astype(jnp.float32)[..., None]


def without_mask(shape: tuple[int, ...], num_classes: int) -> tuple[tuple[int, int], int]:
  """What the generator of the series sees.

  Args:
    shape: (T, C + 1) of an encoding of `series_codec`.
    num_classes: K of the condition.

  Returns:
    ((T, C), K + 1).

  Raises:
    InputError: a shape without a channel beside the mask.
  """
  if len(shape) != 2 or shape[1] < 2:
    raise InputError(f'lengths: {tuple(shape)} must be (T, C + 1), a series and its mask')
  return (shape[0], shape[1] - 1), num_classes + 1


def with_lengths(inner: Generator, steps: int, num_classes: int, learning_rate: float = 0.03) -> Generator:
  """p(x, l | c) = p(l | c) p(x | l, c): a softmax regression for the length, a generator told l / T for the series.

  The encodings are those of `series_codec`, whose last channel is above 0 until a series ends; draws carry that channel, too. What an
  encoding holds after the end is never read.

  Args:
    inner: of series [B, T, C] and conditions [B, K + 1]; its draws are 0 where `mask_of` the condition is 0.
    steps: T.
    num_classes: K of the condition, classes or attributes; 0 for none.
    learning_rate: of the softmax regression, by Adam.

  Returns:
    Generator of encodings [B, T, C + 1] and conditions [B, K]; the metrics of `inner` and `loss_length`, -ln p(l | c) in nats.
  """
  optimizer = optax.adam(learning_rate)

  def logits(params: PyTree, condition: Array) -> Array:
    told = condition @ params['kernel'] if num_classes else jnp.zeros((len(condition), steps))
    return told + params['bias'][None]

  def joined(state: TrainState, params: PyTree, opt_state: PyTree, kept: PyTree) -> TrainState:
    """The state of both, from the inner one."""
    variables = {'params': {'series': state.ema['params'], 'length': kept}, 'batch_stats': state.ema['batch_stats']}
    both = {'series': state.params, 'length': params}
    return state._replace(params=both, opt_state={'series': state.opt_state, 'length': opt_state}, ema=variables)

  def init(key: Key) -> TrainState:
    params = {'bias': jnp.zeros(steps)}
    if num_classes:  # no kernel without entries: checkpoints refuse one
      params['kernel'] = jnp.zeros((num_classes, steps))
    return joined(inner.init(key), params, optimizer.init(params), params)

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    x, condition = batch['encoded'], batch['condition']
    length = jnp.maximum(steps - (jnp.cumsum(x[..., -1] < 0, 1) > 0).sum(1), 1)
    told = jnp.concatenate([condition, (length / steps)[:, None]], 1)
    series = jnp.where(mask_of(told, steps) > 0, x[..., :-1], 0.0)

    ours = state.params['length']
    loss = lambda params: optax.softmax_cross_entropy_with_integer_labels(logits(params, condition), length - 1).mean()
    value, gradient = over_devices(jax.value_and_grad(loss)(ours), axis)
    moves, opt_state = optimizer.update(gradient, state.opt_state['length'])
    params = optax.apply_updates(ours, moves)
    kept = average(state.ema['params']['length'], params, state.step, EMA)

    before = state._replace(
      params=state.params['series'],
      opt_state=state.opt_state['series'],
      ema={'params': state.ema['params']['series'], 'batch_stats': state.ema['batch_stats']},
    )
    after, metrics = inner.update(before, {'encoded': series, 'condition': told}, axis)
    return joined(after, params, opt_state, kept), {**metrics, 'loss_length': value}

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    key_length, key_series = jax.random.split(key)
    length = 1 + jax.random.categorical(key_length, logits(variables['params']['length'], condition))
    told = jnp.concatenate([condition, (length / steps)[:, None]], 1)
    held = {**variables, 'params': variables['params']['series']}
    mask = jnp.where(mask_of(told, steps) > 0, MASK, -MASK)
    return jnp.concatenate([inner.sample(held, key_series, told), mask], 2)

  return Generator(init, update, sample)
