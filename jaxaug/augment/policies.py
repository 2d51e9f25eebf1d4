"""Policies as augmentations: RandAugment, TrivialAugment, AutoAugment, or any of one's own."""

import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.apply_policy import MODES, draw, fastest_form, run_draws
from jaxaug.augment.policy import Policy, Step, as_policy
from jaxaug.augment.published import AUTOAUGMENT
from jaxaug.augment.space import space
from jaxaug.augment.targets import carry, check_visibility
from jaxaug.data import as_batch
from jaxaug.types import Augment, Batch, InputError, Key, Model, check_name

PIXELS = ('uint8', 'float')
ENHANCING = ('Brightness', 'Color', 'Contrast', 'Sharpness')
MOVING = ('ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate')
FOURTEEN = ('Identity', *MOVING, *ENHANCING, 'Posterize', 'Solarize', 'AutoContrast', 'Equalize')


def policy(
  policy: Policy, mode: str = 'balanced', pixels: str = 'uint8', fill: float = 0, mask_fill: int = 0, visibility: float = 0.1
) -> Augment:
  """A policy as an augmentation, each image with draws of its own.

  Args:
    policy: what is drawn.
    mode: 'balanced' or 'iid', see `jaxaug.augment.draw`.
    pixels: 'uint8': float images are seen in 256 steps, so that every op is Pillow's, bit for bit (and fast); 'float': ops
      differentiable in the image, with bilinear sampling.
    fill: what comes in from outside the image and what Cutout paints, 0 to 255; see `space`.
    mask_fill: label of what comes in from outside a mask.
    visibility: a box of which less than this share is left at the end is no longer valid, in [0, 1].

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1]; the dtype is kept. `mask`, `boxes` and `keypoints` go along, as
    `jaxaug.augment.carry` says.

  Raises:
    InputError: unknown mode or pixels, fill or visibility out of range, or a policy that `check_policy` refuses.
  """
  policy = as_policy(policy)
  table = space(policy.source, fill)
  check_visibility(visibility)
  check_name(mode, MODES, 'mode')
  check_name(pixels, PIXELS, 'pixels')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image, form = batch['image'], fastest_form(mode)
    draws = draw(key, len(image), policy, image.shape[1:3], mode)
    exact = pixels == 'uint8' and image.dtype != jnp.uint8
    done = run_draws(ops.to_uint8(image) if exact else image, draws, policy, form, table)
    done = as_batch({'image': done})['image'].astype(image.dtype) if exact else done
    return {**batch, 'image': done, **carry(batch, draws, policy, form, mask_fill, visibility)}

  augment.policy = policy  # what `as_policy` finds
  return augment


as_augment = policy  # where an argument is called policy


def randaugment_policy(n: int = 2, m: int = 9, source: str = 'torchvision') -> Policy:
  """n ops drawn from a list, all at magnitude m.

  Args:
    n: steps.
    m: magnitude, 0 to 30 of 'torchvision' (14 ops) and the other sources, 0 to 10 of 'tpu' (16 ops, its own code).
    source: whose ranges, a name in SPACES.

  Returns:
    Policy.

  Raises:
    InputError: n below 1, m out of range.

  Source: Cubuk et al., RandAugment, 2020, figure 2; ops and ranges of torchvision 0.29 by default. The paper counts m to 30,
  its TPU code divides by 10 (tensorflow/tpu issue 614).
  """
  most = 10 if source == 'tpu' else 30
  if type(n) is not int or isinstance(m, str) or n < 1 or not 0 <= m <= most:
    raise InputError(
      f'randaugment: n, m = {n!r}, {m!r} must be a whole number of at least 1, and from 0 to {most} with source {source!r}'
    )
  sixteen = ('AutoContrast', 'Equalize', 'Invert', 'Posterize', 'Solarize', 'SolarizeAdd', 'Cutout', *MOVING, *ENHANCING)
  ops = sixteen if source == 'tpu' else FOURTEEN
  return Policy(((Step(ops, 1.0, m / most, m / most),) * n,), source)


def randaugment(
  n: int = 2,
  m: int = 9,
  source: str = 'torchvision',
  mode: str = 'balanced',
  pixels: str = 'uint8',
  fill: float = 0,
  mask_fill: int = 0,
  visibility: float = 0.1,
) -> Augment:
  """RandAugment.

  Args:
    n, m, source: of `randaugment_policy`.
    mode, pixels, fill, mask_fill, visibility: of `policy`.

  Returns:
    Augment of `image` [B, H, W, C].

  Source: see `randaugment_policy`.
  """
  return policy(randaugment_policy(n, m, source), mode, pixels, fill, mask_fill, visibility)


def trivialaugment_policy(wide: bool = True, source: str = '') -> Policy:
  """One op, its magnitude one of 31 levels.

  Args:
    wide: the wide ranges of the paper; else RandAugment's.
    source: whose ranges; '' is 'trivialaugment', the authors' code (not wide: 'torchvision'); 'torchvision_wide' differs in
      12 of 31 levels of Posterize, in Solarize, in fractions of degrees, and darkens as often as it brightens by a sign.

  Returns:
    Policy.

  Source: Mueller and Hutter, TrivialAugment, 2021, section 3 and table 5.
  """
  source = source or ('trivialaugment' if wide else 'torchvision')
  return Policy(((Step(FOURTEEN, 1.0, 0.0, 1.0, 31),),), source)


def trivialaugment(
  wide: bool = True,
  source: str = '',
  mode: str = 'balanced',
  pixels: str = 'uint8',
  fill: float = 0,
  mask_fill: int = 0,
  visibility: float = 0.1,
) -> Augment:
  """TrivialAugment.

  Args:
    wide, source: of `trivialaugment_policy`.
    mode, pixels, fill, mask_fill, visibility: of `policy`.

  Returns:
    Augment of `image` [B, H, W, C].

  Source: see `trivialaugment_policy`.
  """
  return policy(trivialaugment_policy(wide, source), mode, pixels, fill, mask_fill, visibility)


def autoaugment_policy(policy: str = 'cifar10', source: str = 'torchvision') -> Policy:
  """25 published sub-policies of two steps.

  Args:
    policy: 'cifar10', 'svhn' or 'imagenet', the data it was found on.
    source: whose ranges. A level of 0 to 9 is a magnitude of level / 9, of 'research' level / 10.

  Returns:
    Policy.

  Raises:
    InputError: unknown policy.

  Source: Cubuk et al., AutoAugment, 2019, tables 7 to 9.
  """
  check_name(policy, AUTOAUGMENT, 'autoaugment.policy')
  most = 10 if source == 'research' else 9
  steps = lambda sub: tuple(Step((name,), probability, level / most, level / most) for name, probability, level in sub)
  return Policy(tuple(steps(sub) for sub in AUTOAUGMENT[policy]), source)


def autoaugment(
  policy: str = 'cifar10',
  source: str = 'torchvision',
  mode: str = 'balanced',
  pixels: str = 'uint8',
  fill: float = 0,
  mask_fill: int = 0,
  visibility: float = 0.1,
) -> Augment:
  """AutoAugment with a published policy.

  Args:
    policy, source: of `autoaugment_policy`.
    mode, pixels, fill, mask_fill, visibility: of `policy`.

  Returns:
    Augment of `image` [B, H, W, C].

  Source: see `autoaugment_policy`.
  """
  return as_augment(autoaugment_policy(policy, source), mode, pixels, fill, mask_fill, visibility)
