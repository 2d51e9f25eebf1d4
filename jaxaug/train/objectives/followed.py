"""Whether anything in an arm does what a curriculum says."""

import inspect
from collections.abc import Callable, Sequence

from jaxaug.train.objectives.certified import certified
from jaxaug.train.objectives.fast import fast
from jaxaug.train.objectives.gairat import gairat
from jaxaug.types import InputError

FOLLOWERS = (certified, fast)  # beside every objective that is given an attack
ATTACKS = {'adversarial', 'friendly'}  # the augmentations that do


def check_followed(names: Sequence[str], objective: Callable, even: int = 0) -> None:
  """Raises InputError where a curriculum would change nothing.

  Args:
    names: of the arm's augmentations.
    objective: a value of OBJECTIVES.
    even: of the curriculum, which one objective alone follows.
  """
  given = inspect.signature(objective).parameters
  after = list(names)[list(names).index('curriculum') :] if 'curriculum' in names else ()
  if after and not (objective in FOLLOWERS or {'attack', 'attacks'} & set(given) or ATTACKS & set(after)):
    raise InputError(
      f"augment.curriculum: nothing follows it: not the objective '{objective.__name__}', and there is no 'adversarial' or 'friendly' augmentation after it"
    )
  if 'curriculum' in names and even and objective is not gairat:
    raise InputError(
      f"augment.curriculum.even: {even}, but the objective '{objective.__name__}' does not weigh its rows, 'gairat' does"
    )
