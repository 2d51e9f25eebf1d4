"""DeepFool: straight to the nearest boundary, again and again until it is crossed."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.attacks.boundary import DUAL, nearest_boundary
from jaxaug.attacks.machine import Machine, Rows, as_augment, choose, per_row, wrong
from jaxaug.attacks.norms import NORMS
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, InputError


class Walk(NamedTuple):
  """Where each of B rows is."""

  evaluations: Array  # int32
  change: Array  # [B, H, W, C], all steps together, without the overshoot
  image: Array  # misclassified and in the ball where `fooled`, otherwise as it came
  fooled: Array
  ended: Array


def deepfool(threat_model: ThreatModel, *, steps: int = 50, overshoot: float = 0.02, unroll: bool | None = None) -> Augment:
  """x <- origin + (1 + overshoot) * sum of the steps to the nearest linearised boundary.

  Args:
    threat_model: ball and box, 'linf' or 'l2'. DeepFool looks for the smallest change; it is taken if it lies in the ball.
    steps: at most, at least 1.
    overshoot: beyond the boundary, as a share of the way, at least 0.
    unroll: see `as_augment`.

  Returns:
    Augment that replaces `image` [B, H, W, C] float where the change found is inside the ball; other images stay.

  Raises:
    InputError: another norm, steps below 1, overshoot below 0.

  Source: Moosavi-Dezfooli et al., DeepFool: a simple and accurate method to fool deep neural networks, 2016, algorithm 2 and
  section 3.3.
  """
  if threat_model.norm == 'l1' or steps < 1 or overshoot < 0:
    raise InputError(
      f"deepfool: norm {threat_model.norm} must be 'linf' or 'l2', steps {steps} at least 1, overshoot {overshoot} at least 0"
    )
  norm = threat_model.norm
  distance, project = jax.vmap(threat_model.distance), jax.vmap(threat_model.project)
  dual, direction = jax.vmap(NORMS[DUAL[norm]].length), jax.vmap(lambda g: NORMS[norm].direction(g, g, threat_model.bounds))

  def start(rows: Rows) -> Walk:
    no = jnp.zeros(len(rows.origin), bool)
    return Walk(jnp.zeros(len(rows.origin), jnp.int32), jnp.zeros_like(rows.origin), rows.origin, no, no)

  def step(logits_fn, state: Walk, rows: Rows) -> Walk:
    place = jnp.clip(rows.origin + (1 + overshoot) * state.change, *threat_model.bounds)
    crossed = wrong(logits_fn(place), rows.label)
    inside = crossed & (distance(place, rows.origin) <= threat_model.epsilon)
    image = choose(inside, project(place, rows.origin), state.image)
    value, gradient = nearest_boundary(logits_fn, place, rows.label.argmax(-1).astype(jnp.int32), rows.label.shape[-1], norm)
    length = jnp.abs(value) / jnp.maximum(dual(gradient), 1e-12)
    change = state.change + per_row(length, gradient) * direction(gradient)
    moved = Walk(state.evaluations + 1, change, image, inside, crossed | (state.evaluations >= steps))
    return choose(state.ended, state, moved)

  return as_augment(Machine(start, step, steps + 1), unroll=unroll, bounds=threat_model.bounds)
