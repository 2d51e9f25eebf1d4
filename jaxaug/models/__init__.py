"""Flax Linen networks: inputs in [0, 1], normalisation inside, logits out; no training."""

from jaxaug.models.cnn import CNN, load_cnn
from jaxaug.models.convolution import conv, convolve
from jaxaug.models.create import MODELS, create
from jaxaug.models.mlp import MLP
from jaxaug.models.model import as_model, normalize
from jaxaug.models.preact_resnet import preact_resnet
from jaxaug.models.wide_resnet import wide_resnet

__all__ = (
  'CNN',
  'MLP',
  'MODELS',
  'as_model',
  'conv',
  'convolve',
  'create',
  'load_cnn',
  'normalize',
  'preact_resnet',
  'wide_resnet',
)
