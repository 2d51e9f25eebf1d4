"""Compiled programs that serve every model of one structure: what differs from model to model comes in as arrays."""

import functools
from collections.abc import Callable, Hashable
from typing import Any

import jax
import numpy as np

from jaxaug.types import PyTree


def program_for(logits_fn: Callable, build: Callable[..., Any], *about: Hashable) -> tuple[Any, PyTree]:
  """What `build` compiles, kept from call to call where `logits_fn` brings its weights as arrays.

  A `jax.tree_util.Partial(fn, weights)`, or any other callable tree all of whose leaves are arrays, is an argument of the program: other
  weights are no other program. `fn` is part of the program: one function at the top of a module, which holds nothing that changes. In a
  plain function weights are constants: its program serves it alone and is not kept.

  Args:
    logits_fn: the model.
    build: from `about` to jitted functions that take the model as an argument; at the top of a module.
    *about: equal for equal programs.

  Returns:
    (what was built, the model in the form that it takes).
  """
  leaves, structure = jax.tree.flatten(logits_fn)
  if leaves and all(isinstance(leaf, (np.ndarray, np.generic, jax.Array)) for leaf in leaves):
    try:
      return _kept(structure, build, *about), logits_fn
    except (TypeError, ValueError):  # what stands beside its leaves cannot be compared
      pass
  return build(*about), jax.tree_util.Partial(logits_fn)


@functools.lru_cache(64)  # by structure, so that a program and the functions in it go when their place is taken
def _kept(structure, build, *about):
  return build(*about)
