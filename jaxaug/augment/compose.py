"""Augmentations out of augmentations."""

import jax

from jaxaug.types import Adaptive, Array, Augment, Batch, Key, Model, PyTree


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
  return Adaptive(lambda key, example: (), lambda memory, step: augment, lambda memory, batch, loss: memory)


def compose_adaptive(*parts: Adaptive) -> Adaptive:
  """Runs adaptive augmentations one after the other; each keeps a memory of its own.

  Args:
    *parts: in order.

  Returns:
    Adaptive, whose memory is a tuple of theirs.
  """

  def init(key: Key, example: Batch) -> PyTree:
    return tuple(part.init(one, example) for one, part in zip(jax.random.split(key, len(parts)), parts))

  def augment(memory: PyTree, step: Array) -> Augment:
    return compose(*(part.augment(own, step) for own, part in zip(memory, parts)))

  def update(memory: PyTree, batch: Batch, loss: Array) -> PyTree:
    return tuple(part.update(own, batch, loss) for own, part in zip(memory, parts))

  return Adaptive(init, augment, update)
