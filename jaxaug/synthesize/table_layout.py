"""Where in an encoded table row stands what: scalars first, then one-hots of modes, then one-hots of categories."""

from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.types import Array, InputError, Key

KINDS = ('scalar', 'modes', 'category')


class Span(NamedTuple):
  """Neighbouring entries of an encoded row that belong together."""

  column: str | int
  kind: str
  """'scalar': a number in [-1, 1]; 'modes': one-hot of a number's mode or of its absence; 'category': one-hot of a discrete column."""
  size: int


Layout = tuple[Span, ...]
"""Spans in the order of KINDS and, within a kind, of size: equal ones are neighbours, so that all are worked on at once. The categories
end the row: a row's condition, K wide, is its own tail."""


def make_layout(spans: list[Span]) -> Layout:
  """Puts spans in order.

  Args:
    spans: in any order.

  Returns:
    Layout.

  Raises:
    InputError: no span, an unknown kind, a size out of range.
  """
  for span in spans:
    if span.kind not in KINDS or span.size < 1 or (span.kind == 'scalar' and span.size > 1):
      raise InputError(f'layout: {span} must be one of {", ".join(KINDS)} with a size of at least 1, a scalar of exactly 1')
  if not spans:
    raise InputError('layout: a table without a column that varies has nothing to learn')
  return tuple(sorted(spans, key=lambda span: (KINDS.index(span.kind), span.size)))


def row_width(layout: Layout) -> int:
  """D, entries of an encoded row."""
  return sum(span.size for span in layout)


def condition_width(layout: Layout) -> int:
  """K, categories of all discrete columns together."""
  return sum(span.size for span in layout if span.kind == 'category')


def starts(layout: Layout) -> dict[tuple[str | int, str], int]:
  """Where each span begins: (column, kind) -> index into the encoded row."""
  found, at = {}, 0
  for span in layout:
    found[span.column, span.kind] = at
    at += span.size
  return found


def runs(layout: Layout) -> Iterator[tuple[str, int, int, int]]:
  """Neighbouring spans of one kind and size: (kind, begin, how many, size)."""
  at, index = 0, 0
  while index < len(layout):
    kind, size = layout[index].kind, layout[index].size
    count = 1
    while index + count < len(layout) and layout[index + count][1:] == (kind, size):
      count += 1
    yield kind, at, count, size
    at, index = at + count * size, index + count


def activate(layout: Layout, raw: Array, key: Key, tau: float = 0.2) -> Array:
  """tanh of scalars; Gumbel-softmax of one-hots: softmax((raw + g) / tau), g = -ln(-ln u), whose argmax is an exact draw.

  Args:
    layout: of the row.
    raw: float [B, D], output of a network.
    key: of the Gumbel noise.
    tau: temperature, above 0.

  Returns:
    float [B, D]; scalars in [-1, 1], each one-hot sums to 1.

  Source: Jang, Gu and Poole, Categorical Reparameterization with Gumbel-Softmax, 2017; its use: Xu et al., Modeling Tabular Data using
  Conditional GAN, 2019, section 4.2.
  """
  return soften(layout, raw, jax.random.gumbel(key, one_hots(layout, raw).shape), tau)


def soften(layout: Layout, raw: Array, gumbel: Array, tau: float = 0.2) -> Array:
  """What `activate` does, with the noise given.

  Args:
    layout: of the row.
    raw: float [B, D].
    gumbel: float [B, D - scalars].
    tau: temperature.

  Returns:
    float [B, D].
  """
  scalars = raw[:, : raw.shape[1] - gumbel.shape[1]]
  noisy = (one_hots(layout, raw) + gumbel) / tau
  return _by_run(layout, jnp.concatenate([scalars, noisy], -1), jnp.tanh, jax.nn.softmax)


def one_hots(layout: Layout, rows: Array) -> Array:
  """The entries that are no scalars.

  Args:
    layout: of the row.
    rows: [B, D].

  Returns:
    [B, D - scalars].
  """
  return rows[:, sum(span.kind == 'scalar' for span in layout) :]


def log_probabilities(layout: Layout, raw: Array) -> Array:
  """ln softmax of every one-hot, 0 at scalars.

  Args:
    layout: of the row.
    raw: float [B, D].

  Returns:
    float [B, D].
  """
  return _by_run(layout, raw, jnp.zeros_like, jax.nn.log_softmax)


def draw_rows(layout: Layout, raw: Array, deviation: Array, key: Key) -> Array:
  """Scalars from N(tanh(raw), deviation^2), clipped to [-1, 1]; one-hots from their softmax, hard.

  Args:
    layout: of the row.
    raw: float [B, D].
    deviation: float [number of scalars].
    key: of the draw.

  Returns:
    float [B, D].

  Source: Xu et al., 2019, section 4.5.
  """
  key_scalar, key_choice = jax.random.split(key)
  scalars = len(deviation)
  noise = deviation[None] * jax.random.normal(key_scalar, (len(raw), scalars))
  noisy = one_hots(layout, raw) + jax.random.gumbel(key_choice, one_hots(layout, raw).shape)
  hard = lambda x: jax.nn.one_hot(x.argmax(-1), x.shape[-1])
  x = jnp.concatenate([jnp.tanh(raw[:, :scalars]) + noise, noisy], -1)
  return _by_run(layout, x, lambda x: jnp.clip(x, -1, 1), hard)


def _by_run(layout: Layout, x: Array, scalar, one_hot) -> Array:
  """`scalar` of the scalars and `one_hot` of each one-hot [B, count, size]."""
  parts = []
  for kind, at, count, size in runs(layout):
    part = x[:, at : at + count * size]
    parts.append(scalar(part) if kind == 'scalar' else one_hot(part.reshape(len(x), count, size)).reshape(part.shape))
  return jnp.concatenate(parts, -1)
