"""Projected gradient descent; FGSM is one step of it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, check_name, stored


def example_keys(key: Key, batch: Batch) -> Key:
  """One key an example, from its `id` where it has one, so that a result does not depend on batch size or order.

  Args:
    key: one key; a raw one (`jax.random.PRNGKey`) is taken for what it holds.
    batch: entries that lead with B; `id` [B] int32 is used when present.

  Returns:
    [B] keys.
  """
  key = key if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else jax.random.wrap_key_data(key)
  size = len(batch['image'])
  return jax.vmap(lambda i: jax.random.fold_in(key, i))(batch.get('id', jnp.arange(size)).astype(jnp.uint32))


def check_floats(batch: Batch, where: str, bounds: tuple[float, float] | None = None) -> None:
  """Raises InputError unless the images are floats of 32 bits at least, within bounds as far as they are known, a start like them, labels a row each.

  Args:
    batch: with `image` [B, H, W, C], perhaps `start`, perhaps `label` [B, K].
    where: name of the attack, for the message.
    bounds: lowest and highest pixel value, looked at outside of jit alone.
  """
  if not jnp.issubdtype(batch['image'].dtype, jnp.floating) or batch['image'].dtype.itemsize < 4:
    raise InputError(
      f'{where}: image is {batch["image"].dtype}; an attack needs pixels of float32 (the model may compute in less)'
    )
  image, label = batch['image'], batch.get('label')
  if label is not None and (label.ndim != 2 or len(label) != len(image) or label.shape[1] < 2):
    raise InputError(
      f'{where}: label is {label.dtype} {list(label.shape)}, must be [{len(image)}, K] probabilities (jax.nn.one_hot)'
    )
  if bounds and image.size and not isinstance(image, jax.core.Tracer):
    pixels = np.asarray(image)
    low, high = pixels.min(), pixels.max()
    if not (low >= bounds[0] and high <= bounds[1]):
      raise InputError(f'{where}: pixels from {low:g} to {high:g} leave the bounds {tuple(bounds)}')
  start = batch.get('start', image)
  if start.shape != batch['image'].shape or not jnp.issubdtype(start.dtype, jnp.floating):
    raise InputError(
      f'{where}: start is {start.dtype} {list(start.shape)}, the images are floats {list(batch["image"].shape)}'
    )


def check_classes(classes: int, batch: Batch, where: str) -> None:
  """Raises InputError unless labels are probabilities of as many classes as the model has.

  Args:
    classes: K of the logits.
    batch: with `label` [B, K].
    where: name of the attack, for the message.
  """
  if batch['label'].shape[-1] != classes:
    raise InputError(f'{where}: label has {batch["label"].shape[-1]} classes, the model {classes}')


def check_step_size(step_size: Array | float, where: str) -> None:
  """Raises InputError where a known step size is negative or no number.

  Args:
    step_size: pixel units; what is traced is not looked at.
    where: name of the attack, for the message.
  """
  if not isinstance(step_size, jax.core.Tracer) and not np.all((np.asarray(step_size) >= 0) & np.isfinite(step_size)):
    raise InputError(f'{where}.step_size: {step_size} must be a finite number, at least 0')


def pgd(
  threat_model: ThreatModel,
  *,
  steps: int,
  step_size: Array | float,
  restarts: int = 1,
  momentum: float = 0.0,
  random_start: bool = True,
  targeted: bool = False,
  loss: Callable[[Array, Array], Array] | None = None,
  keep: str = 'best',
  unroll: bool | None = None,
) -> Augment:
  """x <- project(x + step_size * steepest(gradient of the loss)), the iterate of highest loss is returned.

  Args:
    threat_model: ball and box; its epsilon may be an array [B], a radius a row.
    steps: gradients taken, >= 0; 1 with `random_start=False` and `step_size` epsilon is FGSM up to the best iterate. An int array
      [B], which may be traced, gives each row its own number; the loop then runs to the largest.
    step_size: length of a step in the norm, pixel units; may be traced, and may be [B].
    restarts: random starts a row, all advanced side by side; the best is returned.
    momentum: decay of the accumulated, L1-normalised gradient; 0 is plain PGD.
    random_start: uniform in the ball; otherwise from the image.
    targeted: the batch's label is the target, whose loss is lowered.
    loss: (logits [B, K], label [B, K]) -> [B]; None follows `model.loss`.
    keep: 'best' returns the iterate of highest loss, 'last' the last one, which saves the forward pass that judges it.
    unroll: write the steps out one after the other; a single one always is. None does so on CPU up to 100 gradients: there XLA runs a
      convolution inside a loop several times slower (jax issue 12868).

  Returns:
    Augment that replaces `image` [B, ...] float; no gradient flows through it. A batch with `start` [B, ...] begins its first run
    there, projected into the ball, whatever `random_start` says.

  Raises:
    InputError: steps < 0, restarts < 1, a step size below 0, several restarts without a random start or without the best iterate.

  Source: Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, 2018, section 2.1; momentum:
  Dong et al., Boosting Adversarial Attacks with Momentum, 2018, equation 6.
  """
  each = not isinstance(steps, int)
  if not each and steps < 0 or restarts < 1:
    raise InputError(f'pgd: steps {steps} must be at least 0 and restarts {restarts} at least 1')
  check_name(keep, ('best', 'last'), 'pgd.keep')
  check_step_size(step_size, 'pgd')
  if restarts > 1 and not (random_start and keep == 'best'):
    raise InputError(
      "pgd: restarts above 1 need random_start, they would all be the same, and keep 'best', which chooses among them"
    )
  sign = -1.0 if targeted else 1.0
  short = unroll if unroll is not None else jax.default_backend() == 'cpu' and not each and steps <= 100
  written_out = not each and (short or steps == 1)  # XLA writes a loop of one out, but every reader computes the image anew

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'pgd', threat_model.bounds)
    size = len(batch['image'])
    many = jax.tree.map(lambda a: jnp.tile(a, (restarts,) + (1,) * (a.ndim - 1)), jax.lax.stop_gradient(dict(batch)))
    origin = many['image']
    rows = lambda setting: jnp.tile(setting, restarts) if jnp.ndim(setting) else setting
    axis = lambda setting: 0 if jnp.ndim(setting) else None
    radius, length, budget = rows(threat_model.epsilon), rows(step_size), rows(steps)
    ball = lambda radius: threat_model._replace(epsilon=radius)
    step = jax.vmap(threat_model.step, (0, 0, axis(length)))
    project = jax.vmap(lambda image, origin, radius: ball(radius).project(image, origin), (0, 0, axis(radius)))

    def value(image):  # [R * B], higher is worse for the model
      now = {**many, 'image': image}
      values = sign * (model.loss(now) if loss is None else loss(model.logits(now), now['label']))
      return jnp.where(jnp.isnan(values), sign * jnp.inf, values)  # a model that gives no number has failed

    def value_and_gradient(image):
      values, pull = jax.vjp(value, image)
      gradient = pull(jnp.ones_like(values))[0]
      return values, jnp.where(jnp.isfinite(gradient), gradient, 0.0)

    wide = lambda row: row.reshape(-1, *[1] * (origin.ndim - 1))

    def better(best, best_value, image, values):
      return jnp.where(wide(values > best_value), image, best), jnp.maximum(values, best_value)

    def advance(i, carry):
      image, best, best_value, velocity = carry
      values, gradient = value_and_gradient(image)
      if keep == 'best':
        best, best_value = better(best, best_value, image, values)
      if momentum:
        size_of_row = jnp.abs(gradient).sum(tuple(range(1, gradient.ndim)), keepdims=True)
        gradient = velocity = momentum * velocity + gradient / jnp.maximum(size_of_row, 1e-30)
      moved = project(step(image, gradient, length), origin, radius)
      if each:
        moved = jnp.where(wide(i < budget), moved, image)
      return moved, best, best_value, velocity

    if random_start:
      keys = example_keys(key, batch)
      keys = jax.vmap(lambda restart: jax.vmap(lambda k: jax.random.fold_in(k, restart))(keys))(jnp.arange(restarts))
      draw = jax.vmap(lambda k, image, radius: ball(radius).init(k, image), (0, 0, axis(radius)))
      start = draw(keys.reshape(-1), origin, radius)
    else:
      start = origin
    if 'start' in batch:
      start = jnp.concatenate([project(many['start'], origin, radius)[:size], start[size:]])
    carry = (start, start, jnp.full(len(origin), -jnp.inf), jnp.zeros_like(origin) if momentum else ())
    if written_out:
      for i in range(steps):
        carry = stored(advance(i, carry))
    else:
      carry = jax.lax.fori_loop(0, budget.max() if each else steps, advance, carry)
    image, best, best_value, _ = carry
    if keep == 'last':
      return {**batch, 'image': jax.lax.stop_gradient(image)}
    best, best_value = better(best, best_value, image, value(image))
    winner = best_value.reshape(restarts, size).argmax(0)
    best = best.reshape(restarts, size, *origin.shape[1:])[winner, jnp.arange(size)]
    return {**batch, 'image': jax.lax.stop_gradient(best)}

  return attack
