"""The augmentations: pure functions `(key, batch, model) -> batch`."""

from jaxaug.augment.adversarial import adversarial
from jaxaug.augment.apply_policy import Draws, apply_policy, draw, op_names, run_draws
from jaxaug.augment.augmix import augmix, augmix_policy
from jaxaug.augment.compose import compose, fixed, identity
from jaxaug.augment.create import AUGMENTS, create
from jaxaug.augment.cutmix import cutmix
from jaxaug.augment.evidence import snapmix, tokenmix
from jaxaug.augment.gridmix import gridmix
from jaxaug.augment.jitter import color_jitter, random_resized_crop
from jaxaug.augment.mixup import mixup
from jaxaug.augment.noise import gaussian_noise, impulse_noise, shot_noise
from jaxaug.augment.pairing import label_smoothing, samplepairing
from jaxaug.augment.per_image import cutout, per_image, standard
from jaxaug.augment.policies import (
  autoaugment,
  autoaugment_policy,
  policy,
  randaugment,
  randaugment_policy,
  trivialaugment,
  trivialaugment_policy,
)
from jaxaug.augment.policy import Policy, Step, check_policy, load_policy, save_policy
from jaxaug.augment.puzzlemix import puzzlemix
from jaxaug.augment.random_erasing import random_erasing
from jaxaug.augment.space import SPACES, OpSpec, space
from jaxaug.augment.targets import carry
from jaxaug.augment.views import multicrop, random_blur, random_grayscale, simclr, views

__all__ = (
  'AUGMENTS',
  'Draws',
  'OpSpec',
  'Policy',
  'SPACES',
  'Step',
  'adversarial',
  'apply_policy',
  'augmix',
  'augmix_policy',
  'autoaugment',
  'autoaugment_policy',
  'carry',
  'check_policy',
  'color_jitter',
  'compose',
  'create',
  'cutmix',
  'cutout',
  'draw',
  'fixed',
  'gaussian_noise',
  'gridmix',
  'identity',
  'impulse_noise',
  'label_smoothing',
  'load_policy',
  'mixup',
  'multicrop',
  'op_names',
  'per_image',
  'policy',
  'puzzlemix',
  'randaugment',
  'randaugment_policy',
  'random_blur',
  'random_erasing',
  'random_grayscale',
  'random_resized_crop',
  'run_draws',
  'samplepairing',
  'save_policy',
  'shot_noise',
  'simclr',
  'snapmix',
  'space',
  'standard',
  'tokenmix',
  'trivialaugment',
  'trivialaugment_policy',
  'views',
)
