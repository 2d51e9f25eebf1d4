"""Any attack by its name, as an augmentation from plain values; PGD has its own, `adversarial`."""

from collections.abc import Mapping

from jaxaug import attacks
from jaxaug.types import Augment, call, check_name

ATTACKS = {
  'apgd': attacks.apgd,
  'apgd_targeted': attacks.apgd_targeted,
  'carlini_wagner': attacks.carlini_wagner,
  'deepfool': attacks.deepfool,
  'fab': attacks.fab,
  'square': attacks.square,
}


def attack(
  name: str = 'apgd',
  norm: str = 'linf',
  epsilon: float = 0.1,
  bounds: tuple[float, float] = (0.0, 1.0),
  settings: Mapping = {},
) -> Augment:
  """An attack of `jaxaug.attacks` within a ball, its steps in a compiled loop.

  Args:
    name: a key of ATTACKS.
    norm: 'linf', 'l2' or 'l1'; DeepFool has no L1, Carlini and Wagner L2 alone.
    epsilon: radius, pixel units.
    bounds: lowest and highest pixel value.
    settings: keywords of that attack, such as `steps` and `loss`.

  Returns:
    Augment of `image` [B, H, W, C] float.

  Raises:
    InputError: unknown name or setting, a value out of range.
  """
  check_name(name, ATTACKS, 'attack.name')
  rolled = {} if name == 'carlini_wagner' else {'unroll': False}
  return call(ATTACKS[name], {**rolled, **settings}, 'attack.settings', attacks.threat_model(norm, epsilon, bounds))
