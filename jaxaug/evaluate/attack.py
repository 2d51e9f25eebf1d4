"""The attack of an evaluation, from its plain values."""

from collections.abc import Callable, Mapping

from jaxaug import augment
from jaxaug.types import Augment

NORM_NAMES = {'linf': 'Linf', 'l2': 'L2', 'l1': 'L1'}


def attack_of(settings: Mapping) -> Callable[..., Augment]:
  """The attack an evaluation section describes, as a function of its radius; the step keeps its ratio to the radius.

  Args:
    settings: keywords of `jaxaug.augment.adversarial`.

  Returns:
    epsilon -> Augment; epsilon may be traced.

  Raises:
    InputError: unknown keyword or norm, a value out of range.
  """
  augment.create(('adversarial',), adversarial=settings)  # names what is wrong with it
  rest = {k: v for k, v in settings.items() if k not in ('epsilon', 'step_size')}
  epsilon = settings.get('epsilon', 0.1)
  ratio = settings.get('step_size', 0.025) / epsilon if epsilon else 0.25  # a radius of 0 says nothing of steps at others
  return lambda epsilon: augment.adversarial(**rest, epsilon=epsilon, step_size=ratio * epsilon)


def describe(attack: Mapping) -> str:
  """One line that says which attack: norm, radius, steps, restarts.

  Args:
    attack: keywords of `jaxaug.augment.adversarial`.

  Returns:
    Text.
  """
  norm = NORM_NAMES[attack.get('norm', 'linf')]
  restarts = attack.get('restarts', 1)
  return (
    f'PGD-{attack.get("steps", 10)}, {norm} {attack.get("epsilon", 0.1):g}, step {attack.get("step_size", 0.025):g}, '
    f'{restarts} restart{"s" if restarts > 1 else ""}'
    + (f', {attack["loss"]} loss' if attack.get('loss') else '')
    + (f', towards the {attack["target"].replace("_", " ")} class' if attack.get('target') else '')
    + (f', momentum {attack["momentum"]:g}' if attack.get('momentum') else '')
    + (', last iterate' if attack.get('keep') == 'last' else '')
    + ('' if attack.get('random_start', True) else ', from the image')
    + (f', from noise of {attack["noise"]:g}' if attack.get('noise') else '')
  )
