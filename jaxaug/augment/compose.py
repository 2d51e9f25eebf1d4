"""Augmentations out of augmentations."""

import jax

from jaxaug.types import Adaptive, Augment, Batch, Key, Model


def identity(key: Key, batch: Batch, model: Model) -> Batch:
  """Does nothing.

  Args:
    key, model: not used.
    batch: of any entries.

  Returns:
    The batch as it is.
  """
  return batch


def compose(*augments: Augment) -> Augment:
  """Runs augmentations one after the other: what one mixed is what the next attacks.

  Args:
    *augments: in order; each gets a key of its own.

  Returns:
    Augment; without arguments, `identity`.
  """
  if not augments:
    return identity

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    for one_key, one in zip(jax.random.split(key, len(augments)), augments):
      batch = one(one_key, batch, model)
    return batch

  return augment


def fixed(augment: Augment) -> Adaptive:
  """An Adaptive without memory.

  Args:
    augment: used at every step.

  Returns:
    Adaptive.
  """
  return Adaptive(lambda key: (), lambda memory, step: augment, lambda memory, batch, loss: memory)
