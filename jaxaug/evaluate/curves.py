"""Accuracy against radius under attacks of different kinds: what is random, a single step, many, or blind to gradients."""

from collections.abc import Callable

from jaxaug import attacks, augment, metrics, parallel
from jaxaug.attacks import round_down
from jaxaug.data import first
from jaxaug.evaluate.arm import BALL, Arm
from jaxaug.evaluate.predict import attacked
from jaxaug.types import Array, Augment

STEPS, QUERIES = 30, 300  # enough for a curve; AutoAttack takes 100 and 5,000


def curve_attack(name: str, norm: str) -> Callable[[Array], Augment]:
  """An attack as a function of its radius.

  Args:
    name: a name in CURVES.
    norm: 'linf', 'l2' or 'l1'.

  Returns:
    epsilon -> Augment; epsilon may be traced.

  Raises:
    InputError: unknown norm.
  """
  ball = lambda epsilon: attacks.threat_model(norm, epsilon)
  return {
    'noise': lambda epsilon: augment.adversarial(norm, epsilon, steps=0, keep='last'),
    'fgsm': lambda epsilon: augment.adversarial(norm, epsilon, steps=1, step_size=epsilon, random_start=False, keep='last'),
    'apgd': lambda epsilon: attacks.apgd(ball(epsilon), steps=STEPS, unroll=False),
    'apgd_dlr': lambda epsilon: attacks.apgd(ball(epsilon), steps=STEPS, loss='dlr', unroll=False),
    'square': lambda epsilon: attacks.square(ball(epsilon), queries=QUERIES, unroll=False),
  }[name]


CURVES = {  # in words
  'noise': 'a random point of the ball',
  'fgsm': 'one step along the gradient (FGSM)',
  'apgd': f'APGD-{STEPS} on cross-entropy',
  'apgd_dlr': f'APGD-{STEPS} on DLR',
  'square': f'Square, {QUERIES} queries, no gradient',
}


def measure_curves(arm: Arm) -> None:
  """Accuracy at each of `evaluate.epsilons` under each attack of `evaluate.curves`, on the images that PGD attacks.

  Args:
    arm: gains `curves` {name: `attack` in words, `points` [{`epsilon`, `value`, `low`, `high`}]}.
  """
  settings = arm.settings
  targets, norm = first(arm.examples, settings['attack_examples']), (BALL | settings['attack'])['norm']
  clean = arm.right['clean'][: len(targets['id'])]
  found = {}
  for name in settings['curves']:
    run, points = arm.predictor(attacked(arm.network, curve_attack(name, norm))), []
    for epsilon in settings['epsilons']:
      right = clean
      if epsilon:
        at = (arm.variables, parallel.replicate(round_down(epsilon)))
        logits = run(at, arm.keys['attack'], targets, f'{arm.name}: {name}, epsilon {epsilon:g}')['logits']
        right = metrics.correct(logits, targets['label'])
      points.append({'epsilon': epsilon, **metrics.wilson(int(right.sum()), len(right))._asdict()})
    found[name] = {'attack': CURVES[name], 'points': points}
  arm.scores['curves'] = found
