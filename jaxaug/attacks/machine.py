"""An attack as a machine that many rows go through at their own pace: one evaluation of the model a step.

A row knows how far it is, so a row that has ended can be replaced by another while its neighbours go on (`lanes.py`), and the
same steps written out in a loop are an Augment.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.attacks.pgd import check_classes, check_floats, example_keys
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, PyTree, stored


class Rows(NamedTuple):
  """What a row is attacked with, the same through all of its steps; B rows."""

  key: Key  # [B]
  origin: Array  # [B, H, W, C] float in [0, 1]
  label: Array  # [B, K] probabilities
  targets: Array  # int32 [B, R], the class each of R runs aims at; not read by untargeted attacks
  start: Array | None = None  # [B, H, W, C], where the first run of Auto-PGD begins in place of a random point


class Machine(NamedTuple):
  """`start(rows) -> state`, `step(logits_fn, state, rows) -> state`; `steps` at most until every row has ended.

  A state's entries lead with B; among them are `ended` and `fooled` [B] bool, `image` [B, H, W, C], what was found so far:
  misclassified and inside ball and box where `fooled`, otherwise the best there is. A row that has ended does not change.
  """

  start: Callable[[Rows], PyTree]
  step: Callable[[Callable[[Array], Array], PyTree, Rows], PyTree]
  steps: int


def per_row(flags: Array, like: Array) -> Array:
  """One value a row, shaped to stand beside whole rows.

  Args:
    flags: [B].
    like: [B, ...].

  Returns:
    [B, 1, ..., 1].
  """
  return flags.reshape(-1, *[1] * (like.ndim - 1))


def like(first: PyTree, second: PyTree) -> PyTree:
  """`second` in the dtypes of `first`: a state keeps its own where jax computes in float64.

  Args:
    first, second: trees of arrays, alike but for their dtypes.

  Returns:
    The tree of `second`.
  """
  return jax.tree.map(lambda a, b: b.astype(a.dtype), first, second)


def choose(flags: Array, first: Any, second: Any) -> Any:
  """Row by row the one or the other.

  Args:
    flags: [B] bool.
    first, second: trees of arrays that lead with B, alike.

  Returns:
    The same tree, rows of `first` where the flag is set, else of `second`.
  """
  return jax.tree.map(lambda a, b: jnp.where(per_row(flags, a), a, b), first, second)


def wrong(logits: Array, label: Array) -> Array:
  """Which rows are misclassified.

  Args:
    logits: [B, K]; NaN is wrong.
    label: [B, K] probabilities, of which the largest counts.

  Returns:
    [B] bool.
  """
  return (logits.argmax(-1) != label.argmax(-1)) | jnp.isnan(logits).any(-1)


def ranked(logits: Array, count: int) -> Array:
  """The most likely classes after the first: what targeted runs aim at.

  Args:
    logits: [B, K].
    count: below K.

  Returns:
    int32 [B, count].
  """
  return jnp.argsort(-logits, -1)[:, 1 : count + 1].astype(jnp.int32)


def aims(targets: int | None, batch: Batch) -> int:
  """How many classes a targeted attack aims at.

  Args:
    targets: as asked for; None takes AutoAttack's 9, or all others where there are fewer.
    batch: with `label` [B, K].

  Returns:
    At least 1.
  """
  return max(1, min(9, batch['label'].shape[-1] - 1)) if targets is None else targets


def next_run(
  state: PyTree, moved: PyTree, through: Array, rows: Rows, begin: Callable, runs: int, to_the_end: bool = False
) -> PyTree:
  """Rows that are through with a run go to the next one or end; rows that had ended stay as they were.

  Args:
    state: before the step, with `run` [B] int32 beside what a Machine needs.
    moved: after it.
    through: [B] bool.
    rows: as given to the machine.
    begin: (rows, run) -> state at the start of that run; `fooled` and what begins with `image` are kept from before.
    runs: how many there are.
    to_the_end: whether rows go on that are fooled, since a model that answers by chance may not be fooled for good.

  Returns:
    The next state.
  """
  enough = moved.fooled & (not to_the_end)
  over = through & ~enough
  ended = enough | (over & (moved.run + 1 >= runs))
  moved = like(state, moved._replace(ended=ended))
  if runs > 1:
    again = over & ~ended

    def restart(moved):
      fresh = begin(rows, moved.run + 1)
      kept = [field for field in fresh._fields if field.startswith('image') or field == 'fooled']
      fresh = like(moved, fresh._replace(**{field: getattr(moved, field) for field in kept}))
      return choose(again, fresh, moved)

    moved = jax.lax.cond(again.any(), restart, lambda moved: moved, moved)
  return choose(state.ended, state, moved)


def as_augment(
  machine: Machine, targets: int = 0, unroll: bool | None = None, bounds: tuple[float, float] | None = None
) -> Augment:
  """A machine as an Augment: all rows side by side until the last has ended.

  Args:
    machine: the attack.
    targets: how many classes it aims at, the most likely ones of the image as it comes; 0 for an untargeted attack.
    unroll: write the steps out one after the other; None does so on CPU up to 25, see `pgd`.
    bounds: lowest and highest pixel value, which images outside of jit are held against.

  Returns:
    Augment that replaces `image` [B, H, W, C] float; no gradient flows through it.

  Raises:
    InputError: when run, as many targets as classes, images or labels that no attack takes.
  """
  written_out = unroll if unroll is not None else jax.default_backend() == 'cpu' and machine.steps <= 25

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'attack', bounds)
    fixed = jax.lax.stop_gradient(jax.tree.map(jnp.asarray, dict(batch)))
    logits_fn = lambda image: model.logits({**fixed, 'image': image}).astype(image.dtype)
    check_classes(jax.eval_shape(logits_fn, fixed['image']).shape[-1], batch, 'attack')
    if targets >= fixed['label'].shape[-1]:
      raise InputError(f'attack.targets: {targets} must be below the {fixed["label"].shape[-1]} classes')
    aims = ranked(logits_fn(fixed['image']), targets) if targets else jnp.zeros((len(fixed['image']), 1), jnp.int32)
    rows = Rows(example_keys(key, batch), fixed['image'], fixed['label'], aims, fixed.get('start'))
    state = machine.start(rows)
    step = lambda state: like(state, machine.step(logits_fn, state, rows))
    if written_out:
      for _ in range(machine.steps):
        state = stored(step(state))
    else:
      state = jax.lax.fori_loop(0, machine.steps, lambda _, state: step(state), state)
    return {**batch, 'image': jax.lax.stop_gradient(state.image)}

  return attack
