"""Ranges from which something is drawn for each image."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array, InputError, Key


def check_range(value: float | tuple, smallest: float, largest: float, where: str) -> None:
  """Raises InputError unless a number, or (low, high), lies in [smallest, largest].

  Args:
    value: a plain number, or two of them, the lower first.
    smallest, largest: limits.
    where: named in the message.
  """
  bounds = value if isinstance(value, tuple) else (value, value)
  plain = len(bounds) == 2 and all(isinstance(bound, (int, float)) for bound in bounds)
  if not plain or not smallest <= bounds[0] <= bounds[1] <= largest:
    form = '(low, high) with low <= high, both' if isinstance(value, tuple) else 'a number'
    raise InputError(f'{where}: {value!r} must be {form} in [{smallest:g}, {largest:g}]')


def between(key: Key, *ranges: tuple[float, float]) -> Array:
  """One number out of each range, evenly.

  Args:
    key: consumed.
    *ranges: (low, high) of each; where both are the same, that is drawn.

  Returns:
    float32 [len(ranges)].
  """
  low, high = jnp.array(ranges, jnp.float32).T
  return jax.random.uniform(key, (len(ranges),), minval=low, maxval=high)
