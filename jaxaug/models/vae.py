"""Encoder and decoder of a variational autoencoder, for rows, series and images."""

import math

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.dcgan import check_sides
from jaxaug.models.gan_layers import Layer, beside
from jaxaug.types import Array


class VAE(nn.Module):
  """q(z | x, c) = N(mean, diag e^log_variance), and the middle of p(x | z, c); perceptrons, for images 4x4 convolutions of stride 2.

  Attributes:
    shape: of one example, (D,), (T, C), or (H, W, C) with H and W divisible by 4.
    latent: Z.
    width: units of the perceptrons' two hidden layers, or channels at half of the sides; 0 takes 128 and 16.

  `encode` takes x [B, *shape] and condition [B, K], `decode` z [B, Z] and condition; the condition is concatenated. A call is encode and,
  of the mean, decode.

  Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix C; condition: Sohn, Lee and Yan, Learning Structured Output
  Representation using Deep Conditional Generative Models, 2015.
  """

  shape: tuple[int, ...]
  latent: int = 32
  width: int = 0

  def setup(self):
    self.to_code = Layer('dense', 2 * self.latent, gain=1.0)
    if len(self.shape) == 3:
      check_sides(self.shape, 'vae.shape')
      height, width, channels = self.shape
      wide = self.width or 16
      self.quarter = height // 4, width // 4, 2 * wide
      self.first, self.second = Layer('down', wide), Layer('down', 2 * wide)
      self.from_code, self.grow, self.paint = (
        Layer('dense', math.prod(self.quarter)),
        Layer('up', wide),
        Layer('up', channels, gain=1.0),
      )
    else:
      wide = self.width or 128
      self.first, self.second, self.from_code, self.grow = (Layer('dense', wide) for _ in range(4))
      self.paint = Layer('dense', math.prod(self.shape), gain=1.0)

  def encode(self, x: Array, condition: Array) -> tuple[Array, Array]:
    """x [B, *shape], condition [B, K] -> (mean [B, Z], log_variance [B, Z])."""
    if len(self.shape) == 3:
      x = nn.relu(self.second(nn.relu(self.first(x)))).reshape(len(x), -1)
      x = beside(x, condition)
    else:
      x = beside(x.reshape(len(x), -1), condition)
      x = nn.relu(self.second(nn.relu(self.first(x))))
    mean, log_variance = jnp.split(self.to_code(x), 2, -1)
    return mean, log_variance

  def decode(self, z: Array, condition: Array) -> Array:
    """z [B, Z], condition [B, K] -> the middle before any bound [B, *shape]."""
    x = nn.relu(self.from_code(beside(z, condition)))
    if len(self.shape) == 3:
      x = x.reshape(len(z), *self.quarter)
    return self.paint(nn.relu(self.grow(x))).reshape(len(z), *self.shape)

  def __call__(self, x: Array, condition: Array) -> Array:
    return self.decode(self.encode(x, condition)[0], condition)
