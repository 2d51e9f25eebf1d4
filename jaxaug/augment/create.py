"""Augmentations by name."""

from collections.abc import Mapping, Sequence

from jaxaug.augment.adversarial import adversarial
from jaxaug.augment.augmix import augmix
from jaxaug.augment.compose import compose
from jaxaug.augment.cutmix import cutmix
from jaxaug.augment.evidence import snapmix, tokenmix
from jaxaug.augment.gridmix import gridmix
from jaxaug.augment.jitter import color_jitter, random_resized_crop
from jaxaug.augment.mixup import mixup
from jaxaug.augment.noise import gaussian_noise, impulse_noise, shot_noise
from jaxaug.augment.pairing import label_smoothing, samplepairing
from jaxaug.augment.per_image import cutout, standard
from jaxaug.augment.policies import autoaugment, randaugment, trivialaugment
from jaxaug.augment.puzzlemix import puzzlemix
from jaxaug.augment.random_erasing import random_erasing
from jaxaug.augment.views import multicrop, random_blur, random_grayscale, simclr
from jaxaug.types import Augment, InputError, call, check_name

AUGMENTS = {
  'adversarial': adversarial,
  'augmix': augmix,
  'autoaugment': autoaugment,
  'color_jitter': color_jitter,
  'cutmix': cutmix,
  'cutout': cutout,
  'gaussian_noise': gaussian_noise,
  'gridmix': gridmix,
  'impulse_noise': impulse_noise,
  'label_smoothing': label_smoothing,
  'mixup': mixup,
  'multicrop': multicrop,
  'puzzlemix': puzzlemix,
  'randaugment': randaugment,
  'random_blur': random_blur,
  'random_erasing': random_erasing,
  'random_grayscale': random_grayscale,
  'random_resized_crop': random_resized_crop,
  'samplepairing': samplepairing,
  'shot_noise': shot_noise,
  'simclr': simclr,
  'snapmix': snapmix,
  'standard': standard,
  'tokenmix': tokenmix,
  'trivialaugment': trivialaugment,
}


def create(names: Sequence[str], **settings: Mapping) -> Augment:
  """Composes augmentations by name, in order.

  Args:
    names: keys of AUGMENTS; none of them is the identity.
    **settings: keywords of each, by name; for one that is not in `names` they wait unused.

  Returns:
    Augment.

  Raises:
    InputError: unknown name or keyword.
  """
  if isinstance(names, str):
    raise InputError(f"augment.names: {names!r} must be a tuple of names, like ('{names}',)")
  for name in (*names, *settings):
    check_name(name, AUGMENTS, 'augment')
  made = {name: call(AUGMENTS[name], settings.get(name, {}), f'augment.{name}') for name in (*names, *settings)}
  return compose(*(made[name] for name in names))
