"""Accuracy against radius under attacks of different kinds: what is random, a single step, many, or blind to gradients."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import attacks, metrics, parallel
from jaxaug.attacks import ThreatModel, round_down
from jaxaug.data import as_batch, first
from jaxaug.evaluate.arm import BALL, Arm
from jaxaug.evaluate.predict import attacked
from jaxaug.models import as_model
from jaxaug.types import Array, Augment, Batch, InputError, check_name

STEPS, QUERIES, SEARCHES = 30, 300, 5  # enough for a curve; AutoAttack takes 100 and 5,000


class Curve(NamedTuple):
  """An attack of many radii."""

  words: str
  attack: Callable[[ThreatModel, int], Augment]  # of a ball and the number of classes
  nearest: bool = False  # whether it looks for the smallest change: one run then tells all radii


CURVES = {
  'noise': Curve('a random point of the ball', lambda ball, _: attacks.pgd(ball, steps=0, step_size=0.0, keep='last')),
  'fgsm': Curve(
    'one step along the gradient (FGSM)',
    lambda ball, _: attacks.pgd(ball, steps=1, step_size=ball.epsilon, random_start=False, keep='last'),
  ),
  'apgd': Curve(f'APGD-{STEPS} on cross-entropy', lambda ball, _: attacks.apgd(ball, steps=STEPS, unroll=False)),
  'apgd_dlr': Curve(f'APGD-{STEPS} on DLR', lambda ball, _: attacks.apgd(ball, steps=STEPS, loss='dlr', unroll=False)),
  'fab': Curve(
    f'FAB, {STEPS} steps towards each of up to 9 classes',
    lambda ball, classes: attacks.fab(ball, steps=STEPS, targets=min(9, classes - 1), unroll=False),
  ),
  'square': Curve(
    f'Square, {QUERIES} queries, no gradient', lambda ball, _: attacks.square(ball, queries=QUERIES, unroll=False)
  ),
  'deepfool': Curve(
    f'DeepFool, {STEPS} steps, the change it finds', lambda ball, _: attacks.deepfool(ball, steps=STEPS, unroll=False), True
  ),
  'carlini_wagner': Curve(
    f'Carlini and Wagner, {SEARCHES} searches of {4 * STEPS} steps, the smallest change they find',
    lambda ball, _: attacks.carlini_wagner(ball, steps=4 * STEPS, searches=SEARCHES, learning_rate=0.05, first_weight=1.0),
    True,
  ),
}


def check_curves(names: Sequence[str], norm: str, image_shape: Sequence[int] = (), classes: int = 10) -> None:
  """Raises InputError unless every name is a curve that has this norm, and that can be had of these images.

  Args:
    names: of `evaluate.curves`.
    norm: of the attack whose ball they share.
    image_shape: (H, W, C); () checks the names alone.
    classes: K.
  """
  for name in names:
    check_name(name, CURVES, 'evaluate.curves')
    attack = CURVES[name].attack(attacks.threat_model(norm, 0.1), classes)
    if image_shape:
      batch = {'image': jnp.zeros((2, *image_shape)), 'label': jnp.zeros((2, classes))}
      model = as_model(lambda image: jnp.zeros((len(image), classes)) + image.sum((1, 2, 3))[:, None])
      try:
        jax.eval_shape(lambda batch: attack(jax.random.key(0), batch, model), batch)
      except InputError as error:
        raise InputError(f'evaluate.curves: {name} cannot be had of this data: {error}') from error


def measure_curves(arm: Arm) -> None:
  """Accuracy at each of `evaluate.epsilons` under each attack of `evaluate.curves`, on the images that PGD attacks.

  Args:
    arm: gains `curves` {name: `attack` in words, `points` [{`epsilon`, `value`, `low`, `high`}]}.
  """
  settings = arm.settings
  targets, norm = first(arm.examples, settings['attack_examples']), (BALL | settings['attack'])['norm']
  clean, label = arm.right['clean'][: len(targets['id'])], targets['label']
  found = {}
  for name in settings['curves']:
    words, attack, nearest = CURVES[name]
    run = arm.predictor(
      attacked(arm.network, lambda epsilon: attack(attacks.threat_model(norm, epsilon), label.shape[1]), images=nearest)
    )

    def moved(epsilon, run=run, name=name):
      at = (arm.variables, parallel.replicate(round_down(epsilon)))
      return run(at, arm.keys['attack'], targets, f'{arm.name}: {name}, epsilon {epsilon:g}')

    if nearest:
      last = moved(max(settings['epsilons']))
      away = np.where(metrics.correct(last['logits'], label), np.inf, _distance(last['image'], targets, norm))
    points = []
    for epsilon in settings['epsilons']:
      if not epsilon:
        right = clean
      elif nearest:
        right = clean & (away > epsilon)
      else:
        right = metrics.correct(moved(epsilon)['logits'], label)
      points.append({'epsilon': epsilon, **metrics.wilson(int(right.sum()), len(right))._asdict()})
    found[name] = {'attack': words, 'points': points}
  arm.scores['curves'] = found


def _distance(image: Array, examples: Batch, norm: str) -> np.ndarray:
  """[N], how far each image was moved."""
  return np.asarray(
    jax.vmap(attacks.threat_model(norm, 0.0).distance)(image, as_batch({'image': np.asarray(examples['image'])})['image'])
  )
