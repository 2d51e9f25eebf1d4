"""An attack as an augmentation, described by plain values."""

from jaxaug.attacks import LOSSES, pgd, threat_model
from jaxaug.types import Augment, check_name


def adversarial(
  norm: str = 'linf',
  epsilon: float = 0.1,
  steps: int = 10,
  step_size: float = 0.025,
  restarts: int = 1,
  momentum: float = 0.0,
  random_start: bool = True,
  targeted: bool = False,
  loss: str = '',
  bounds: tuple[float, float] = (0.0, 1.0),
) -> Augment:
  """PGD from plain values, with its steps in a compiled loop: fast for networks built from `jaxaug.models.conv`.

  Args:
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units in [0, 1].
    steps, step_size, restarts, momentum, random_start, targeted: of `jaxaug.attacks.pgd`.
    loss: a name in `jaxaug.attacks.LOSSES`; '' follows `model.loss`.
    bounds: lowest and highest pixel value.

  Returns:
    Augment of `image` [B, H, W, C] float.
  """
  if loss:
    check_name(loss, LOSSES, 'loss')
  return pgd(
    threat_model(norm, epsilon, bounds),
    steps=steps,
    step_size=step_size,
    restarts=restarts,
    momentum=momentum,
    random_start=random_start,
    targeted=targeted,
    loss=LOSSES.get(loss),
    unroll=False,
  )
