"""The contracts of jaxaug. Everything else in the package is a function of one of these types."""

import difflib
import inspect
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Array = jax.Array
Key = jax.Array  # typed, from jax.random.key
PyTree = Any

Batch = Mapping[str, Array]
"""Named arrays that all lead with B. `image` [B, H, W, C] float in [0, 1] or uint8 (or another modality's name);
`label` [B, K] float32 probabilities; optional `id` [B] int32, `weight` [B], `mask`, `boxes`, `keypoints`, `group` [B],
`views` [B, V, ...], and of an attack `strength` [B] (share of its radius), `steps` [B] int32, and `truth` [B, K] where `label` is what the
attack climbs away from and not what says whether a row is fooled."""


class Model(NamedTuple):
  """The network as an augmentation sees it: parameters, eval mode and normalisation are inside, labels are not.

  Row i of a result depends on row i of the batch only. Differentiable in every float entry of the batch.
  """

  logits: Callable[[Batch], Array]  # -> [B, K]
  loss: Callable[[Batch], Array]  # -> [B], against the batch's OWN label, which an earlier augmentation may have mixed
  evidence: Callable[[Batch], Array] | None = None  # -> [B, h, w, K], whose mean over places is logits


Augment = Callable[[Key, Batch, Model], Batch]
"""A pure function. Reads what it needs, returns a batch with the same B and replaced or added entries; consumes its
key once. An attack is an Augment. What it learns, follows or remembers (policy, generator, epsilon, buffer) is an
argument of its factory, so it may be a traced array: differentiate it, vmap it, schedule it."""


class Adaptive(NamedTuple):
  """An augmentation whose factory's arguments change during training. `fixed(augment)` makes one of a plain Augment."""

  init: Callable[
    [Key, Batch], PyTree
  ]  # (key, a batch of one in the data's shapes) -> memory, kept in TrainState; () for most
  augment: Callable[[PyTree, Array], Augment]  # (memory, step) -> Augment; called inside the compiled step
  update: Callable[[PyTree, Batch, Array], PyTree]  # (memory, batch with Aux.rows, loss [B]) -> memory, all devices' rows


class Aux(NamedTuple):
  """What an objective returns beside its scalar."""

  batch_stats: PyTree
  loss: Array  # [B], for reports, mining and memory
  metrics: Mapping[str, Array]  # scalars
  rows: Mapping[str, Array] = {}  # [B] each, that an Adaptive's memory may learn from


Objective = Callable[[PyTree, PyTree, Key, Batch], tuple[Array, Aux]]
"""(params, batch_stats, key, batch) -> (loss, Aux); what is differentiated comes first."""


class TrainState(NamedTuple):
  """All that a run is. No leading device axis; every leaf equal on every device; `step(state, batch)` returns the next."""

  step: Array  # int32, steps taken
  key: Key  # of the run, never consumed: fold_in(fold_in(key, step), device)
  params: PyTree
  batch_stats: PyTree
  opt_state: PyTree
  ema: PyTree = ()  # {'params', 'batch_stats'} averaged over steps; () when off
  memory: PyTree = ()


class Interval(NamedTuple):
  """An estimate and the two ends of its confidence interval, all in the unit of the estimate."""

  value: float
  low: float
  high: float

  def __str__(self) -> str:
    return f'{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]'


class InputError(ValueError):
  """What the user gave cannot be used: a field, a name, a file. Launchers print it as one line and exit with 2."""


UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""What NumPy raises on an npz that is damaged or something else."""


def precise(value: Array) -> Array:
  """The same numbers in float32 at least: in half precision a loss has no gradient where the model is sure.

  Args:
    value: float [...].

  Returns:
    float32 or float64 [...].
  """
  return value.astype(jnp.promote_types(value.dtype, jnp.float32))


def stored(tree: PyTree) -> PyTree:
  """The same arrays, put into memory before anyone reads them.

  XLA's CPU backend drops `lax.optimization_barrier` before it fuses: steps that are written out then compute an image anew in every
  reader, from all steps before it. A loop that never runs is kept (`python -m benchmarks.pgd`). Other backends need none.

  Args:
    tree: arrays; floats are held, the rest passes by.

  Returns:
    The tree; on CPU without a gradient.
  """
  if jax.default_backend() != 'cpu':
    return tree
  leaves, form = jax.tree.flatten(jax.lax.stop_gradient(tree))
  held = [leaf for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating)]
  if not held:
    return tree
  one = lambda held: held[0].reshape(-1)[:1]
  never = lambda held: ((one(held) > 0) & jnp.isnan(one(held))).any()  # whatever the value; XLA does not see it
  held = iter(jax.lax.while_loop(never, lambda held: [leaf / 2 for leaf in held], held))
  return jax.tree.unflatten(form, [next(held) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf for leaf in leaves])


def check_name(name: str, known: Collection[str], where: str) -> None:
  """Raises InputError unless `name` is in `known`; the message lists what exists and guesses what was meant.

  Args:
    name: what the user wrote.
    known: what exists.
    where: the field the name stands in, for the message.
  """
  if name not in known:
    close = difflib.get_close_matches(str(name), known, 1)
    hint = f'Did you mean {close[0]!r}? ' if close else ''
    raise InputError(f'{where}: {name!r} is unknown. {hint}There are: {", ".join(known)}')


def fill(given: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> dict[str, Any]:
  """`defaults` overridden by `given`, both one level of plain values.

  Args:
    given: what the user set, e.g. a section of a config.
    defaults: every field there is. The type of a default is the type of the field: an int takes no float or text, a
      float takes an int; a default of None takes anything.
    where: the section's name, for messages.

  Returns:
    A dict with exactly the fields of `defaults`.

  Raises:
    InputError: unknown field or wrong type, naming it.
  """
  values = dict(defaults)
  for field, value in given.items():
    check_name(field, defaults, where)
    kind = type(defaults[field])
    if kind is float and type(value) is int:
      value = float(value)
    if kind is tuple and isinstance(value, list):
      value = tuple(value)
    if kind is dict and hasattr(value, 'items'):  # a ConfigDict is no Mapping
      value = dict(value.items())
    right = kind is type(None) or isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if not right:
      raise InputError(f'{where}.{field}: {value!r} is {type(value).__name__}, must be {kind.__name__}')
    values[field] = value
  return values


def defaults_of(factory: Callable) -> dict[str, Any]:
  """The arguments of a function that have defaults, by name: the fields of the config section that describes it."""
  parameters = inspect.signature(factory).parameters.values()
  return {
    p.name: dict(p.default) if isinstance(p.default, Mapping) else p.default for p in parameters if p.default is not p.empty
  }


def call(factory: Callable, given: Mapping[str, Any], where: str, *args) -> Any:
  """`factory(*args, **given)`, with the fields and types of `given` checked against the factory's defaults.

  Args:
    factory: a function.
    given: what the user set.
    where: the section's name, for messages.
    *args: its arguments without defaults.

  Returns:
    What the factory returns.

  Raises:
    InputError: unknown field or wrong type, naming it.
  """
  taken = list(inspect.signature(factory).parameters)[: len(args)]
  fields = {name: value for name, value in defaults_of(factory).items() if name not in taken}
  return factory(*args, **fill(given, fields, where))
