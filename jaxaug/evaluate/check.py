"""What an evaluation asks for is tried on shapes before anything is trained: a run whose end fails cannot be finished."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug import certify
from jaxaug.data import Splits
from jaxaug.evaluate.curves import check_curves
from jaxaug.evaluate.predict import frozen
from jaxaug.evaluate.under import under_settings
from jaxaug.models import after_layer
from jaxaug.types import InputError


def check_measures(networks: Mapping[str, nn.Module], settings: Mapping, splits: Splits) -> None:
  """Raises InputError where something cannot be measured on this data or of one of these networks.

  Args:
    networks: {arm: Flax module}.
    settings: of `evaluation_settings`.
    splits: of the run.
  """
  info = splits.info
  if not len(getattr(splits, settings['split'])['id']):
    raise InputError(f'evaluate.split: {info.name} has no {settings["split"]} examples')
  if info.num_classes < 2:
    raise InputError(f'data.source: {info.name} has one class, needs two')
  check_curves(settings['curves'], settings['attack'].get('norm', 'linf'), info.image_shape, info.num_classes)
  key, image = jax.random.key(0), jax.ShapeDtypeStruct((2, *info.image_shape), jnp.float32)
  label, ids = jax.ShapeDtypeStruct((2, info.num_classes), jnp.float32), jax.ShapeDtypeStruct((2,), jnp.int32)
  changes = under_settings(settings['under'])
  tried = []
  for network in networks.values():
    if network in tried:
      continue
    tried.append(network)
    variables = jax.eval_shape(network.init, key, image)
    if settings['explain'].get('layer'):
      jax.eval_shape(after_layer(network, settings['explain']['layer'], lambda a: a).apply, variables, image)
    for change in changes.values():
      seen = lambda variables, batch, change=change: change(key, batch, frozen(network, variables))['image']
      jax.eval_shape(seen, variables, {'image': image, 'label': label, 'id': ids})
    method = settings['certified'].get('method', 'smoothing')
    if method != 'smoothing':
      certain = lambda variables, image, y, method=method: certify.verified(
        lambda x: network.apply(variables, x), image, y, settings['certified']['epsilon'], method=method
      )
      jax.eval_shape(certain, variables, image, ids)
