"""PGD as an augmentation, described by plain values."""

import jax
import jax.numpy as jnp

from jaxaug.attacks import LOSSES, check_floats, pgd, threat_model
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, check_name

TARGETS = ('', 'second', 'least_likely')


def adversarial(
  norm: str = 'linf',
  epsilon: float = 0.1,
  steps: int = 10,
  step_size: float = 0.025,
  restarts: int = 1,
  momentum: float = 0.0,
  random_start: bool = True,
  noise: float = 0.0,
  loss: str = '',
  target: str = '',
  bounds: tuple[float, float] = (0.0, 1.0),
  keep: str = 'best',
  unroll: bool = False,
) -> Augment:
  """PGD from plain values, with its steps in a compiled loop: fast for networks built from `jaxaug.models.conv`.

  Args:
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units in [0, 1].
    steps, step_size, restarts, momentum, random_start: of `jaxaug.attacks.pgd`.
    noise: standard deviation of the normal noise that it starts from, pixel units; 0 starts it uniformly in the ball. The published code
      of TRADES and MART has .001.
    loss: a name in `jaxaug.attacks.LOSSES`; '' follows `model.loss`.
    target: '' leads away from the label; 'second' towards the likeliest other class of the image as it comes, 'least_likely' towards the
      least likely one (Kurakin, Goodfellow and Bengio, Adversarial Machine Learning at Scale, 2017, section 2).
    bounds: lowest and highest pixel value.
    keep: 'best' or 'last' iterate.
    unroll: write the steps out one after the other; compiles longer.

  Returns:
    Augment of `image` [B, H, W, C] float. Rows of a batch with `strength` [B] have radius and step times it, with `steps` [B] int
    that many steps, at most `steps`: what a curriculum sets.

  Raises:
    InputError: unknown norm, loss or target, a value out of range, noise without a random start.
  """
  check_name(target, TARGETS, 'target')
  if loss:
    check_name(loss, LOSSES, 'loss')

  if noise and not random_start:
    raise InputError(f'noise: {noise} is a random start, random_start says there is none')
  ball = threat_model(norm, epsilon, bounds, noise)

  def make(share: Array | float, steps: Array | int) -> Augment:
    return pgd(
      ball._replace(epsilon=ball.epsilon * share),
      steps=steps,
      step_size=step_size * share,
      restarts=restarts,
      momentum=momentum,
      random_start=random_start,
      targeted=bool(target),
      loss=LOSSES.get(loss),
      keep=keep,
      unroll=unroll,
    )

  plain = make(1.0, steps)

  def away(key: Key, batch: Batch, model: Model) -> Batch:
    if 'strength' not in batch and 'steps' not in batch:
      return plain(key, batch, model)
    budget = jnp.minimum(batch['steps'], steps) if 'steps' in batch else steps
    return make(batch.get('strength', 1.0), budget)(key, batch, model)

  def towards(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'adversarial', bounds)
    logits, classes = jax.lax.stop_gradient(model.logits(batch)), batch['label'].shape[-1]
    own = jax.nn.one_hot(batch['label'].argmax(-1), classes, dtype=bool)
    aim = jnp.where(own, -jnp.inf, logits).argmax(-1) if target == 'second' else jnp.where(own, jnp.inf, logits).argmin(-1)
    return {**away(key, {**batch, 'label': jax.nn.one_hot(aim, classes)}, model), 'label': batch['label']}

  return towards if target else away
