"""A nuisance that is planted: validation and test are disturbed in a way that the train split is not, so that a search has an answer."""

from collections.abc import Mapping

import jax
import numpy as np

from jaxaug import data
from jaxaug.augment import SPACES
from jaxaug.types import InputError, check_name, fill

DEFAULTS = dict(op='', low=0.0, high=0.0, seed=0)
"""`op` of the op table ('' plants nothing); its value is drawn evenly from low to high, in the op's own unit (degrees, pixels, factor)."""


def planted(splits: data.Splits, section: Mapping) -> data.Splits:
  """The same splits, validation and test disturbed by one op, each image by its own value.

  Args:
    splits: with images.
    section: with any of the fields of DEFAULTS.

  Returns:
    Splits; train is as it was. The value of an image depends on its id and the seed alone.

  Raises:
    InputError: unknown field or op, an op without a value, no images, low above high.
  """
  settings = fill(section, DEFAULTS, 'nuisance')
  if not settings['op']:
    return splits
  table = SPACES['torchvision']
  check_name(settings['op'], table, 'nuisance.op')
  if settings['low'] > settings['high']:
    raise InputError(f'nuisance.low: {settings["low"]} is above high, {settings["high"]}')
  if 'image' not in splits.train:
    raise InputError('nuisance.op: there are no images in this data')
  fn = table[settings['op']].fn

  @jax.jit
  def disturbed(images, ids):
    keys = jax.vmap(lambda number: jax.random.fold_in(jax.random.key(settings['seed']), number))(ids)

    def one(given):
      image, key = given
      key_value, key_place = jax.random.split(key)
      value = jax.random.uniform(key_value, minval=settings['low'], maxval=settings['high'])
      return fn(image, value, jax.random.uniform(key_place, (2,)), image)

    return jax.lax.map(one, (images, keys))

  part = lambda held: {**held, 'image': np.asarray(disturbed(held['image'], held['id']))} if len(held['id']) else held
  return splits._replace(validation=part(splits.validation), test=part(splits.test))
