"""PGD that counts the steps until an image is fooled, and may stop there."""

import jax
import jax.numpy as jnp

from jaxaug.attacks.pgd import check_floats, check_step_size, example_keys
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def friendly(
  threat_model: ThreatModel, *, steps: Array | int, step_size: Array | float, patience: int = 0, random_start: bool = True
) -> Augment:
  """x <- project(x + step_size * steepest(gradient of the loss)), until `patience` steps after x is first misclassified.

  The loop ends with the last row, so a batch that is fooled soon costs less.

  Args:
    threat_model: ball and box; its epsilon may be [B].
    steps: gradients taken at most, >= 0; may be traced, and may be [B].
    step_size: length of a step in the norm, pixel units; may be traced, and may be [B].
    patience: steps that are taken after the first iterate that fools; from `steps` on, no row stops early.
    random_start: uniform in the ball; otherwise from the image.

  Returns:
    Augment that replaces `image` [B, ...] float by the last iterate and adds `fooled_after` [B] int32, the steps before the first
    iterate that fools (by `truth` [B, K] where the batch has it, else by `label`): 0 for one that is wrong from the start, `steps` for
    one that never is. No gradient flows through it.

  Raises:
    InputError: steps, patience or step size below 0.

  Source: Zhang et al., Attacks Which Do Not Kill Training Make Adversarial Learning Stronger, 2020, algorithm 1; the count:
  Zhang et al., Geometry-Aware Instance-Reweighted Adversarial Training, 2021.
  """
  if not isinstance(steps, jax.Array) and steps < 0 or patience < 0:
    raise InputError(f'friendly: steps {steps} and patience {patience} must be at least 0')
  check_step_size(step_size, 'friendly')

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'friendly', threat_model.bounds)
    held = jax.lax.stop_gradient(dict(batch))
    origin, own = held['image'], held.get('truth', held['label']).argmax(-1)
    size = len(origin)
    wide = lambda row: row.reshape(-1, *[1] * (origin.ndim - 1))
    most = jnp.broadcast_to(jnp.asarray(steps, jnp.int32), size)
    radius, length = (jnp.broadcast_to(jnp.asarray(v, origin.dtype), size) for v in (threat_model.epsilon, step_size))
    ball = lambda radius: threat_model._replace(epsilon=radius)
    step = jax.vmap(threat_model.step)
    project = jax.vmap(lambda image, origin, radius: ball(radius).project(image, origin))

    def loss(image):
      now = {**held, 'image': image}
      return model.loss(now).sum(), model.logits(now)  # one forward pass: XLA merges the two

    def going(carry):
      i, _, fooled_after = carry
      return (i < jnp.minimum(most, fooled_after + patience)).any()

    def advance(carry):
      i, image, fooled_after = carry
      gradient, logits = jax.grad(loss, has_aux=True)(image)
      gradient = jnp.where(jnp.isfinite(gradient), gradient, 0.0)
      fooled = (logits.argmax(-1) != own) | jnp.isnan(logits).any(-1)
      fooled_after = jnp.where(fooled, jnp.minimum(fooled_after, i), fooled_after)
      moved = project(step(image, gradient, length), origin, radius)
      return i + 1, jnp.where(wide(i < jnp.minimum(most, fooled_after + patience)), moved, image), fooled_after

    start = origin
    if random_start:
      start = jax.vmap(lambda k, image, radius: ball(radius).init(k, image))(example_keys(key, batch), origin, radius)
    _, image, fooled_after = jax.lax.while_loop(going, advance, (jnp.int32(0), start, most))
    return {**batch, 'image': jax.lax.stop_gradient(image), 'fooled_after': fooled_after}

  return attack
