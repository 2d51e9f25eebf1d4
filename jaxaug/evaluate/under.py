"""Accuracy under any augmentation by its name: the worst rotation, weather, a latent neighbour."""

from collections.abc import Mapping

import jax

from jaxaug import augment, metrics
from jaxaug.data import first
from jaxaug.evaluate.arm import Arm
from jaxaug.evaluate.predict import frozen
from jaxaug.types import Augment, InputError


def under_settings(section: Mapping) -> dict[str, Augment]:
  """The section `evaluate.under`, made.

  Args:
    section: {name of an augmentation: its keywords}, as in `jaxaug.augment.create`.

  Returns:
    {name: Augment}.

  Raises:
    InputError: unknown name or keyword.
  """
  if not hasattr(section, 'items'):
    raise InputError(
      f"evaluate.under: {section!r} must be augmentations with their keywords, like {{'spatial_attack': {{}}}}"
    )
  return {name: augment.create((name,), **{name: keywords}) for name, keywords in section.items()}


def measure_under(arm: Arm) -> None:
  """Accuracy, by the label that an image came with, on images that went through each augmentation; the network is its model.

  Args:
    arm: gains `under` {name: `accuracy`, `examples`, `settings`}, on the images that PGD attacks.
      An augmentation that draws by row and not by `id` depends on the batch size and the number of devices.
  """
  targets = first(arm.examples, arm.settings['attack_examples'])
  found = {}
  for name, changed in under_settings(arm.settings['under']).items():

    def seen(variables, key, batch, changed=changed):
      key = jax.random.fold_in(key, batch['id'][0])  # policies draw by row, and every part of the examples has a row 0
      model = frozen(arm.network, variables)
      return {'logits': model.logits(changed(key, batch, model))}

    key = jax.random.fold_in(arm.keys['attack'], 8)
    logits = arm.predictor(seen)(arm.variables, key, targets, f'{arm.name}: {name}')['logits']
    found[name] = {
      'accuracy': metrics.accuracy(logits, targets['label'])._asdict(),
      'examples': len(logits),
      'settings': dict(arm.settings['under'][name]),
    }
  arm.scores['under'] = found
