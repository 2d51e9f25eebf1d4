"""Auto-PGD in L1: sparse steps whose sparsity follows what was found, in balls that shrink to the asked one."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.machine import Machine, Rows, choose, next_run, per_row, wrong
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array

BALLS = (3.0, 2.0, 1.0)  # radii of the phases, times epsilon
SHARES = (0.3, 0.3, 0.4)  # of the steps
SHRINK, LEAST = 1.5, 10.0  # of the step size


class SparseClimb(NamedTuple):
  """Where each of B rows is."""

  run: Array  # int32, of the restarts or targets
  phase: Array  # int32, into BALLS
  evaluations: Array  # int32, of this phase
  place: Array  # [B, H, W, C], evaluated next
  step_size: Array
  share: Array  # of the entries that a step moves
  changed: Array  # how many entries differed from the origin at the last look
  best: Array  # of this phase, highest loss
  best_gradient: Array
  best_loss: Array
  image: Array  # misclassified, or of highest loss in the last phase over all runs
  image_loss: Array
  fooled: Array
  ended: Array


def _changed(image: Array, origin: Array) -> Array:
  """[B] float: entries that differ."""
  return (image != origin).sum(tuple(range(1, image.ndim))).astype(jnp.float32)


def l1_machine(threat_model: ThreatModel, steps: int, evaluate, runs: int, to_the_end: bool = False) -> Machine:
  """Auto-PGD for L1, row by row; see `apgd`.

  Args:
    threat_model: of norm 'l1'.
    steps: of a run, over all phases.
    evaluate: of `apgd.evaluator`.
    runs: restarts, or targets.
    to_the_end: whether rows go on that are fooled.

  Returns:
    Machine.

  Source: Croce and Hein, Mind the Box: l1-APGD for Sparse Adversarial Attacks on Image Classifiers, 2021, section 3; the
  numbers are those of their code.
  """
  first, second = (math.ceil(share * steps) for share in SHARES[:2])
  lengths = np.maximum([first, second, steps - first - second], 1)
  windows = np.maximum((0.04 * lengths).astype(int), 1)
  balls = np.float32(BALLS)

  def within(image, rows, phase):
    ball = lambda image, origin, epsilon: threat_model._replace(epsilon=epsilon).project(image, origin)
    return jax.vmap(ball)(image, rows.origin, jnp.asarray(balls)[phase] * threat_model.epsilon)

  def enter(state, phase, place, rows):
    """A phase from a place in its ball."""
    changed = _changed(place, rows.origin)
    zero = jnp.zeros(len(place))
    return state._replace(
      phase=phase, evaluations=jnp.zeros_like(phase), place=place, step_size=jnp.asarray(balls)[phase] * threat_model.epsilon,
      share=changed / place[0].size / SHRINK, changed=changed, best=place, best_gradient=jnp.zeros_like(place), best_loss=zero,
    )  # fmt: skip

  def begin(rows: Rows, run) -> SparseClimb:
    keys = jax.vmap(jax.random.fold_in)(rows.key, run)
    noise = jax.vmap(lambda key: jax.random.normal(key, rows.origin.shape[1:]))(keys)
    phase, zero, no = jnp.zeros_like(run), jnp.zeros(len(run)), jnp.zeros(len(run), bool)
    same = rows.origin
    state = SparseClimb(run, phase, phase, same, zero, zero, zero, same, same, zero, same, zero - jnp.inf, no, no)
    place = rows.origin + noise
    if rows.start is not None:
      place = choose(run == 0, rows.start, place)
    return enter(state, phase, within(place, rows, phase), rows)

  def start(rows: Rows) -> SparseClimb:
    return begin(rows, jnp.zeros(len(rows.origin), jnp.int32))

  def sparse(gradient, share):
    entries = jnp.abs(gradient).reshape(len(gradient), -1)
    rank = jnp.clip((1 - share) * entries.shape[1], 0, entries.shape[1] - 1).astype(jnp.int32)
    least = jnp.take_along_axis(jnp.sort(entries, -1), rank[:, None], 1)[:, 0]
    chosen = jnp.sign(gradient) * (jnp.abs(gradient) >= per_row(least, gradient))
    return chosen / (jnp.abs(chosen).sum(tuple(range(1, chosen.ndim)), keepdims=True) + 1e-10)

  def step(logits_fn, state: SparseClimb, rows: Rows) -> SparseClimb:
    losses, logits, gradient = evaluate(logits_fn, state.place, rows, state.run, state.phase * steps + state.evaluations)
    last = state.phase == len(BALLS) - 1
    now = last & wrong(logits, rows.label)
    fooled = state.fooled | now
    better = (state.evaluations == 0) | (losses > state.best_loss)
    best, best_gradient, best_loss = choose(
      better, (state.place, gradient, losses), (state.best, state.best_gradient, state.best_loss)
    )
    found = now | (~fooled & last & (losses > state.image_loss))
    image, image_loss = choose(found, (state.place, losses), (state.image, state.image_loss))

    look = (state.evaluations > 0) & (state.evaluations % jnp.asarray(windows)[state.phase] == 0)
    changed = _changed(best, rows.origin)
    sparser = look & (changed < 0.95 * state.changed)
    most = jnp.asarray(balls)[state.phase] * threat_model.epsilon
    slower = jnp.clip(state.step_size / SHRINK, most / LEAST, most)
    step_size = jnp.where(look, jnp.where(sparser, most, slower), state.step_size)
    share = jnp.where(look, changed / best[0].size / SHRINK, state.share)
    here, uphill = choose(sparser, (best, best_gradient), (state.place, gradient))

    place = within(here + per_row(step_size, here) * sparse(uphill, share), rows, state.phase)
    moved = state._replace(
      evaluations=state.evaluations + 1, place=place, step_size=step_size, share=share,
      changed=jnp.where(look, changed, state.changed), best=best, best_gradient=best_gradient, best_loss=best_loss,
      image=image, image_loss=image_loss, fooled=fooled,
    )  # fmt: skip
    through = moved.evaluations > jnp.asarray(lengths)[state.phase]
    phase = jnp.minimum(state.phase + 1, len(BALLS) - 1)
    moved = choose(through & ~last, enter(moved, phase, within(best, rows, phase), rows), moved)
    return next_run(state, moved, through & last, rows, begin, runs, to_the_end)

  return Machine(start, step, runs * int((lengths + 1).sum()))
