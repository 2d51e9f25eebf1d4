"""Auto-PGD: momentum, and a step size that halves when the loss stops rising."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.apgd_l1 import l1_machine
from jaxaug.attacks.losses import cross_entropy, dlr, margin, targeted_dlr, targeted_margin
from jaxaug.attacks.machine import Machine, Rows, aims, as_augment, choose, next_run, per_row, wrong
from jaxaug.attacks.norms import NORMS
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, check_name

UNTARGETED = {'ce': cross_entropy, 'dlr': dlr, 'margin': margin}
TARGETED = {'dlr': targeted_dlr, 'margin': targeted_margin}
MOMENTUM = 0.25  # share of the last move that is made again


class Climb(NamedTuple):
  """Where each of B rows is."""

  run: Array  # int32, of the restarts or targets
  evaluations: Array  # int32, of this run
  place: Array  # [B, H, W, C], evaluated next
  previous: Array
  step_size: Array
  best: Array  # of this run, highest loss
  best_gradient: Array
  best_loss: Array
  loss_at_check: Array  # the best loss when the step size was last looked at
  last_loss: Array
  increases: Array  # int32, of the loss since then
  halved: Array  # bool, the last time
  image: Array  # misclassified, or of highest loss over all runs
  image_loss: Array
  fooled: Array
  ended: Array


def checkpoints(steps: int) -> tuple[np.ndarray, np.ndarray]:
  """(after which steps the step size is looked at, how many steps since the last look).

  Args:
    steps: at least 1.

  Returns:
    Two int arrays; for 100 steps 22, 41, 57, 70, 80, 87, 93, 99.

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, section 3.1; their code's rounding.
  """
  window, shrink, least = (max(int(share * steps), 1) for share in (0.22, 0.03, 0.06))
  at, windows = [], []
  while sum(windows) + window <= steps:
    windows.append(window)
    at.append(sum(windows))
    window = max(window - shrink, least)
  return np.array(at), np.array(windows)


def evaluator(loss: str, targeted: bool, draws: int = 0):
  """What an attack climbs, with its gradient.

  Args:
    loss: a name in TARGETED or UNTARGETED.
    targeted: whether run r aims at `rows.targets[:, r]`.
    draws: 0, or how many answers of a random `logits_fn(image, keys [B])` loss and gradient are the mean of; the logits are then
      those of the last.

  Returns:
    (logits_fn, images [B, H, W, C], rows, run [B], evaluations [B]) -> (losses [B], logits [B, K], gradient [B, H, W, C]).
  """

  def evaluate(logits_fn, image, rows: Rows, run, evaluations):
    def total(image, keys):
      logits = logits_fn(image, keys) if draws else logits_fn(image)
      if targeted:
        aim = jnp.take_along_axis(rows.targets, run[:, None], 1)[:, 0]
        losses = TARGETED[loss](logits, rows.label, aim)
      else:
        losses = UNTARGETED[loss](logits, rows.label)
      return losses.sum(), (losses, logits)

    climb = lambda keys: jax.grad(total, has_aux=True)(image, keys)
    if draws:
      fold = jax.vmap(jax.random.fold_in)
      keys = fold(fold(rows.key, run), evaluations)

      def add(sums, draw):
        gradient, (losses, logits) = climb(fold(keys, jnp.full_like(run, draw)))
        return (sums[0] + gradient / draws, sums[1] + losses / draws), logits

      zero = jnp.zeros_like(image), jnp.zeros(len(image))
      (gradient, losses), logits = jax.lax.scan(add, zero, jnp.arange(draws))
      logits = logits[-1]
    else:
      gradient, (losses, logits) = climb(None)
    return jnp.where(jnp.isnan(losses), jnp.inf, losses), logits, jnp.where(jnp.isfinite(gradient), gradient, 0.0)

  return evaluate


def _climbing(threat_model: ThreatModel, steps: int, evaluate, runs: int, rho: float, to_the_end: bool) -> Machine:
  """Auto-PGD for Linf and L2."""
  at, windows = checkpoints(steps)
  window_at = np.zeros(steps + 1, np.int32)
  window_at[at] = windows
  project, climb = jax.vmap(threat_model.project), jax.vmap(threat_model.step)
  edge = jax.vmap(
    lambda key, origin: threat_model.project(origin + threat_model.epsilon * _edge(key, origin, threat_model), origin)
  )

  def begin(rows: Rows, run) -> Climb:
    count, zero = len(rows.origin), jnp.zeros(len(rows.origin))
    place = edge(jax.vmap(jax.random.fold_in)(rows.key, run), rows.origin)
    if rows.start is not None:
      place = choose(run == 0, project(rows.start, rows.origin), place)
    step_size = jnp.full(count, 2.0) * threat_model.epsilon
    no = jnp.zeros(count, bool)
    return Climb(run, jnp.zeros(count, jnp.int32), place, place, step_size, place, jnp.zeros_like(place), zero, zero, zero,
                 jnp.zeros(count, jnp.int32), ~no, rows.origin, zero - jnp.inf, no, no)  # fmt: skip

  def start(rows: Rows) -> Climb:
    return begin(rows, jnp.zeros(len(rows.origin), jnp.int32))

  def step(logits_fn, state: Climb, rows: Rows) -> Climb:
    losses, logits, gradient = evaluate(logits_fn, state.place, rows, state.run, state.evaluations)
    first = state.evaluations == 0
    now = wrong(logits, rows.label)
    fooled = state.fooled | now
    better = first | (losses > state.best_loss)
    best, best_gradient, best_loss = choose(
      better, (state.place, gradient, losses), (state.best, state.best_gradient, state.best_loss)
    )
    found = now | (~fooled & (losses > state.image_loss))
    image, image_loss = choose(found, (state.place, losses), (state.image, state.image_loss))

    window = jnp.asarray(window_at)[state.evaluations]
    increases = jnp.where(first, 0, state.increases + (losses > state.last_loss))
    loss_at_check = jnp.where(first, losses, state.loss_at_check)
    stuck = (increases <= rho * window) | (~state.halved & (loss_at_check >= best_loss))
    check = window > 0
    halve = check & stuck
    step_size = jnp.where(halve, state.step_size / 2, state.step_size)
    here, uphill = choose(halve, (best, best_gradient), (state.place, gradient))

    ahead = project(climb(here, uphill, step_size), rows.origin)
    kept = per_row(jnp.where(first, 0.0, MOMENTUM), ahead)
    place = project(here + (1 - kept) * (ahead - here) + kept * (here - state.previous), rows.origin)
    moved = Climb(
      run=state.run,
      evaluations=state.evaluations + 1,
      place=place,
      previous=here,
      step_size=step_size,
      best=best,
      best_gradient=best_gradient,
      best_loss=best_loss,
      loss_at_check=jnp.where(check, best_loss, loss_at_check),
      last_loss=jnp.where(first, 0.0, losses),  # the reference compares the first step's loss with 0
      increases=jnp.where(check, 0, increases),
      halved=jnp.where(check, halve, state.halved),
      image=image,
      image_loss=image_loss,
      fooled=fooled,
      ended=fooled,
    )
    return next_run(state, moved, moved.evaluations > steps, rows, begin, runs, to_the_end)

  return Machine(start, step, runs * (steps + 1))


def _edge(key, origin, threat_model) -> Array:
  """A random direction that reaches the sphere of radius 1, as the reference draws it."""
  if threat_model.norm == 'linf':
    noise = jax.random.uniform(key, origin.shape, origin.dtype, -1.0, 1.0)
  else:
    noise = jax.random.normal(key, origin.shape, origin.dtype)
  return noise / (NORMS[threat_model.norm].length(noise) + 1e-12)


def apgd_machine(
  threat_model: ThreatModel, steps: int, loss: str, runs: int, rho: float = 0.75, targeted: bool = False, draws: int = 0
) -> Machine:
  """Auto-PGD, row by row; see `apgd`.

  Args:
    threat_model, steps, loss, rho: as in `apgd`.
    runs: restarts, or targets.
    targeted: whether run r aims at `rows.targets[:, r]`.
    draws: of a random `logits_fn(image, keys [B])` a step; 0 for one without chance. A row then takes all steps, and its last
      misclassified iterate stands: one lucky answer is no success.

  Returns:
    Machine.

  Raises:
    InputError: unknown loss, steps or runs below 1, rho outside (0, 1].
  """
  check_name(loss, TARGETED if targeted else UNTARGETED, 'apgd.loss')
  if steps < 1 or runs < 1 or not 0 < rho <= 1:
    raise InputError(f'apgd: steps {steps} and restarts or targets {runs} must be at least 1, rho {rho} in (0, 1]')
  evaluate = evaluator(loss, targeted, draws)
  if threat_model.norm == 'l1':
    return l1_machine(threat_model, steps, evaluate, runs, draws > 0)
  return _climbing(threat_model, steps, evaluate, runs, rho, draws > 0)


def apgd(
  threat_model: ThreatModel,
  *,
  steps: int = 100,
  loss: str = 'ce',
  restarts: int = 1,
  rho: float = 0.75,
  unroll: bool | None = None,
) -> Augment:
  """Auto-PGD: x <- P(x + 3/4 (P(x + step steepest(gradient)) - x) + 1/4 (x - previous)), the step size halved where the loss stalls.

  Args:
    threat_model: ball and box.
    steps: of a restart, at least 1.
    loss: 'ce', 'dlr' (at least 3 classes) or 'margin'.
    restarts: runs from new random starts, for rows that are not misclassified yet.
    rho: the step size is halved if the loss rose in at most this share of the steps since the last look.
    unroll: see `as_augment`.

  Returns:
    Augment that replaces `image` [B, H, W, C] float by the first misclassified iterate, or by that of highest loss. A batch with `start`
    [B, H, W, C] begins its first run there, projected into the ball, in place of a random point.

  Raises:
    InputError: unknown loss, steps or restarts below 1, rho outside (0, 1].

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, algorithm 1; L1: Croce and Hein, Mind the Box,
  2021, section 3.
  """
  return as_augment(apgd_machine(threat_model, steps, loss, restarts, rho), unroll=unroll, bounds=threat_model.bounds)


def apgd_targeted(
  threat_model: ThreatModel,
  *,
  steps: int = 100,
  loss: str = 'dlr',
  targets: int | None = None,
  rho: float = 0.75,
  unroll: bool | None = None,
) -> Augment:
  """Auto-PGD towards one class after the other, the most likely first.

  Args:
    threat_model: ball and box.
    steps: towards a class, at least 1.
    loss: 'dlr' (at least 4 classes) or 'margin'.
    targets: how many classes, below the number there is; None takes 9, or all others where there are fewer.
    rho: as in `apgd`.
    unroll: see `as_augment`.

  Returns:
    Augment that replaces `image` [B, H, W, C] float by the first misclassified iterate, or by that of highest loss. A batch with `start`
    [B, H, W, C] begins its first run there, projected into the ball, in place of a random point.

  Raises:
    InputError: unknown loss, steps or targets below 1, rho outside (0, 1].

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness, 2020, section 4.1.
  """
  machine = lambda targets: apgd_machine(threat_model, steps, loss, targets, rho, targeted=True)
  machine(1 if targets is None else targets)  # names what is wrong before it runs

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    many = aims(targets, batch)
    return as_augment(machine(many), many, unroll, threat_model.bounds)(key, batch, model)

  return attack
