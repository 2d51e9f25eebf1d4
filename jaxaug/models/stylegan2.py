"""StyleGAN2 for small images: a mapping of z to styles, convolutions whose weights the style scales, noise, a sum of images."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.models.convolution import convolve
from jaxaug.models.dcgan import check_sides
from jaxaug.models.gan_layers import Layer, unit
from jaxaug.models.strided import up
from jaxaug.types import Array

LAYERS = 3  # styles that an image has: at a quarter of the sides, at half, at all


def same(image: Array, kernel: Array) -> Array:
  """A convolution of stride 1 that keeps the sides.

  Args:
    image: [B, H, W, C].
    kernel: [k, k, C, D].

  Returns:
    [B, H, W, D].
  """
  return convolve(image, kernel, (1, 1), 'SAME')


PRODUCTS = {'same': (3, same, 1), 'up': (4, up, 4), 'rgb': (1, same, 1)}
"""name: (side of the kernel, product, the kernel's places for each one that an output sees)."""


def demodulation(kernel: Array, style: Array, share: int = 1) -> Array:
  """d_o = 1 / sqrt(sum_kc (s_c w_kco)^2 / share): an input of unit deviation gives an output of unit deviation.

  Args:
    kernel: w [k, k, C, D].
    style: s [B, C].
    share: the kernel's places for each one that an output sees.

  Returns:
    [B, D].

  Source: Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020, equation 3.
  """
  return jax.lax.rsqrt(jnp.square(style) @ (jnp.square(kernel).sum((0, 1)) / share) + 1e-8)


class Modulated(nn.Module):
  """A convolution with weights s_c w_kco, each output channel brought back to unit deviation.

  Attributes:
    product: 'same' 3x3, 'up' 4x4 to twice the side (in place of 3x3, upsampled and blurred), 'rgb' 1x1 without demodulation.
    features: channels out.

  Call with x [B, H, W, C] and style w [B, D]. Scaling x by s before and by d after is the same as scaling each row's own weights.

  Source: Karras et al., 2020, section 2.2.
  """

  product: str
  features: int

  @nn.compact
  def __call__(self, x: Array, w: Array) -> Array:
    side, product, share = PRODUCTS[self.product]
    channels = x.shape[-1]
    style = 1 + Layer('dense', channels, 'equalized', 1.0, name='style')(w)
    kernel = self.param('kernel', nn.initializers.normal(1.0), (side, side, channels, self.features))
    if self.product == 'rgb':
      return product(x * style[:, None, None], kernel / channels**0.5)
    return product(x * style[:, None, None], kernel) * demodulation(kernel, style, share)[:, None, None]


class StyleMapping(nn.Module):
  """z and class -> style w, by dense layers that learn a hundred times slower; w = mean + psi (w - mean) where not training.

  Attributes:
    width: D of the style.
    depth: layers.
    truncation: psi; 1 is none.

  Call with z [B, Z] and condition [B, K]; returns w [B, D]. `train` moves the mean of w, kept for each class in `batch_stats`: towards a
  mean over classes an image would lose its class.

  Source: Karras et al., A Style-Based Generator Architecture, 2019, section 2 and appendices B (truncation), C (learning rate); two
  layers, and a class as long as z: Training Generative Adversarial Networks with Limited Data, 2020.
  """

  width: int
  depth: int
  truncation: float

  @nn.compact
  def __call__(self, z: Array, condition: Array, train: bool) -> Array:
    long = lambda x: unit(x) * x.shape[-1] ** 0.5
    w = long(z)
    if condition.shape[-1]:
      w = jnp.concatenate([w, long(Layer('dense', z.shape[-1], 'equalized', 1.0, name='classes')(condition))], -1)
    for _ in range(self.depth):
      w = nn.leaky_relu(Layer('dense', self.width, 'equalized', rate=0.01)(w), 0.2)
    share = condition if condition.shape[-1] else jnp.ones((len(w), 1))
    mean = self.variable('batch_stats', 'mean', jnp.zeros, (share.shape[-1], self.width))
    if train and self.is_mutable_collection('batch_stats'):
      count = share.sum(0)[:, None]
      now = share.T @ jax.lax.stop_gradient(w) / jnp.maximum(count, 1)
      mean.value = jnp.where(count > 0, 0.99 * mean.value + 0.01 * now, mean.value)
    if train or self.truncation == 1:
      return w
    middle = share @ mean.value
    return middle + self.truncation * (w - middle)


class StyleGenerator(nn.Module):
  """z and class -> style w; a learnt constant -> image, scaled by w at each resolution; tanh at the end.

  Attributes:
    shape: (H, W, C), H and W divisible by 4.
    width: channels at half and at all of the sides; twice as many at a quarter.
    depth: layers of the mapping.
    mixing: share of training rows that take the finer styles from another z.
    truncation: psi of w = mean + psi (w - mean) where not training; 1 is none.

  Call with z [B, Z] and condition [B, K], and with random bits named 'noise'; returns image [B, H, W, C] in (-1, 1).

  Source: Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020 (skip generator, demodulation); A Style-Based
  Generator Architecture, 2019, section 3.1 (mixing). Left out: the blur and the path-length penalty.
  """

  shape: tuple[int, int, int]
  width: int = 16
  depth: int = 2
  mixing: float = 0.9
  truncation: float = 1.0

  def setup(self):
    check_sides(self.shape, 'stylegan2.shape')
    height, width, channels = self.shape
    features = 2 * self.width, self.width, self.width
    self.mapping = StyleMapping(4 * self.width, self.depth, self.truncation)
    self.constant = self.param('constant', nn.initializers.normal(1.0), (height // 4, width // 4, features[0]))
    self.convolutions = [Modulated('up' if i else 'same', size) for i, size in enumerate(features)]
    self.paint = [Modulated('rgb', channels) for _ in features]
    self.strength = self.param('strength', nn.initializers.zeros, (LAYERS,))
    self.biases = [self.param(f'bias{i}', nn.initializers.zeros, (size,)) for i, size in enumerate(features)]
    self.colour = self.param('colour', nn.initializers.zeros, (channels,))

  def styles(self, z: Array, condition: Array, train: bool = False) -> Array:
    """z [B, Z], condition [B, K] -> w [B, D], truncated where not training."""
    return self.mapping(z, condition, train)

  def synthesis(self, styles: Array) -> Array:
    """Styles [B, LAYERS, D] from coarse to fine -> image [B, H, W, C]."""
    x = jnp.broadcast_to(self.constant[None], (len(styles), *self.constant.shape))
    image = None
    for i, (convolution, paint, bias) in enumerate(zip(self.convolutions, self.paint, self.biases, strict=True)):
      x = convolution(x, styles[:, i])
      x = x + self.strength[i] * jax.random.normal(self.make_rng('noise'), (*x.shape[:3], 1))
      x = 2**0.5 * nn.leaky_relu(x + bias.reshape(1, 1, 1, -1), 0.2)
      if image is not None:
        image = jax.image.resize(image, (*x.shape[:3], image.shape[-1]), 'linear')
      painted = paint(x, styles[:, i])
      image = painted if image is None else image + painted
    return jnp.tanh(image + self.colour.reshape(1, 1, 1, -1))

  def mixed(self, coarse: Array, fine: Array, layers: Array) -> Array:
    """Styles [B, D] twice, and how many layers [B] take the coarse one -> image [B, H, W, C]."""
    first = jnp.arange(LAYERS)[None] < layers[:, None]
    return self.synthesis(jnp.where(first[..., None], coarse[:, None], fine[:, None]))

  def __call__(self, z: Array, condition: Array, train: bool = False) -> Array:
    w = self.styles(z, condition, train)
    if not (train and self.mixing):
      return self.synthesis(jnp.repeat(w[:, None], LAYERS, 1))
    key_z, key_which, key_layers = jax.random.split(self.make_rng('noise'), 3)
    other = self.styles(jax.random.normal(key_z, z.shape), condition, train)
    mixes = jax.random.uniform(key_which, (len(z),)) < self.mixing
    layers = jnp.where(mixes, jax.random.randint(key_layers, (len(z),), 1, LAYERS), LAYERS)
    return self.mixed(w, other, layers)
