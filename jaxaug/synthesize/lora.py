"""A pretrained generator taught a new class from a few examples: all of its weights, or low-rank changes of them alone."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.synthesize.generator import Generator, first_state, over_devices, step_key
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState


def fine_tuned(generator: Generator, variables: PyTree) -> Generator:
  """The generator, with all of its weights starting at pretrained ones.

  Args:
    generator: one with a `loss`, as `edm` makes it.
    variables: as `fit` left them, of one seed: {'params', ...}.

  Returns:
    Generator.

  Raises:
    InputError: a generator without one loss of its own.
  """
  _check(generator)
  start = lambda key: generator.init(key)._replace(params=variables['params'], ema=variables)
  return generator._replace(init=start)


def lora(
  generator: Generator,
  variables: PyTree,
  *,
  rank: int = 4,
  alpha: float = 4.0,
  learning_rate: float = 1e-3,
  ema: float = 0.99,
) -> Generator:
  """The generator, of which only a product of two thin matrices is learnt for each kernel: W + alpha / rank A B.

  Kernels of dense layers are [inputs, outputs] and of others [all else, last axis]; A [.., rank] starts at N(0, 1 / inputs), B [rank, ..] at 0,
  so that the first draws are the pretrained generator's. Biases and scales stay. A new class needs a free slot in the condition the
  generator was pretrained with: its row of a kernel changes as the others do.

  Args:
    generator: one with a `loss`, as `edm` makes it.
    variables: as `fit` left them, of one seed: {'params', ...}.
    rank: of the changes, at most.
    alpha: their scale is alpha / rank.
    learning_rate: of Adam.
    ema: decay of the averaged A and B, ramped.

  Returns:
    Generator whose params are {path of a kernel: {'a', 'b'}}; metrics `loss`. `fit` trains it as any other.

  Raises:
    InputError: a number out of range, a generator without one loss of its own, or without kernels.

  Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021, equation 3; its B A is (A B)^T here, kernels being [in, out].
  """
  _check(generator)
  if rank < 1 or alpha <= 0 or not 0 <= ema < 1:
    raise InputError(f'lora: rank {rank} must be at least 1, alpha {alpha} above 0, ema {ema} in [0, 1)')
  base = jax.tree.map(jnp.asarray, variables['params'])
  found = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(base)}
  kernels = {name: (leaf.size // leaf.shape[-1], leaf.shape[-1]) for name, leaf in found.items() if leaf.ndim > 1}
  if not kernels:
    raise InputError('lora: the generator has no kernel, no array of two axes or more')
  optimizer = optax.adam(learning_rate)

  def whole(adapters: PyTree) -> PyTree:
    """The pretrained params with the changes."""

    def changed(path, leaf):
      pair = adapters.get(jax.tree_util.keystr(path))
      return leaf if pair is None else leaf + (alpha / rank * pair['a'] @ pair['b']).reshape(leaf.shape)

    return jax.tree_util.tree_map_with_path(changed, base)

  def init(key: Key) -> TrainState:
    key_adapters, key_run = jax.random.split(key)
    keys = jax.random.split(key_adapters, len(kernels))
    adapters = {
      name: {'a': jax.random.normal(one, (rows, rank)) / rows**0.5, 'b': jnp.zeros((rank, columns))}
      for one, (name, (rows, columns)) in zip(keys, kernels.items())
    }
    return first_state(key_run, adapters, optimizer)

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    loss = lambda adapters: generator.loss(whole(adapters), step_key(state, axis), batch)
    value, gradient = over_devices(jax.value_and_grad(loss)(state.params), axis)
    updates, opt_state = optimizer.update(gradient, state.opt_state)
    params = optax.apply_updates(state.params, updates)
    kept = average(state.ema, {'params': params, 'batch_stats': {}}, state.step, ema)
    return state._replace(step=state.step + 1, params=params, opt_state=opt_state, ema=kept), {'loss': value}

  def sample(changes: PyTree, key: Key, condition: Array) -> Array:
    return generator.sample({**variables, 'params': whole(changes['params'])}, key, condition)

  return Generator(init, update, sample, lambda params, key, batch: generator.loss(whole(params), key, batch))


def _check(generator: Generator) -> None:
  if generator.loss is None:
    raise InputError('lora: the generator has no loss of its own (a GAN has two); take edm')
