"""Augmentations by name."""

from collections.abc import Mapping, Sequence

from jaxaug.augment.adversarial import adversarial
from jaxaug.augment.adversarial_policy import adversarial_policy
from jaxaug.augment.attack import attack
from jaxaug.augment.augmix import augmix
from jaxaug.augment.boundary import boundary
from jaxaug.augment.camera import random_sensor, random_viewpoint
from jaxaug.augment.compose import compose, compose_adaptive, fixed
from jaxaug.augment.corruptions import corruption
from jaxaug.augment.curriculum import curriculum
from jaxaug.augment.cutmix import cutmix
from jaxaug.augment.domain_randomization import domain_randomization
from jaxaug.augment.evidence import snapmix, tokenmix
from jaxaug.augment.friendly import friendly
from jaxaug.augment.frl import frl
from jaxaug.augment.geometric import elastic, random_affine, random_flip, random_grid_shuffle, random_perspective
from jaxaug.augment.gridmix import gridmix
from jaxaug.augment.hard_examples import hard_examples
from jaxaug.augment.jitter import color_jitter, random_resized_crop
from jaxaug.augment.latent import stored_latent_ball, stored_latent_line
from jaxaug.augment.lighting import random_lighting
from jaxaug.augment.mixup import mixup
from jaxaug.augment.noise import gaussian_noise, impulse_noise, shot_noise
from jaxaug.augment.pairing import label_smoothing, samplepairing
from jaxaug.augment.per_image import cutout, standard
from jaxaug.augment.policies import autoaugment, randaugment, trivialaugment
from jaxaug.augment.puzzlemix import puzzlemix
from jaxaug.augment.random_erasing import random_erasing
from jaxaug.augment.sanitize import SANITIZERS
from jaxaug.augment.scene import random_background, random_texture
from jaxaug.augment.spatial import spatial_attack
from jaxaug.augment.synthetic import synthetic_store
from jaxaug.augment.views import multicrop, random_blur, random_grayscale, simclr
from jaxaug.types import Adaptive, Augment, InputError, call, check_name

AUGMENTS = {
  'adversarial': adversarial,
  'adversarial_policy': adversarial_policy,
  'attack': attack,
  'augmix': augmix,
  'autoaugment': autoaugment,
  'boundary': boundary,
  'color_jitter': color_jitter,
  'corruption': corruption,
  'cutmix': cutmix,
  'cutout': cutout,
  'domain_randomization': domain_randomization,
  'elastic': elastic,
  'friendly': friendly,
  'gaussian_noise': gaussian_noise,
  'gridmix': gridmix,
  'impulse_noise': impulse_noise,
  'label_smoothing': label_smoothing,
  'mixup': mixup,
  'multicrop': multicrop,
  'puzzlemix': puzzlemix,
  'randaugment': randaugment,
  'random_affine': random_affine,
  'random_background': random_background,
  'random_blur': random_blur,
  'random_erasing': random_erasing,
  'random_flip': random_flip,
  'random_grayscale': random_grayscale,
  'random_grid_shuffle': random_grid_shuffle,
  'random_lighting': random_lighting,
  'random_perspective': random_perspective,
  'random_resized_crop': random_resized_crop,
  'random_sensor': random_sensor,
  'random_texture': random_texture,
  'random_viewpoint': random_viewpoint,
  'samplepairing': samplepairing,
  'shot_noise': shot_noise,
  'simclr': simclr,
  'snapmix': snapmix,
  'spatial_attack': spatial_attack,
  'standard': standard,
  'tokenmix': tokenmix,
  'trivialaugment': trivialaugment,
  **SANITIZERS,
}

LATENT = {'latent_ball': stored_latent_ball, 'latent_line': stored_latent_line}  # each needs an autoencoder's file
STORED = {**LATENT, 'synthetic_store': synthetic_store}  # each needs a file

ADAPTIVES = {'curriculum': curriculum, 'frl': frl, 'hard_examples': hard_examples}


def _made(known: Mapping, names: Sequence[str], settings: Mapping) -> dict:
  if isinstance(names, str):
    raise InputError(f"augment.names: {names!r} must be a tuple of names, like ('{names}',)")
  for name in (*names, *settings):
    check_name(name, known, 'augment')
  return {name: call(known[name], settings.get(name, {}), f'augment.{name}') for name in (*names, *settings)}


def create(names: Sequence[str], **settings: Mapping) -> Augment:
  """Composes augmentations by name, in order.

  Args:
    names: keys of AUGMENTS and STORED; none of them is the identity.
    **settings: keywords of each, by name; for one that is not in `names` they wait unused.

  Returns:
    Augment.

  Raises:
    InputError: unknown name or keyword.
  """
  made = _made(AUGMENTS | STORED, names, settings)
  return compose(*(made[name] for name in names))


def create_adaptive(names: Sequence[str], **settings: Mapping) -> Adaptive:
  """The same, with those that remember among them.

  Args:
    names: keys of AUGMENTS, STORED and ADAPTIVES.
    **settings: keywords of each, by name; for one that is not in `names` they wait unused.

  Returns:
    Adaptive; without memory where none of them has one.

  Raises:
    InputError: unknown name or keyword.
  """
  made = _made(AUGMENTS | STORED | ADAPTIVES, names, settings)
  if not any(name in ADAPTIVES for name in names):
    return fixed(compose(*(made[name] for name in names)))
  return compose_adaptive(*(made[name] if name in ADAPTIVES else fixed(made[name]) for name in names))
