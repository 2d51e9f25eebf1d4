"""AutoAttack on a network, as numbers of a report; and what a sound evaluation cannot show."""

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaxaug import attacks, metrics
from jaxaug.attacks.autoattack import VERSIONS
from jaxaug.evaluate.attack import NORM_NAMES
from jaxaug.types import Array, InputError, Key, check_name, fill

DEFAULTS = dict(
  norm='linf',
  epsilon=0.1,  # pixel units
  version='standard',
  examples=1000,  # of the split, from its start; 0 is all
  batch_size=256,
)


def autoattack_settings(section: Mapping, where: str = 'evaluate.autoattack') -> dict:
  """A section of AutoAttack, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.
    where: it stands, for messages.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, norm or version, a number out of range.
  """
  settings = fill(section, DEFAULTS, where)
  check_name(settings['version'], [v for v in VERSIONS if v != 'rand'], f'{where}.version')
  attacks.threat_model(settings['norm'], settings['epsilon'])
  if settings['examples'] < 0 or settings['batch_size'] < 1:
    raise InputError(
      f'{where}: examples {settings["examples"]} must be at least 0, batch_size {settings["batch_size"]} at least 1'
    )
  return settings


def autoattack_scores(
  logits_fn: Callable[[Array], Array],
  examples: Mapping,
  settings: Mapping,
  key: Key,
  class_names: Sequence[str],
  state: str | os.PathLike | None = None,
) -> tuple[dict, attacks.AutoAttackResult]:
  """Robust accuracy under AutoAttack, over all images and by class.

  Args:
    logits_fn: image [B, H, W, C] float in [0, 1] -> logits [B, K].
    examples: `image` [N, H, W, C] uint8 or float, `label` [N, K].
    settings: of `autoattack_settings`.
    key: one key.
    class_names: K of them.
    state: path of a file from which it goes on after a kill.

  Returns:
    (`attack`, `epsilon`, `examples`, `accuracy` with Wilson interval, `after` {attack: accuracy}, `notes`, `classes` {name: robust
    accuracy with interval} and `worst_class`, the result itself).
  """
  rows = {field: values[: settings['examples'] or None] for field, values in examples.items() if field in ('image', 'label')}
  image = rows['image'] / np.float32(255) if rows['image'].dtype == np.uint8 else rows['image']
  asked = {field: settings[field] for field in ('norm', 'epsilon', 'version', 'batch_size')}
  result = attacks.autoattack(logits_fn, image, rows['label'], **asked, key=key, state=state)
  own = rows['label'].argmax(-1)
  classes = {
    name: metrics.wilson(int(result.robust[own == k].sum()), int((own == k).sum()))._asdict()
    for k, name in enumerate(class_names)
    if (own == k).any()
  }
  scores = {
    'attack': f'AutoAttack {settings["version"]}, {NORM_NAMES[settings["norm"]]} {settings["epsilon"]:g}',
    'norm': settings['norm'],
    'epsilon': settings['epsilon'],
    'examples': len(image),
    'accuracy': result.accuracy._asdict(),
    'after': {name: float(robust.mean()) for name, robust in result.by_attack.items()},
    'notes': result.notes,
    'classes': classes,
    'worst_class': min(classes, key=lambda name: classes[name]['value']),
  }
  return scores, result


def faults(
  by_attack: Mapping[str, np.ndarray],
  clean: np.ndarray,
  pgd: np.ndarray | None = None,
  certified: np.ndarray | None = None,
  name: str = 'AutoAttack',
) -> list[str]:
  """What cannot be if every attack did its work: certified <= AutoAttack <= PGD <= clean, and a black box that adds nothing.

  Args:
    by_attack: of AutoAttackResult.
    clean: [N] bool, right as they are.
    pgd: [M] bool, right under PGD in the same ball, M images from the start; None where it was not run.
    certified: [M] bool, right for certain in that ball or a larger one.
    name: of the attack that `by_attack` is of.

  Returns:
    One line a fault; none is no proof of soundness.
  """
  found = []
  robust = list(by_attack.values())[-1]
  if (by_attack['clean'] != clean[: len(robust)]).any():
    found.append(
      'clean predictions differ between two evaluations of the same images: the model is random or depends on the batch'
    )
  if pgd is not None:
    many = min(len(pgd), len(robust))
    if (pgd[:many] & ~clean[:many]).any():
      found.append(f'PGD: {(pgd[:many] & ~clean[:many]).sum()} images are right under attack but wrong as they are')
    missed = int((robust[:many] & ~pgd[:many]).sum())
    if robust[:many].mean() > pgd[:many].mean():
      found.append(f'{name} leaves {robust[:many].mean():.1%}, PGD only {pgd[:many].mean():.1%} of the same images')
    elif missed:
      found.append(f'PGD fools {missed} of {many} images that {name} does not')
  if certified is not None:
    many = min(len(certified), len(robust))
    broken = int((certified[:many] & ~robust[:many]).sum())
    if broken:
      found.append(f'{name} fools {broken} of {many} images that are certified: the certificate or the attack is wrong')
  names = list(by_attack)
  if 'square' in names:
    before, after = by_attack[names[names.index('square') - 1]], by_attack['square']
    gained = float(before.mean() - after.mean())
    if gained > 0.002 and (before & ~after).sum() > 1:  # a single image is no sign
      found.append(
        f'Square, which sees no gradient, fools {gained:.1%} that the attacks before it did not: gradients may be masked'
      )
  return found
