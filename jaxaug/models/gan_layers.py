"""What generators and discriminators are made of: linear layers with their ways to scale weights, normalisation, the score."""

import functools
import math

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.models.strided import down, same, up
from jaxaug.models.strided_time import lengthen, shorten
from jaxaug.types import Array, InputError, check_name

PRODUCTS = {
  'dense': ((), jnp.matmul, 1),
  'down': ((4, 4), down, 1),
  'up': ((4, 4), up, 4),
  'same': ((3, 3), same, 1),
  'along_time': ((3,), functools.partial(shorten, stride=1), 1),
  'down_time': ((4,), functools.partial(shorten, stride=2), 1),
  'up_time': ((4,), functools.partial(lengthen, stride=2), 2),
  'down_wave': ((25,), functools.partial(shorten, stride=4), 1),
  'up_wave': ((25,), functools.partial(lengthen, stride=4), 4),
}
"""name: (window of the kernel, product, the kernel's places for each one that an output sees)."""
WEIGHTS = ('he', 'normal', 'equalized')
NORMS = ('none', 'batch', 'pixel')
CONDITIONINGS = ('concat', 'projection')


def unit(vector: Array) -> Array:
  """v / |v| along the last axis.

  Args:
    vector: [..., D].

  Returns:
    [..., D].
  """
  return vector / jnp.sqrt(jnp.square(vector).sum(-1, keepdims=True) + 1e-12)


def largest_singular_value(matrix: Array, u: Array) -> tuple[Array, Array]:
  """One step of the power iteration: v = W u / |W u|, u' = W^T v / |W^T v|, sigma = v W u'.

  Args:
    matrix: W [N, D].
    u: [D], of length 1.

  Returns:
    (sigma, differentiable in W with u and v held; u').

  Source: Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018, algorithm 1.
  """
  held = jax.lax.stop_gradient(matrix)
  v = unit(held @ u)
  u = unit(v @ held)
  return v @ matrix @ u, u


def beside(z: Array, condition: Array) -> Array:
  """[z, sqrt(Z) c]: a one-hot condition as long as z of unit scale, beside which it would be lost.

  Args:
    z: [B, Z].
    condition: [B, K].

  Returns:
    [B, Z + K].
  """
  return jnp.concatenate([z, z.shape[-1] ** 0.5 * condition], -1)


class Layer(nn.Module):
  """A product with weights, plus a bias.

  Attributes:
    product: 'dense'; for images 'down' (4x4, to half the side), 'up' (4x4, to twice the side) and 'same' (3x3); for series 'along_time'
      (3 steps), 'down_time' and 'up_time' (4 steps, by 2), 'down_wave' and 'up_wave' (25 steps, by 4).
    features: channels out.
    weights: 'he' N(0, gain^2 / fan), 'normal' N(0, .02^2), or 'equalized': N(0, 1) at first, times gain / sqrt(fan) in every call.
    gain: sqrt(2) before a ReLU, 1 before nothing.
    rate: of 'equalized', times the learning rate.
    spectral: whether W is divided by its largest singular value, whose `u` lives in `batch_stats`.
    bias: whether there is one.

  Call with x [..., C]; `train` moves `u` on.

  Source: 'normal': Radford et al., DCGAN, 2016, section 4; 'equalized': Karras et al., Progressive Growing of GANs, 2018, section 4.1.
  """

  product: str
  features: int
  weights: str = 'he'
  gain: float = 2**0.5
  rate: float = 1.0
  spectral: bool = False
  bias: bool = True

  @nn.compact
  def __call__(self, x: Array, train: bool = False) -> Array:
    check_name(self.weights, WEIGHTS, 'gan.weights')
    window, product, share = PRODUCTS[self.product]
    shape = (*window, x.shape[-1], self.features)
    fan = max(1, x.shape[-1] * math.prod(window) / share)
    std = {'he': self.gain / fan**0.5, 'normal': 0.02, 'equalized': 1 / self.rate}[self.weights]
    kernel = self.param('kernel', nn.initializers.normal(std), shape)
    if self.weights == 'equalized':
      kernel = kernel * (self.rate * self.gain / fan**0.5)
    if self.spectral and x.shape[-1]:
      held = self.variable('batch_stats', 'u', lambda: unit(jax.random.normal(self.make_rng('params'), (self.features,))))
      sigma, moved = largest_singular_value(kernel.reshape(-1, self.features), held.value)
      kernel = kernel / sigma
      if train and self.is_mutable_collection('batch_stats'):
        held.value = moved
    y = product(x, kernel)
    if not self.bias:
      return y
    bias = self.param('bias', nn.initializers.zeros, (self.features,)) * (self.rate if self.weights == 'equalized' else 1)
    return y + bias.reshape(*[1] * (y.ndim - 1), -1)


class Norm(nn.Module):
  """(1 + a) normalised(x) + b, where a and b may depend on the class.

  Attributes:
    kind: 'batch' (over rows and places; running statistics unless `train`), 'pixel' x / sqrt(mean_c x^2), 'none'.

  Call with x [B, ..., C] and what a and b depend on [B, K], K = 0 for nothing.

  Source: Ioffe and Szegedy, Batch Normalization, 2015; de Vries et al., Modulating Early Visual Processing by Language, 2017
  (conditional batch normalisation); Karras et al., Progressive Growing of GANs, 2018, section 4.2 (pixel).
  """

  kind: str = 'batch'

  @nn.compact
  def __call__(self, x: Array, condition: Array, train: bool) -> Array:
    check_name(self.kind, NORMS, 'gan.norm')
    if self.kind == 'none' and not condition.shape[-1]:
      return x
    if self.kind == 'batch':
      x = nn.BatchNorm(use_running_average=not train, momentum=0.9, use_scale=False, use_bias=False)(x)
    if self.kind == 'pixel':
      x = x * jax.lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-8)
    if condition.shape[-1]:
      told = Layer('dense', 2 * x.shape[-1], 'normal')(condition)
    else:  # no kernel without entries: checkpoints refuse one
      told = self.param('bias', nn.initializers.zeros, (2 * x.shape[-1],))
    scale, shift = jnp.split(told.reshape(-1, *[1] * (x.ndim - 2), 2 * x.shape[-1]), 2, -1)
    return (1 + scale) * x + shift


def batch_deviation(x: Array, group: int) -> Array:
  """How much the rows of a group differ: the standard deviation over the group, averaged over all features.

  Args:
    x: [B, ...].
    group: rows of a group, every (B / group)-th; at most B.

  Returns:
    [B].

  Raises:
    InputError: B is not divisible by the group.

  Source: Karras et al., Progressive Growing of GANs, 2018, section 3; groups: StyleGAN2, 2020.
  """
  group = min(group, len(x))
  if len(x) % group:
    raise InputError(f"gan.minibatch_std: {group} does not divide a device's {len(x)} rows")
  grouped = x.reshape(group, len(x) // group, -1)
  deviation = jnp.sqrt(grouped.var(0) + 1e-8).mean(-1)
  return jnp.tile(deviation, group)


class Score(nn.Module):
  """The discriminator's last layer: w phi + b, plus phi V c under projection.

  Attributes:
    conditioning: 'projection' adds the inner product; 'concat' does not look at the condition here.
    weights, spectral: of the layers.
    minibatch_std: rows of a group whose deviation is one more feature; 0 for none.

  Call with features phi [B, D] and condition c [B, K]; returns [B].

  Source: Miyato and Koyama, cGANs with Projection Discriminator, 2018, equation 4.
  """

  conditioning: str
  weights: str
  spectral: bool
  minibatch_std: int

  @nn.compact
  def __call__(self, features: Array, condition: Array, train: bool) -> Array:
    check_name(self.conditioning, CONDITIONINGS, 'gan.conditioning')
    ours = dict(weights=self.weights, gain=1.0, spectral=self.spectral)
    seen = features
    if self.minibatch_std:
      seen = jnp.concatenate([features, batch_deviation(features, self.minibatch_std)[:, None]], -1)
    score = Layer('dense', 1, **ours, name='score')(seen, train)[:, 0]
    if self.conditioning == 'projection' and condition.shape[-1]:
      told = Layer('dense', features.shape[-1], **ours, bias=False, name='classes')(condition, train)
      score = score + (told * features).sum(-1)
    return score
