"""Networks that a diffusion model denoises with, told how much noise there is: a residual perceptron, and small U-Nets for images and series."""

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.gan_layers import Layer
from jaxaug.models.series_gan import check_series
from jaxaug.types import Array, InputError, check_name


def waves(level: Array, width: int) -> Array:
  """A number as cosines and sines of geometric frequencies.

  Args:
    level: [B] float, of about unit scale.
    width: D, even.

  Returns:
    [B, D] float32.

  Source: Vaswani et al., Attention Is All You Need, 2017, section 3.5.
  """
  angles = level[:, None] * jnp.exp(jnp.linspace(0.0, jnp.log(100.0), width // 2))[None]
  return jnp.concatenate([jnp.cos(angles), jnp.sin(angles)], -1)


class RowDenoiser(nn.Module):
  """Residual dense blocks; noise level and condition are added to what enters each.

  Attributes:
    width: units.
    depth: blocks.

  Call with x [B, ...] float, level [B] float and condition [B, K] float; returns the shape of x. The last layer starts at zero.

  Source: in the manner of TabDDPM's perceptron (Kotelnikov et al., 2023).
  """

  width: int = 256
  depth: int = 3

  @nn.compact
  def __call__(self, x: Array, level: Array, condition: Array) -> Array:
    told = nn.Dense(self.width)(jnp.concatenate([waves(level, 32), condition], -1))
    h = nn.Dense(self.width)(x.reshape(len(x), -1))
    for _ in range(self.depth):
      inside = nn.silu(nn.LayerNorm()(h) + nn.Dense(self.width)(nn.silu(told)))
      h = h + nn.Dense(self.width)(nn.silu(nn.Dense(self.width)(inside)))
    flat = nn.Dense(x[0].size, kernel_init=nn.initializers.zeros)(nn.silu(nn.LayerNorm()(h)))
    return flat.reshape(x.shape)


class ImageDenoiser(nn.Module):
  """A U-Net of three scales: 4x4 convolutions of stride 2 down and up, residual 3x3 blocks and attention at a quarter of the sides.

  Attributes:
    width: channels at half of the sides; twice as many at a quarter.
    depth: blocks.

  Call with x [B, H, W, C] float, H and W divisible by 4, level [B] float and condition [B, K] float; returns the shape of x. The last layers
  start at zero.

  Raises:
    InputError: a side that 4 does not divide.

  Source: the form of Ho, Jain and Abbeel, Denoising Diffusion Probabilistic Models, 2020, appendix B, in small.
  """

  width: int = 32
  depth: int = 2

  @nn.compact
  def __call__(self, x: Array, level: Array, condition: Array) -> Array:
    if x.ndim != 4 or x.shape[1] % 4 or x.shape[2] % 4:
      raise InputError(f'image denoiser: shape {x.shape[1:]} must be (H, W, C), H and W divisible by 4')
    told = nn.silu(nn.Dense(4 * self.width)(jnp.concatenate([waves(level, 32), condition], -1)))
    tell = lambda h: nn.LayerNorm()(h) + nn.Dense(h.shape[-1])(told)[:, None, None]
    fine = Layer('down', self.width)(x)
    h = Layer('down', 2 * self.width)(nn.silu(tell(fine)))
    for _ in range(self.depth):
      inside = Layer('same', 2 * self.width)(nn.silu(tell(h)))
      h = h + Layer('same', 2 * self.width, gain=0.0)(nn.silu(nn.LayerNorm()(inside)))
    flat = nn.LayerNorm()(h).reshape(len(h), -1, h.shape[-1])
    h = h + nn.MultiHeadDotProductAttention(4, out_kernel_init=nn.initializers.zeros)(flat).reshape(h.shape)
    fine = fine + Layer('up', self.width)(nn.silu(tell(h)))
    return Layer('up', x.shape[-1], gain=0.0)(nn.silu(tell(fine)))


class SeriesDenoiser(nn.Module):
  """`ImageDenoiser` along time: convolutions over 4 steps down and up, residual blocks over 3 and attention at a quarter of the steps.

  Attributes:
    width: channels at half of the steps; twice as many at a quarter.
    depth: blocks.

  Call with x [B, T, C] float, level [B] float and condition [B, K] float; returns the shape of x. Inside, zeros follow a series whose T
  4 does not divide. The last layers start at zero.

  Raises:
    InputError: x of another form.

  Source: as `ImageDenoiser`.
  """

  width: int = 32
  depth: int = 2

  @nn.compact
  def __call__(self, x: Array, level: Array, condition: Array) -> Array:
    check_series(x.shape[1:], 'series denoiser')
    told = nn.silu(nn.Dense(4 * self.width)(jnp.concatenate([waves(level, 32), condition], -1)))
    tell = lambda h: nn.LayerNorm()(h) + nn.Dense(h.shape[-1])(told)[:, None]
    place = self.param('place', nn.initializers.normal(0.02), (-(-x.shape[1] // 4), 2 * self.width))
    fine = Layer('down_time', self.width)(jnp.pad(x, ((0, 0), (0, -x.shape[1] % 4), (0, 0))))
    h = Layer('down_time', 2 * self.width)(nn.silu(tell(fine))) + place[None]
    for _ in range(self.depth):
      inside = Layer('along_time', 2 * self.width)(nn.silu(tell(h)))
      h = h + Layer('along_time', 2 * self.width, gain=0.0)(nn.silu(nn.LayerNorm()(inside)))
    h = h + nn.MultiHeadDotProductAttention(4, out_kernel_init=nn.initializers.zeros)(nn.LayerNorm()(h))
    fine = fine + Layer('up_time', self.width)(nn.silu(tell(h)))
    return Layer('up_time', x.shape[-1], gain=0.0)(nn.silu(tell(fine)))[:, : x.shape[1]]


DENOISERS = {'row': RowDenoiser, 'image': ImageDenoiser, 'series': SeriesDenoiser}


def create_denoiser(name: str, shape: tuple[int, ...], *, width: int = 0, depth: int = 0) -> nn.Module:
  """Makes a denoiser from its name.

  Args:
    name: a key of DENOISERS; '' takes 'image' for (H, W, C) with sides that 4 divides, else 'row'.
    shape: of one example.
    width, depth: of the network; 0 takes its own.

  Returns:
    Flax module: (x [B, ...], level [B], condition [B, K]) -> [B, ...].

  Raises:
    InputError: unknown name.
  """
  divisible = len(shape) == 3 and not (shape[0] % 4 or shape[1] % 4)
  name = name or ('image' if divisible else 'row')
  check_name(name, DENOISERS, 'denoiser')
  given = {field: value for field, value in dict(width=width, depth=depth).items() if value}
  return DENOISERS[name](**given)
