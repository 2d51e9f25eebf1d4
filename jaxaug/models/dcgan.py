"""Convolutional generator and discriminator for small images: 4x4 kernels of stride 2, as in DCGAN."""

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.gan_layers import Layer, Norm, Score, beside
from jaxaug.types import Array, InputError


def check_sides(shape: tuple[int, ...], where: str) -> None:
  """Raises InputError unless `shape` is that of an image whose sides 4 divides.

  Args:
    shape: of one example.
    where: for the message.
  """
  if len(shape) != 3 or shape[0] % 4 or shape[1] % 4 or min(shape) < 1:
    raise InputError(f'{where}: {tuple(shape)} must be (H, W, C), H and W divisible by 4')


class ConvGenerator(nn.Module):
  """A dense layer to a quarter of the sides, then twice a 4x4 transposed convolution of stride 2; tanh at the end.

  Attributes:
    shape: (H, W, C), H and W divisible by 4.
    width: channels at half of the sides; twice as many at a quarter.
    conditioning: 'concat' the condition to z; 'projection' also lets it scale and shift what is normalised.
    norm: 'none', 'batch' or 'pixel', before each ReLU.
    weights: of `Layer`.

  Call with z [B, Z] and condition [B, K]; returns image [B, H, W, C] in (-1, 1).

  Source: Radford, Metz and Chintala, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks, 2016,
  section 3; conditional normalisation: Miyato and Koyama, 2018.
  """

  shape: tuple[int, int, int]
  width: int = 16
  conditioning: str = 'projection'
  norm: str = 'batch'
  weights: str = 'he'

  @nn.compact
  def __call__(self, z: Array, condition: Array, train: bool = False) -> Array:
    check_sides(self.shape, 'dcgan.shape')
    height, width, channels = self.shape
    told = condition if self.conditioning == 'projection' else condition[:, :0]
    x = Layer('dense', height // 4 * (width // 4) * 2 * self.width, self.weights)(beside(z, condition))
    x = x.reshape(len(z), height // 4, width // 4, 2 * self.width)
    x = nn.relu(Norm(self.norm)(x, told, train))
    x = nn.relu(Norm(self.norm)(Layer('up', self.width, self.weights)(x), told, train))
    return jnp.tanh(Layer('up', channels, self.weights, 1.0)(x))


class ConvDiscriminator(nn.Module):
  """The generator mirrored: twice a 4x4 convolution of stride 2 and leaky ReLU (.2), then the score.

  Attributes:
    width: channels at half of the sides; twice as many at a quarter.
    conditioning: 'concat' the condition to the image as constant planes (to a convolution they are a bias), or 'projection'.
    norm: 'none' or 'batch', after the second convolution.
    weights: of `Layer`.
    spectral: whether each layer's weights are divided by their largest singular value.
    minibatch_std: of `Score`.

  Call with image [B, H, W, C] and condition [B, K]; returns scores [B], above 0 for real.

  Source: as `ConvGenerator`; projection: Miyato and Koyama, cGANs with Projection Discriminator, 2018.
  """

  width: int = 16
  conditioning: str = 'projection'
  norm: str = 'none'
  weights: str = 'he'
  spectral: bool = False
  minibatch_std: int = 0

  @nn.compact
  def __call__(self, image: Array, condition: Array, train: bool = False) -> Array:
    check_sides(image.shape[1:], 'dcgan.shape')
    ours = dict(weights=self.weights, spectral=self.spectral)
    x = Layer('down', self.width, **ours)(image, train)
    if self.conditioning == 'concat' and condition.shape[-1]:
      x = x + Layer('dense', self.width, **ours, bias=False, name='planes')(condition, train)[:, None, None]
    x = nn.leaky_relu(x, 0.2)
    x = Norm(self.norm)(Layer('down', 2 * self.width, **ours)(x, train), condition[:, :0], train)
    x = nn.leaky_relu(x, 0.2).reshape(len(x), -1)
    return Score(self.conditioning, self.weights, self.spectral, self.minibatch_std)(x, condition, train)
