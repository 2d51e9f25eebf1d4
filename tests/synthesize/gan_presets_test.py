"""Presets of GANs: all make networks, what the user gives goes before, what contradicts itself is told."""

import pytest

from jaxaug.synthesize import GANS
from jaxaug.synthesize.gan_presets import GAN_NETWORKS, gan_networks, gan_settings
from jaxaug.types import InputError

SERIES = ('series', 'wavegan')


@pytest.mark.parametrize('preset', GANS)
def test_presets_make_networks(preset):
  shape = (32, 1) if preset in SERIES else (8, 8, 1)
  settings = gan_settings(shape, preset, {'width': 3, 'learning_rate': None})
  generator, discriminator = gan_networks(shape, settings)
  assert type(generator) is GAN_NETWORKS[settings['network']][0] and generator.width == discriminator.width == 3
  assert settings['learning_rate'] == GANS[preset].get('learning_rate', 2e-4)


def test_the_network_follows_the_shape_and_the_user_comes_first():
  assert gan_settings((5,), '', {})['network'] == gan_settings((5, 2), 'sngan', {})['network'] == 'perceptron'
  assert gan_settings((8, 8, 3), '', {}) == gan_settings((8, 8, 3), 'projection', {'network': 'dcgan'})
  held = gan_settings((5,), 'wgan_gp', dict(penalty_weight=1, beta1=0.0))
  assert held['penalty_weight'] == 1.0 and held['beta1'] == 0 and held['beta2'] == 0.9 and held['loss'] == 'wasserstein'
  assert gan_networks((5,), held)[0].width == 128  # the network's own


@pytest.mark.parametrize(
  ('shape', 'preset', 'given', 'told'),
  (
    ((5,), 'snagan', {}, "gan.preset: 'snagan' is unknown. Did you mean 'sngan'"),
    ((5,), 'sngan', dict(loss='hing'), "gan.loss: 'hing' is unknown. Did you mean 'hinge'"),
    ((5,), 'sngan', dict(latent='64'), "gan.latent: '64' is str, must be int"),
    ((5,), 'sngan', dict(norm_discriminator='pixel'), "gan.norm_discriminator: 'pixel' is unknown"),
    ((5,), 'dcgan', {}, r'gan.shape for dcgan: \(5,\) must be \(H, W, C\)'),
    ((8, 8, 1), 'wavegan', {}, r'gan.shape for wavegan: \(8, 8, 1\) must be \(T, C\)'),
    ((6, 8, 1), 'stylegan2', {}, 'gan.shape for stylegan2'),
    ((5,), 'sngan', dict(discriminator_steps=0), 'gan.discriminator_steps: 0 must be above 0'),
    ((5,), 'sngan', dict(width=-1), 'gan.width: -1 must be at least 0'),
    ((5,), 'sngan', dict(ema=1.0), r'gan.ema: 1.0 must be in \[0, 1\)'),
    ((5,), 'sngan', dict(penalty='r1'), "gan.penalty_weight: 0.0 must be above 0 with penalty 'r1'"),
    ((8, 8, 1), 'dcgan', dict(penalty='gp', penalty_weight=1.0), "gan.norm_discriminator: 'batch' mixes rows"),
    ((5,), 'vanilla', dict(augment='ada'), "gan.augment: 'ada' is for images"),
    ((5,), 'vanilla', dict(truncation=0.5), "gan.truncation: 0.5 is for the network 'stylegan2', not 'perceptron'"),
  ),
)
def test_bad_input_is_told(shape, preset, given, told):
  with pytest.raises(InputError, match=told):
    gan_settings(shape, preset, given)
