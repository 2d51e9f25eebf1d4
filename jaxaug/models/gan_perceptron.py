"""Perceptrons that draw rows, series or images, and that tell drawn ones from real ones."""

import math

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.gan_layers import Layer, Norm, Score, beside
from jaxaug.types import Array


class PerceptronGenerator(nn.Module):
  """Dense layers, normalisation and ReLU between; tanh at the end for images.

  Attributes:
    shape: of one example, (D,), (T, C) or (H, W, C).
    width: units of the hidden layers.
    depth: hidden layers.
    conditioning: 'concat' the condition to z; 'projection' also lets it scale and shift what is normalised.
    norm: 'none', 'batch' or 'pixel'.
    weights: of `Layer`.

  Call with z [B, Z] and condition [B, K]; returns [B, *shape].

  Source: Goodfellow et al., Generative Adversarial Nets, 2014, section 5 (perceptrons); Mirza and Osindero, Conditional Generative
  Adversarial Nets, 2014 (concat).
  """

  shape: tuple[int, ...]
  width: int = 128
  depth: int = 2
  conditioning: str = 'concat'
  norm: str = 'none'
  weights: str = 'he'

  @nn.compact
  def __call__(self, z: Array, condition: Array, train: bool = False) -> Array:
    told = condition if self.conditioning == 'projection' else condition[:, :0]
    x = beside(z, condition)
    for _ in range(self.depth):
      x = nn.relu(Norm(self.norm)(Layer('dense', self.width, self.weights)(x), told, train))
    x = Layer('dense', math.prod(self.shape), self.weights, 1.0)(x).reshape(len(z), *self.shape)
    return jnp.tanh(x) if len(self.shape) == 3 else x


class PerceptronDiscriminator(nn.Module):
  """Dense layers with leaky ReLU (.2) between.

  Attributes:
    width: units of the hidden layers.
    depth: hidden layers.
    conditioning: 'concat' the condition to x, or 'projection'.
    norm: 'none' or 'batch', after all hidden layers but the first.
    weights: of `Layer`.
    spectral: whether each layer's weights are divided by their largest singular value.
    minibatch_std: of `Score`.

  Call with x [B, ...] and condition [B, K]; returns scores [B], above 0 for real.

  Source: as `PerceptronGenerator`; projection: Miyato and Koyama, 2018.
  """

  width: int = 128
  depth: int = 2
  conditioning: str = 'concat'
  norm: str = 'none'
  weights: str = 'he'
  spectral: bool = False
  minibatch_std: int = 0

  @nn.compact
  def __call__(self, x: Array, condition: Array, train: bool = False) -> Array:
    x = x.reshape(len(x), -1)
    if self.conditioning == 'concat':
      x = jnp.concatenate([x, condition], -1)
    for i in range(self.depth):
      x = Layer('dense', self.width, self.weights, spectral=self.spectral)(x, train)
      x = nn.leaky_relu(Norm(self.norm if i else 'none')(x, condition[:, :0], train), 0.2)
    return Score(self.conditioning, self.weights, self.spectral, self.minibatch_std)(x, condition, train)
