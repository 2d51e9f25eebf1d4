"""Signs that gradients are masked: then attacks that follow them measure too much robustness."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks import cross_entropy, pgd, square, threat_model
from jaxaug.attacks.programs import program_for
from jaxaug.data import as_batch, first
from jaxaug.models import as_model
from jaxaug.types import Array, Augment, Key

FEW = 64  # images looked at
STEPS = (1, 5, 25)  # of PGD: more must not lower the loss
QUERIES = 300  # of Square
EVERYTHING = {'linf': 1.0, 'l2': 1e4, 'l1': 1e6}  # a ball that holds every image


def _answer() -> Callable:
  return jax.jit(lambda logits_fn, image: logits_fn(image))


def _slope() -> Callable:
  """(logits_fn, batch) -> gradient of the summed loss by the image."""
  loss = lambda image, logits_fn, label: as_model(logits_fn).loss({'image': image, 'label': label}).sum()
  return jax.jit(lambda logits_fn, batch: jax.grad(loss)(batch['image'], logits_fn, batch['label']))


def _climb(norm: str, radius: float, steps: int) -> Augment:
  """PGD from the image, its steps long enough to cross the ball."""
  size = radius * 2.5 / max(steps, 2.5)
  return pgd(threat_model(norm, radius), steps=steps, step_size=size, random_start=False, loss=cross_entropy, unroll=False)


def _black_box(norm: str, radius: float) -> Augment:
  return square(threat_model(norm, radius), queries=QUERIES)


def _attacked(make_attack: Callable[..., Augment], *about) -> Callable:
  """(logits_fn, key, batch) -> logits under the attack."""
  attack = make_attack(*about)
  return jax.jit(lambda logits_fn, key, batch: logits_fn(attack(key, batch, as_model(logits_fn))['image']))


def masking(
  logits_fn: Callable[[Array], Array], image: Array, label: Array, norm: str, epsilon: float, key: Key
) -> dict[str, str]:
  """Looks for the signs on a few images that are classified right.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    image: [B, H, W, C] float in [0, 1], some dozens.
    label: [B, K] probabilities.
    norm: of the ball.
    epsilon: its radius, pixel units.
    key: one key.

  Returns:
    {sign: what was seen}, only those that were seen; none is no proof. 'random': two answers differ. 'probabilities': outputs sum to 1.
    'zero gradient': of the loss, at some images. 'loss falls': PGD with more steps reaches less. 'black box': Square fools more than
    PGD. 'unbounded': PGD in a ball that holds every image does not fool all.

  Source: Athalye, Carlini and Wagner, Obfuscated Gradients Give a False Sense of Security, 2018, section 3.1; Carlini et al., On
  Evaluating Adversarial Robustness, 2019, section 5; AutoAttack's own checks.
  """
  epsilon = float(epsilon)
  ask, fn = program_for(logits_fn, _answer)
  image, label = jnp.asarray(image), jnp.asarray(label)
  logits, again = ask(fn, image), ask(fn, image)
  right = np.asarray(logits.argmax(-1) == label.argmax(-1))
  seen = {}
  if not np.array_equal(logits, again):
    seen['random'] = f'logits differ by up to {np.abs(logits - again).max():.2g} when asked again'
  if (logits >= 0).all() and np.allclose(logits.sum(-1), 1, atol=1e-4):
    seen['probabilities'] = 'outputs are at least 0 and sum to 1'
  if not right.any():
    return seen

  batch, key_of = {'image': image, 'label': label}, lambda number: jax.random.fold_in(key, number)
  gradient, fn = program_for(logits_fn, _slope)
  none = (np.asarray(gradient(fn, batch)).reshape(len(image), -1) == 0).all(-1) & right
  if none.any():
    seen['zero gradient'] = f'of the loss at {none.sum()} of {right.sum()} images'

  def attacked(make_attack, *about, number):
    run, fn = program_for(logits_fn, _attacked, make_attack, norm, *about)
    return run(fn, key_of(number), batch)

  losses = []
  for i, steps in enumerate(STEPS):
    reached = attacked(_climb, epsilon, steps, number=i)
    losses.append(float(cross_entropy(reached, label)[right].mean()))
  if any(after < before * (1 - 1e-3) - 1e-6 for before, after in zip(losses, losses[1:])):
    told = ', '.join(f'{loss:.3g} after {steps}' for steps, loss in zip(STEPS, losses))
    seen['loss falls'] = f'mean loss of PGD {told} steps'
  left = lambda logits: float(np.asarray(logits.argmax(-1) == label.argmax(-1))[right].mean())
  if norm == 'linf' or min(image.shape[1:3]) >= 5:
    black = left(attacked(_black_box, epsilon, number=len(STEPS)))
    if black < left(reached) - 1.5 / right.sum():  # a single image is no sign
      seen['black box'] = f'Square leaves {black:.1%} after {QUERIES} queries, PGD {left(reached):.1%}'
  size = (
    EVERYTHING[norm] if norm == 'linf' else min(EVERYTHING[norm], float(image[0].size) ** (0.5 if norm == 'l2' else 1.0))
  )
  everything = left(attacked(_climb, size, 50, number=len(STEPS) + 1))
  if everything > 0:
    seen['unbounded'] = f'PGD leaves {everything:.1%} in a ball that holds every image'
  return seen


def masking_faults(
  logits_fn: Callable[[Array], Array], examples: Mapping[str, np.ndarray], norm: str, epsilon: float, key: Key
) -> list[str]:
  """The signs on the first few of a split, as lines of a report.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    examples: `image` [N, H, W, C], `label` [N, K].
    norm, epsilon: of the ball.
    key: one key.

  Returns:
    One line a sign that was seen.
  """
  few = as_batch(first({field: examples[field] for field in ('image', 'label')}, FEW))
  seen = masking(logits_fn, few['image'], few['label'], norm, epsilon, key)
  return [f'gradients may be masked: {sign}: {told}' for sign, told in seen.items()]
