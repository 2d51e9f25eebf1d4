"""Which rows of a table a step learns from and under which condition, and which conditions are drawn for sampling."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.synthesize.table_layout import Layout, condition_width
from jaxaug.types import Batch, Key


def table_examples(layout: Layout, encoded: np.ndarray) -> dict[str, np.ndarray]:
  """What the draws below take.

  Args:
    layout: of the rows.
    encoded: float32 [N, D].

  Returns:
    `encoded`; `order` int32 [N, discrete columns]: the rows sorted by their category of that column.
  """
  at, orders = encoded.shape[1] - condition_width(layout), []
  for size in _sizes(layout):
    orders.append(np.argsort(encoded[:, at : at + size].argmax(-1), kind='stable').astype(np.int32))
    at += size
  return {'encoded': encoded, 'order': np.stack(orders, -1) if orders else np.zeros((len(encoded), 0), np.int32)}


def category_counts(layout: Layout, encoded: np.ndarray) -> np.ndarray:
  """Rows that have each category.

  Args:
    layout: of the rows.
    encoded: [N, D], one-hots above 0 where they are one.

  Returns:
    int64 [K].
  """
  return (encoded[:, encoded.shape[1] - condition_width(layout) :] > 0).sum(0)


def _sizes(layout: Layout) -> list[int]:
  """Categories of each discrete column, in the order of the condition."""
  return [span.size for span in layout if span.kind == 'category']


def log_frequency(layout: Layout, counts: np.ndarray) -> np.ndarray:
  """p(k) = 1 / columns * ln(1 + n_k) / sum of ln(1 + n_j) over the categories j of k's column.

  Args:
    layout: of the rows.
    counts: rows of each category [K].

  Returns:
    float64 [K], sums to 1.

  Source: Xu et al., 2019, section 4.3.
  """
  return _shares(layout, np.log1p(np.asarray(counts, np.float64)))


def true_frequency(layout: Layout, counts: np.ndarray) -> np.ndarray:
  """p(k) = 1 / columns * n_k / N: what conditions are drawn by in sampling, so that categories keep their shares.

  Args:
    layout: of the rows.
    counts: rows of each category [K].

  Returns:
    float64 [K], sums to 1.
  """
  return _shares(layout, np.asarray(counts, np.float64))


def _shares(layout: Layout, mass: np.ndarray) -> np.ndarray:
  sizes = _sizes(layout)
  totals = np.add.reduceat(mass, np.cumsum([0, *sizes[:-1]])) if sizes else np.zeros(0)
  return mass / np.repeat(totals, sizes) / max(len(sizes), 1)


def training_by_sampling(layout: Layout, counts: np.ndarray) -> Callable[[Key, Batch, int], Batch]:
  """The draw of CTGAN: a discrete column, each as likely; a category of it by log frequency; a row that has it.

  Args:
    layout: of the rows.
    counts: rows of each category [K].

  Returns:
    (key, examples as `table_examples` gives them, size) -> {'encoded' [B, D], 'condition' [B, K]}, the condition one-hot in the chosen
    column and 0 elsewhere. Without discrete columns any row, K = 0.

  Source: Xu et al., 2019, section 4.3.
  """
  sizes, counts = _sizes(layout), np.asarray(counts, np.int32)
  upto = np.cumsum(log_frequency(layout, counts)).astype(np.float32)[:-1]
  column = np.repeat(np.arange(len(sizes)), sizes)
  first = np.concatenate([np.cumsum(c) - c for c in np.split(counts, np.cumsum(sizes)[:-1])]) if sizes else counts

  def draw(key: Key, examples: Batch, size: int) -> Batch:
    if not sizes:
      rows = jax.random.randint(key, (size,), 0, len(examples['encoded']))
      return {'encoded': examples['encoded'][rows], 'condition': jnp.zeros((size, 0))}
    category, place = jax.random.uniform(key, (2, size))
    k = jnp.searchsorted(jnp.asarray(upto), category, side='right')
    many = jnp.asarray(counts)[k]
    place = jnp.asarray(first)[k] + jnp.minimum((place * many).astype(jnp.int32), many - 1)
    rows = examples['order'][place, jnp.asarray(column)[k]]
    return {'encoded': examples['encoded'][rows], 'condition': jax.nn.one_hot(k, len(counts))}

  return draw


def masked_rows(layout: Layout, counts: np.ndarray) -> Callable[[Key, Batch, int], Batch]:
  """Any row; of its categories each row tells a share that is uniform in [0, 1]: all of them, some, or none.

  So that one network answers to conditions on any columns, and to none, without rejection.

  Args:
    layout: of the rows.
    counts: not needed; as `training_by_sampling` has it.

  Returns:
    (key, examples, size) -> {'encoded' [B, D], 'condition' [B, K]}, the condition one-hot in some columns and 0 in the others.
  """
  sizes = _sizes(layout)
  column = np.repeat(np.arange(len(sizes)), sizes)

  def draw(key: Key, examples: Batch, size: int) -> Batch:
    key_row, key_share, key_told = jax.random.split(key, 3)
    encoded = examples['encoded'][jax.random.randint(key_row, (size,), 0, len(examples['encoded']))]
    category = (encoded[:, encoded.shape[1] - len(column) :] > 0).astype(jnp.float32)
    told = jax.random.uniform(key_told, (size, len(sizes))) < jax.random.uniform(key_share, (size, 1))
    return {'encoded': encoded, 'condition': category * told[:, column]}

  return draw


def frequent_conditions(layout: Layout, counts: np.ndarray, random: np.random.Generator, size: int) -> np.ndarray:
  """Conditions for sampling without one: a discrete column, each as likely, and a category of it by its true frequency.

  Args:
    layout: of the rows.
    counts: rows of each category [K].
    random: draws.
    size: B.

  Returns:
    float32 [B, K].
  """
  chances = true_frequency(layout, counts)
  if not len(chances):
    return np.zeros((size, 0), np.float32)
  return np.eye(len(chances), dtype=np.float32)[random.choice(len(chances), size, p=chances)]


def no_conditions(layout: Layout, counts: np.ndarray, random: np.random.Generator, size: int) -> np.ndarray:
  """Zeros: what `masked_rows` teaches to mean any row.

  Args:
    layout: of the rows.
    counts, random: not needed; as `frequent_conditions` has them.
    size: B.

  Returns:
    float32 [B, K].
  """
  return np.zeros((size, condition_width(layout)), np.float32)
