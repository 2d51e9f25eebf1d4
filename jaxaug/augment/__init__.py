"""The augmentations: pure functions `(key, batch, model) -> batch`."""

from jaxaug.augment.adversarial import adversarial
from jaxaug.augment.adversarial_policy import adversarial_policy, worst_of_policy
from jaxaug.augment.apply_policy import Draws, apply_policy, draw, op_names, run_draws
from jaxaug.augment.attack import attack
from jaxaug.augment.augmix import augmix, augmix_policy
from jaxaug.augment.boundary import boundary
from jaxaug.augment.camera import random_sensor, random_viewpoint
from jaxaug.augment.compose import compose, compose_adaptive, fixed, identity
from jaxaug.augment.corruptions import CORRUPTIONS, EXTRA_CORRUPTIONS, corruption
from jaxaug.augment.create import ADAPTIVES, AUGMENTS, LATENT, STORED, create, create_adaptive
from jaxaug.augment.curriculum import curriculum
from jaxaug.augment.cutmix import cutmix
from jaxaug.augment.domain_randomization import domain_randomization
from jaxaug.augment.evidence import snapmix, tokenmix
from jaxaug.augment.export import export_policy
from jaxaug.augment.friendly import friendly
from jaxaug.augment.frl import frl
from jaxaug.augment.geometric import elastic, random_affine, random_flip, random_grid_shuffle, random_perspective
from jaxaug.augment.gridmix import gridmix
from jaxaug.augment.hard_examples import hard_examples
from jaxaug.augment.jitter import color_jitter, random_resized_crop
from jaxaug.augment.latent import gate_of, latent_ball, latent_line, stored_latent_ball, stored_latent_line
from jaxaug.augment.lighting import random_lighting
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
from jaxaug.augment.policy import Policy, Step, as_policy, check_policy, load_policy, save_policy
from jaxaug.augment.puzzlemix import puzzlemix
from jaxaug.augment.random_erasing import random_erasing
from jaxaug.augment.sanitize import RANDOM_SANITIZERS, SANITIZERS, bits, jpeg, median, resize_pad
from jaxaug.augment.scene import random_background, random_texture
from jaxaug.augment.space import SPACES, OpSpec, space
from jaxaug.augment.spatial import spatial_attack
from jaxaug.augment.synthetic import open_store, synthetic, synthetic_store, synthetic_stored
from jaxaug.augment.targets import Motion, by_matrix, carry, move_targets, moving
from jaxaug.augment.traced import TracedPolicy, apply_policies, draw_traced, trace_policy
from jaxaug.augment.views import multicrop, random_blur, random_grayscale, simclr, views
from jaxaug.augment.worst_of import worst_of

__all__ = (
  'ADAPTIVES',
  'AUGMENTS',
  'CORRUPTIONS',
  'Draws',
  'EXTRA_CORRUPTIONS',
  'LATENT',
  'Motion',
  'OpSpec',
  'Policy',
  'RANDOM_SANITIZERS',
  'SANITIZERS',
  'SPACES',
  'STORED',
  'Step',
  'TracedPolicy',
  'adversarial',
  'adversarial_policy',
  'apply_policies',
  'apply_policy',
  'as_policy',
  'attack',
  'augmix',
  'augmix_policy',
  'autoaugment',
  'autoaugment_policy',
  'bits',
  'boundary',
  'by_matrix',
  'carry',
  'check_policy',
  'color_jitter',
  'compose',
  'compose_adaptive',
  'corruption',
  'create',
  'create_adaptive',
  'curriculum',
  'cutmix',
  'cutout',
  'domain_randomization',
  'draw',
  'draw_traced',
  'elastic',
  'export_policy',
  'fixed',
  'friendly',
  'frl',
  'gate_of',
  'gaussian_noise',
  'gridmix',
  'hard_examples',
  'identity',
  'impulse_noise',
  'jpeg',
  'label_smoothing',
  'latent_ball',
  'latent_line',
  'load_policy',
  'median',
  'mixup',
  'move_targets',
  'moving',
  'multicrop',
  'op_names',
  'open_store',
  'per_image',
  'policy',
  'puzzlemix',
  'randaugment',
  'randaugment_policy',
  'random_affine',
  'random_background',
  'random_blur',
  'random_erasing',
  'random_flip',
  'random_grayscale',
  'random_grid_shuffle',
  'random_lighting',
  'random_perspective',
  'random_resized_crop',
  'random_sensor',
  'random_texture',
  'random_viewpoint',
  'resize_pad',
  'run_draws',
  'samplepairing',
  'save_policy',
  'shot_noise',
  'simclr',
  'snapmix',
  'space',
  'spatial_attack',
  'standard',
  'stored_latent_ball',
  'stored_latent_line',
  'synthetic',
  'synthetic_store',
  'synthetic_stored',
  'tokenmix',
  'trace_policy',
  'trivialaugment',
  'trivialaugment_policy',
  'views',
  'worst_of',
  'worst_of_policy',
)
