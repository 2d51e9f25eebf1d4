"""A recurrent controller that writes policies token by token."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.search.space import Space, choices
from jaxaug.types import Array, Key, PyTree

KINDS = 3  # op, probability, magnitude


class Controller(nn.Module):
  """An LSTM that reads the last token and tells the next one's logits; tokens are op, probability, magnitude, in turn.

  Attributes:
    choices: numbers of ops, probabilities, magnitudes.
    width: units, and length of a token's embedding.
    tanh: logits are tanh * tanh(logits / temperature) with the temperature next; 0 leaves them.
    temperature: of the logits.

  Call with carry, the last token (int, 0 at first), its kind and the next one's kind; returns (carry, logits [V], -infinity beyond the
  choices of the kind).

  Source: Cubuk et al., AutoAugment, 2019, section 3; Bello et al., Neural Combinatorial Optimization, 2017, appendix A.1 (tanh).
  """

  choices: tuple[int, int, int]
  width: int = 64
  tanh: float = 2.5
  temperature: float = 5.0

  @nn.compact
  def __call__(self, carry: PyTree, token: Array, kind: Array) -> tuple[PyTree, Array]:
    most = max(self.choices)
    embedding = self.param('embedding', nn.initializers.normal(0.1), (KINDS, most, self.width))
    head = self.param('head', nn.initializers.normal(0.1), (KINDS, self.width, most))
    last = (kind - 1) % KINDS
    carry, out = nn.OptimizedLSTMCell(self.width)(carry, embedding[last, token])
    logits = out @ head[kind]
    if self.tanh:
      logits = self.tanh * jnp.tanh(logits / self.temperature)
    return carry, jnp.where(jnp.arange(most) < jnp.array(self.choices)[kind], logits, -jnp.inf)


def make_controller(space: Space, width: int = 64, tanh: float = 2.5) -> Controller:
  """The controller of a space.

  Args:
    space: whose tokens.
    width, tanh: of `Controller`.

  Returns:
    Controller.
  """
  return Controller(choices(space), width, tanh)


def first_carry(controller: Controller) -> PyTree:
  """Zeros, which the LSTM begins with."""
  return jnp.zeros(controller.width), jnp.zeros(controller.width)


def init_controller(controller: Controller, key: Key) -> PyTree:
  """Weights.

  Args:
    controller: the network.
    key: consumed.

  Returns:
    PyTree of params.
  """
  return controller.init(key, first_carry(controller), jnp.int32(0), jnp.int32(0))['params']


def write(controller: Controller, params: PyTree, key: Key, length: int) -> Array:
  """Draws tokens one after the other.

  Args:
    controller: the network.
    params: its weights.
    key: consumed.
    length: T, a multiple of 3.

  Returns:
    int32 [T].
  """

  def one(state, place):
    carry, token = state
    carry, logits = controller.apply({'params': params}, carry, token, place % KINDS)
    token = jax.random.categorical(jax.random.fold_in(key, place), logits).astype(jnp.int32)
    return (carry, token), token

  return jax.lax.scan(one, (first_carry(controller), jnp.int32(0)), jnp.arange(length))[1]


def read(controller: Controller, params: PyTree, tokens: Array) -> tuple[Array, Array]:
  """What the controller makes of tokens that it, or another state of it, has written.

  Args:
    controller: the network.
    params: its weights.
    tokens: int32 [T].

  Returns:
    (log-probability of each [T], entropy of the choice of each, in nats [T]).
  """

  def one(state, given):
    carry, last = state
    place, token = given
    carry, logits = controller.apply({'params': params}, carry, last, place % KINDS)
    there = jnp.isfinite(logits)
    logs = jax.nn.log_softmax(logits)
    entropy = -jnp.where(there, jnp.exp(logs) * jnp.where(there, logs, 0), 0).sum()
    return (carry, token), (logs[token], entropy)

  start = first_carry(controller), jnp.int32(0)
  return jax.lax.scan(one, start, (jnp.arange(len(tokens)), tokens))[1]


def tokens_of(tokens: Array, space: Space) -> np.ndarray:
  """[T] as the [S, L, 3] of `decode`.

  Args:
    tokens: int [T].
    space: theirs.

  Returns:
    int [S, L, 3].
  """
  return np.asarray(tokens).reshape(space.sub_policies, space.steps, KINDS)
