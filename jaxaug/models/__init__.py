"""Flax Linen networks: inputs in [0, 1], normalisation inside, logits out; no training."""

from jaxaug.models.autoencoder import Autoencoder, StoredAutoencoder, load_autoencoder, read_autoencoder, save_autoencoder
from jaxaug.models.cnn import CNN, load_cnn
from jaxaug.models.convolution import conv, convolve
from jaxaug.models.create import MODELS, create
from jaxaug.models.dcgan import ConvDiscriminator, ConvGenerator, check_sides
from jaxaug.models.denoiser import DENOISERS, ImageDenoiser, RowDenoiser, SeriesDenoiser, create_denoiser
from jaxaug.models.gan_perceptron import PerceptronDiscriminator, PerceptronGenerator
from jaxaug.models.layers import after_layer, last_map, layer_outputs
from jaxaug.models.mlp import MLP
from jaxaug.models.model import as_model, normalize
from jaxaug.models.preact_resnet import preact_resnet
from jaxaug.models.series_gan import (
  SeriesDiscriminator,
  SeriesGenerator,
  WaveDiscriminator,
  WaveGenerator,
  check_series,
  phase_shuffle,
)
from jaxaug.models.stylegan2 import StyleGenerator
from jaxaug.models.vae import VAE
from jaxaug.models.wide_resnet import wide_resnet

__all__ = (
  'Autoencoder',
  'CNN',
  'ConvDiscriminator',
  'ConvGenerator',
  'DENOISERS',
  'ImageDenoiser',
  'MLP',
  'MODELS',
  'PerceptronDiscriminator',
  'PerceptronGenerator',
  'RowDenoiser',
  'SeriesDenoiser',
  'SeriesDiscriminator',
  'SeriesGenerator',
  'StoredAutoencoder',
  'StyleGenerator',
  'VAE',
  'WaveDiscriminator',
  'WaveGenerator',
  'after_layer',
  'as_model',
  'check_series',
  'check_sides',
  'conv',
  'convolve',
  'create',
  'create_denoiser',
  'last_map',
  'layer_outputs',
  'load_autoencoder',
  'load_cnn',
  'normalize',
  'phase_shuffle',
  'preact_resnet',
  'read_autoencoder',
  'save_autoencoder',
  'wide_resnet',
)
