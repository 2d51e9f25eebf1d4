"""Convolutional generators and discriminators of series [T, C], and of sound as a series of one channel."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.models.gan_layers import Layer, Norm, Score, beside
from jaxaug.types import Array, InputError, Key

STRIDES = {'time': 2, 'wave': 4}
COARSEST = 8  # steps at least, where layers end


def check_series(shape: tuple[int, ...], where: str) -> None:
  """Raises InputError unless `shape` is that of a series.

  Args:
    shape: of one example.
    where: for the message.
  """
  if len(shape) != 2 or min(shape) < 1:
    raise InputError(f'{where}: {tuple(shape)} must be (T, C), a series')


def scales(steps: int, stride: int) -> int:
  """How often a series is made `stride` times shorter until fewer than 8 steps would be left; at least once.

  Args:
    steps: T.
    stride: at least 2.

  Returns:
    Number of layers.
  """
  count = 1
  while steps / stride ** (count + 1) > COARSEST - 1:
    count += 1
  return count


def phase_shuffle(key: Key, x: Array, most: int) -> Array:
  """Each row moved along time by one of -most .. most steps, what is missing at an end mirrored from inside.

  Args:
    key: of the shifts.
    x: [B, T, C], T above `most`.
    most: n, at least 1.

  Returns:
    [B, T, C].

  Source: Donahue, McAuley and Puckette, Adversarial Audio Synthesis, 2019, section 2.3.
  """
  start = jax.random.randint(key, (len(x),), 0, 2 * most + 1)
  padded = jnp.pad(x, ((0, 0), (most, most), (0, 0)), mode='reflect')
  shifted = [jnp.where((start == n)[:, None, None], padded[:, n : n + x.shape[1]], 0) for n in range(2 * most + 1)]
  return sum(shifted[1:], shifted[0])


class SeriesGenerator(nn.Module):
  """A dense layer to a short series of many channels, then transposed convolutions over 4 steps, each to twice the length.

  Attributes:
    shape: (T, C); what is made beyond T is cut off.
    width: channels before the last layer; twice and at most four times as many at coarser scales.
    conditioning: 'concat' the condition to z; 'projection' also lets it scale and shift what is normalised.
    norm: 'none', 'batch' or 'pixel', before each ReLU.
    weights: of `Layer`.
    kind: 'time', or 'wave' for convolutions over 25 steps, each to four times the length.
    bounded: whether tanh is at the end.

  Call with z [B, Z] and condition [B, K]; returns [B, T, C].

  Source: DCGAN (Radford, Metz and Chintala, 2016) along time, as in Donahue, McAuley and Puckette, Adversarial Audio Synthesis, 2019.
  """

  shape: tuple[int, int]
  width: int = 32
  conditioning: str = 'concat'
  norm: str = 'none'
  weights: str = 'he'
  kind: str = 'time'
  bounded: bool = False

  @nn.compact
  def __call__(self, z: Array, condition: Array, train: bool = False) -> Array:
    check_series(self.shape, 'series generator')
    (steps, channels), stride = self.shape, STRIDES[self.kind]
    layers = scales(steps, stride)
    told = condition if self.conditioning == 'projection' else condition[:, :0]
    widths = [self.width * min(2**i, 4) for i in range(layers)]
    coarse = -(-steps // stride**layers)
    x = Layer('dense', coarse * widths[-1], self.weights)(beside(z, condition)).reshape(len(z), coarse, widths[-1])
    x = nn.relu(Norm(self.norm)(x, told, train))
    for width in widths[-2::-1]:
      x = nn.relu(Norm(self.norm)(Layer(f'up_{self.kind}', width, self.weights)(x), told, train))
    x = Layer(f'up_{self.kind}', channels, self.weights, 1.0)(x)[:, :steps]
    return jnp.tanh(x) if self.bounded else x


class SeriesDiscriminator(nn.Module):
  """The generator mirrored: convolutions over 4 steps, each to half the length, leaky ReLU (.2), then the score.

  Attributes:
    width: channels after the first layer; twice and at most four times as many at coarser scales.
    conditioning: 'concat' the condition to the series as constant channels (to a convolution they are a bias), or 'projection'.
    norm: 'none' or 'batch', after all convolutions but the first.
    weights: of `Layer`.
    spectral: whether each layer's weights are divided by their largest singular value.
    minibatch_std: of `Score`.
    kind: of `SeriesGenerator`.
    shuffle: steps by which `phase_shuffle` moves what enters a convolution after the first, where an rng 'shuffle' is given; 0 for none.

  Call with x [B, T, C] and condition [B, K]; returns scores [B], above 0 for real.

  Source: as `SeriesGenerator`; projection: Miyato and Koyama, cGANs with Projection Discriminator, 2018.
  """

  width: int = 32
  conditioning: str = 'concat'
  norm: str = 'none'
  weights: str = 'he'
  spectral: bool = False
  minibatch_std: int = 0
  kind: str = 'time'
  shuffle: int = 0

  @nn.compact
  def __call__(self, x: Array, condition: Array, train: bool = False) -> Array:
    check_series(x.shape[1:], 'series discriminator')
    stride, ours = STRIDES[self.kind], dict(weights=self.weights, spectral=self.spectral)
    layers = scales(x.shape[1], stride)
    x = jnp.pad(x, ((0, 0), (0, -x.shape[1] % stride**layers), (0, 0)))
    for i in range(layers):
      if i and self.shuffle and self.has_rng('shuffle'):
        x = phase_shuffle(self.make_rng('shuffle'), x, self.shuffle)
      x = Layer(f'down_{self.kind}', self.width * min(2**i, 4), **ours)(x, train)
      if not i and self.conditioning == 'concat' and condition.shape[-1]:
        x = x + Layer('dense', self.width, **ours, bias=False, name='planes')(condition, train)[:, None]
      x = nn.leaky_relu(Norm(self.norm if i else 'none')(x, condition[:, :0], train), 0.2)
    return Score(self.conditioning, self.weights, self.spectral, self.minibatch_std)(x.reshape(len(x), -1), condition, train)


class WaveGenerator(SeriesGenerator):
  """WaveGAN's generator: as `SeriesGenerator`, with convolutions over 25 samples, each to four times the length; tanh at the end.

  Its layers are as many as the length asks for, three for 1,024 samples and four for 4,096; the paper's five are for 16,384.

  Source: Donahue, McAuley and Puckette, Adversarial Audio Synthesis, 2019, section 2.2 and table 3.
  """

  width: int = 16
  kind: str = 'wave'
  bounded: bool = True


class WaveDiscriminator(SeriesDiscriminator):
  """WaveGAN's discriminator: as `SeriesDiscriminator`, with convolutions over 25 samples, each to a quarter of the length.

  Source: as `WaveGenerator`, table 4; phase shuffle by up to 2 is section 2.3.
  """

  width: int = 16
  kind: str = 'wave'
  shuffle: int = 2
