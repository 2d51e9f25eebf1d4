"""Adversarial training as published, by name: every setting that a paper fixes, and the networks that settings make."""

import flax.linen as nn

from jaxaug.models import (
  ConvDiscriminator,
  ConvGenerator,
  PerceptronDiscriminator,
  PerceptronGenerator,
  SeriesDiscriminator,
  SeriesGenerator,
  StyleGenerator,
  WaveDiscriminator,
  WaveGenerator,
  check_series,
  check_sides,
)
from jaxaug.models.gan_layers import CONDITIONINGS, NORMS, WEIGHTS
from jaxaug.synthesize.gan_losses import LOSSES
from jaxaug.synthesize.generator import check_shape
from jaxaug.types import InputError, check_name, fill

GAN_NETWORKS = {
  'perceptron': (PerceptronGenerator, PerceptronDiscriminator),
  'dcgan': (ConvGenerator, ConvDiscriminator),
  'stylegan2': (StyleGenerator, ConvDiscriminator),
  'series': (SeriesGenerator, SeriesDiscriminator),
  'wavegan': (WaveGenerator, WaveDiscriminator),
}
PENALTIES = ('none', 'r1', 'gp', 'clip')
AUGMENTS = ('none', 'diffaugment', 'ada')

DEFAULTS = dict(
  network='',  # of `GAN_NETWORKS`; '' takes 'dcgan' for images, 'perceptron' for all else
  conditioning='projection',
  loss='logistic',
  penalty='none',
  penalty_weight=0.0,
  penalty_every=1,
  discriminator_steps=1,
  learning_rate=2e-4,
  beta1=0.5,
  beta2=0.999,
  latent=64,
  width=0,  # of the network; 0 takes its own
  ema=0.999,
  norm='none',
  norm_discriminator='none',
  weights='he',
  spectral=False,
  minibatch_std=0,
  augment='none',
  ada_images=40_000,
  ada_target=0.6,
  mixing=0.9,
  truncation=1.0,
  lengths=False,
)

_WGAN_GP = dict(
  conditioning='concat',
  loss='wasserstein',
  penalty='gp',
  penalty_weight=10.0,
  discriminator_steps=5,
  learning_rate=1e-4,
  beta1=0.5,
  beta2=0.9,
)

GANS = {
  # Goodfellow et al., 2014: perceptrons, the generator's other loss of section 3; Adam in place of momentum
  'vanilla': dict(network='perceptron', conditioning='concat', latent=100),
  # Radford et al., 2016, section 4; two updates of D as in StudioGAN
  'dcgan': dict(
    network='dcgan',
    conditioning='concat',
    norm='batch',
    norm_discriminator='batch',
    weights='normal',
    latent=100,
    discriminator_steps=2,
  ),
  # Arjovsky et al., 2017, algorithm 1; RMSProp is Adam without its first moment
  'wgan': dict(
    conditioning='concat',
    loss='wasserstein',
    penalty='clip',
    penalty_weight=0.01,
    discriminator_steps=5,
    norm='batch',
    norm_discriminator='batch',
    weights='normal',
    latent=100,
    learning_rate=5e-5,
    beta1=0.0,
    beta2=0.99,
  ),
  # Gulrajani et al., 2017, algorithm 1 and section 5
  'wgan_gp': dict(**_WGAN_GP, norm='batch', latent=128),
  # Miyato et al., 2018, table 1 (D); Miyato and Koyama, 2018 (projection, conditional batch normalisation)
  'sngan': dict(loss='hinge', spectral=True, norm='batch', latent=128, discriminator_steps=5),
  # Karras et al., 2020 (ADA), the CIFAR-10 row of table 5
  'stylegan2': dict(
    network='stylegan2',
    penalty='r1',
    penalty_weight=0.01,
    penalty_every=16,
    weights='equalized',
    minibatch_std=32,
    learning_rate=2.5e-3,
    beta1=0.0,
    beta2=0.99,
    augment='ada',
  ),
  # ours, for images; `python -m benchmarks.generators` follows it on Fashion-MNIST
  'projection': dict(
    penalty='r1',
    penalty_weight=1.0,
    penalty_every=16,
    norm='pixel',
    weights='normal',
    learning_rate=2e-3,
    beta1=0.0,
    beta2=0.99,
  ),
  # ours, for what is no image: weights of .02 and 'pixel' draw rows too near to each other
  'rows': dict(
    network='perceptron', penalty='r1', penalty_weight=0.1, penalty_every=16, learning_rate=5e-4, beta1=0.0, beta2=0.99
  ),
  # Gulrajani et al., 2017, with convolutions along time in place of those over images
  'series': dict(**_WGAN_GP, network='series', latent=64),
  # Donahue et al., 2019, appendix D: WGAN-GP, 5 updates of D, z of 100 (uniform there), phase shuffle by up to 2
  'wavegan': dict(**_WGAN_GP, network='wavegan', latent=100),
}
"""What a preset leaves out is in DEFAULTS. Widths are no paper's: those were made for larger machines."""


def gan_settings(shape: tuple[int, ...], preset: str, given: dict) -> dict:
  """Every setting of `gan`, of the preset where none is given, and checked.

  Args:
    shape: of one encoded example.
    preset: a key of GANS; '' takes 'projection' for images, 'rows' for all else.
    given: settings that override the preset's; None leaves the preset's.

  Returns:
    Dict with the fields of `gan_presets.DEFAULTS`.

  Raises:
    InputError: an unknown name, a number out of range, settings that contradict each other.
  """
  check_shape(shape, 'gan.shape')
  preset = preset or ('projection' if len(shape) == 3 else 'rows')
  check_name(preset, GANS, 'gan.preset')
  held = fill({name: value for name, value in given.items() if value is not None}, {**DEFAULTS, **GANS[preset]}, 'gan')
  held['network'] = held['network'] or ('dcgan' if len(shape) == 3 else 'perceptron')
  names = dict(network=GAN_NETWORKS, loss=LOSSES, penalty=PENALTIES, augment=AUGMENTS)
  names |= dict(conditioning=CONDITIONINGS, norm=NORMS, norm_discriminator=('none', 'batch'), weights=WEIGHTS)
  for field, known in names.items():
    check_name(held[field], known, f'gan.{field}')
  if held['network'] in ('series', 'wavegan'):
    check_series(shape, f'gan.shape for {held["network"]}')
  elif held['network'] != 'perceptron':
    check_sides(shape, f'gan.shape for {held["network"]}')
  for field in ('learning_rate', 'latent', 'penalty_every', 'discriminator_steps', 'ada_images'):
    if held[field] <= 0:
      raise InputError(f'gan.{field}: {held[field]} must be above 0')
  for field in ('width', 'minibatch_std'):
    if held[field] < 0:
      raise InputError(f'gan.{field}: {held[field]} must be at least 0')
  for field in ('ema', 'beta1', 'beta2'):
    if not 0 <= held[field] < 1:
      raise InputError(f'gan.{field}: {held[field]} must be in [0, 1)')
  if held['penalty'] != 'none' and held['penalty_weight'] <= 0:
    raise InputError(f'gan.penalty_weight: {held["penalty_weight"]} must be above 0 with penalty {held["penalty"]!r}')
  if held['penalty'] in ('r1', 'gp') and held['norm_discriminator'] == 'batch':
    raise InputError("gan.norm_discriminator: 'batch' mixes rows, penalties of a slope are for each row; take 'none'")
  if held['truncation'] != 1 and held['network'] != 'stylegan2':
    raise InputError(f"gan.truncation: {held['truncation']} is for the network 'stylegan2', not {held['network']!r}")
  if held['augment'] != 'none' and len(shape) != 3:
    raise InputError(f'gan.augment: {held["augment"]!r} is for images (H, W, C), the shape is {tuple(shape)}')
  return held


def gan_networks(shape: tuple[int, ...], settings: dict) -> tuple[nn.Module, nn.Module]:
  """Generator and discriminator.

  Args:
    shape: of one encoded example.
    settings: of `gan_settings`.

  Returns:
    (Flax module (z [B, Z], condition [B, K], train) -> [B, *shape], which may draw random bits named 'noise';
    Flax module (x [B, *shape], condition [B, K], train) -> scores [B]).
  """
  make_generator, make_discriminator = GAN_NETWORKS[settings['network']]
  given = lambda **fields: {name: settings[field] for name, field in fields.items() if field != 'width' or settings['width']}
  if settings['network'] == 'stylegan2':
    ours = given(width='width', mixing='mixing', truncation='truncation')
  else:
    ours = given(width='width', conditioning='conditioning', norm='norm', weights='weights')
  theirs = given(width='width', conditioning='conditioning', norm='norm_discriminator', weights='weights')
  theirs |= given(spectral='spectral', minibatch_std='minibatch_std')
  return make_generator(tuple(shape), **ours), make_discriminator(**theirs)
