"""Fast Adaptive Boundary attack: the nearest misclassified image, by way of linear decision boundaries."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.attacks.boundary import boundary_to, nearest_boundary
from jaxaug.attacks.hyperplane import to_hyperplane
from jaxaug.attacks.machine import Machine, Rows, aims, as_augment, choose, next_run, per_row, wrong
from jaxaug.attacks.norms import NORMS
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, InputError

MOST_BACK = 0.1  # share of the way from the origin's side, at most
OVERSHOOT = 1.05
TOWARDS_ORIGIN = 0.9  # of the change, kept once misclassified


class Boundary(NamedTuple):
  """Where each of B rows is."""

  run: Array  # int32, of the targets or restarts
  evaluations: Array  # int32, steps taken in this run
  place: Array  # [B, H, W, C]
  image: Array  # the misclassified one nearest to the origin so far; inside ball and box where `fooled`
  image_length: Array
  fooled: Array
  ended: Array


def fab_machine(threat_model: ThreatModel, steps: int, runs: int, targeted: bool = True) -> Machine:
  """FAB, row by row; see `fab`. A row ends with its first misclassified image inside the ball.

  Args:
    threat_model, steps: as in `fab`.
    runs: targets, or restarts.
    targeted: whether run r looks at the boundary to `rows.targets[:, r]` only, and runs start at the origin.

  Returns:
    Machine.
  """
  norm, bounds = threat_model.norm, threat_model.bounds
  length = jax.vmap(NORMS[norm].length)
  project = jax.vmap(threat_model.project)
  nearest = jax.vmap(lambda image, weight, offset: to_hyperplane(norm, image, weight, offset, bounds))

  def begin(rows: Rows, run) -> Boundary:
    place = rows.origin
    if not targeted:  # the first run starts at the origin, the others half way to the edge
      keys = jax.vmap(jax.random.fold_in)(rows.key, run)
      half = threat_model._replace(epsilon=threat_model.epsilon / 2)
      place = choose(run > 0, jax.vmap(half.init)(keys, rows.origin), rows.origin)
    no = jnp.zeros(len(run), bool)
    return Boundary(run, jnp.zeros_like(run), place, rows.origin, jnp.full(len(run), jnp.inf), no, no)

  def start(rows: Rows) -> Boundary:
    return begin(rows, jnp.zeros(len(rows.origin), jnp.int32))

  def boundary(logits_fn, state, rows):
    label = rows.label.argmax(-1).astype(jnp.int32)
    if targeted:
      return boundary_to(logits_fn, state.place, label, jnp.take_along_axis(rows.targets, state.run[:, None], 1)[:, 0])
    return nearest_boundary(logits_fn, state.place, label, rows.label.shape[-1], norm)

  def step(logits_fn, state: Boundary, rows: Rows) -> Boundary:
    value, gradient = boundary(logits_fn, state, rows)
    offset = (gradient * state.place).sum(tuple(range(1, gradient.ndim))) - value
    from_place = nearest(state.place, gradient, offset)
    from_origin = nearest(rows.origin, gradient, offset)
    a, b = (jnp.maximum(length(change), 1e-8) for change in (from_place, from_origin))
    back = per_row(jnp.minimum(a / (a + b), MOST_BACK), gradient)
    place = (1 - back) * (state.place + OVERSHOOT * from_place) + back * (rows.origin + OVERSHOOT * from_origin)
    place = jnp.clip(place, *bounds)

    beyond = wrong(logits_fn(place), rows.label)
    away = length(place - rows.origin)
    nearer = beyond & (away < state.image_length)
    fooled = beyond & (away <= threat_model.epsilon)
    image = choose(nearer, jnp.where(per_row(fooled, place), project(place, rows.origin), place), state.image)
    place = jnp.where(per_row(beyond, place), rows.origin + TOWARDS_ORIGIN * (place - rows.origin), place)
    moved = state._replace(
      evaluations=state.evaluations + 1,
      place=place,
      image=image,
      image_length=jnp.where(nearer, away, state.image_length),
      fooled=fooled,
    )
    return next_run(state, moved, moved.evaluations >= steps, rows, begin, runs)

  return Machine(start, step, runs * steps)


def fab(threat_model: ThreatModel, *, steps: int = 100, targets: int | None = None, unroll: bool | None = None) -> Augment:
  """FAB towards one class after the other, the most likely first, until a misclassified image is inside the ball.

  Each step goes to the linearised boundary, seen from where it is and from the origin, in the box and a little beyond; once
  misclassified it comes a tenth of the way back. Without chance.

  Args:
    threat_model: ball and box.
    steps: towards a class, at least 1.
    targets: how many classes, below the number there is; None takes 9, or all others where there are fewer.
    unroll: see `as_augment`.

  Returns:
    Augment that replaces `image` [B, H, W, C] float by the misclassified image found nearest, or leaves it as it is; it
    is in the ball where the ball holds one that was found.

  Raises:
    InputError: steps or targets below 1.

  Source: Croce and Hein, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary Attack, 2020, algorithm 1;
  targeted: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, section 4.2.
  """
  if steps < 1 or targets is not None and targets < 1:
    raise InputError(f'fab: steps {steps} and targets {targets} must be at least 1')

  def attack(key, batch, model):
    many = aims(targets, batch)
    found = as_augment(fab_machine(threat_model, steps, many), many, unroll, threat_model.bounds)(key, batch, model)
    kept = jax.vmap(threat_model.distance)(found['image'], batch['image']) <= threat_model.epsilon
    return {**batch, 'image': choose(kept, found['image'], batch['image'])}

  return attack
