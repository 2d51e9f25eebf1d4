"""The small convolutional network of the reference AutoAttack run, and its stored weights."""

import os

import flax.linen as nn
import jax.numpy as jnp
import numpy as np

from jaxaug.models.convolution import conv
from jaxaug.models.model import normalize
from jaxaug.types import Array, InputError, PyTree


class CNN(nn.Module):
  """Four 3x3 convolutions (strides 1, 2, 1, 2), two dense layers, ReLU between; 0.5 million weights at 28x28x1.

  Attributes:
    num_classes: K.
    widths: channels of the four convolutions.
    hidden: units of the dense layer.
    mean, std: of the pixels, one number or C.
    dtype: of the computation; weights stay float32.

  Call with image [B, H, W, C] float in [0, 1], H and W divisible by 4. Returns logits [B, K] float32, and with
  `features=True` also what enters the last layer [B, hidden].

  Source: the network of `tests/golden/autoattack_fmnist_linf.npz`.
  """

  num_classes: int
  widths: tuple[int, ...] = (16, 32, 32, 64)
  hidden: int = 128
  mean: tuple[float, ...] = (0.0,)
  std: tuple[float, ...] = (1.0,)
  dtype: str = 'float32'

  @nn.compact
  def __call__(self, image: Array, train: bool = False, features: bool = False):
    x = normalize(image, self.mean, self.std, self.dtype)
    for i, (width, stride) in enumerate(zip(self.widths, (1, 2, 1, 2), strict=True)):
      x = nn.relu(conv(width, 3, stride, dtype=self.dtype, name=f'conv{i}')(x))
    x = x.reshape(len(x), -1)
    x = nn.relu(nn.Dense(self.hidden, dtype=self.dtype, name='dense0')(x))
    logits = nn.Dense(self.num_classes, dtype=self.dtype, name='dense1')(x).astype(jnp.float32)
    return (logits, x) if features else logits


def load_cnn(path: str | os.PathLike) -> PyTree:
  """Reads the weights of a CNN from an npz with entries `params/<layer>/<kernel or bias>`.

  Args:
    path: the file.

  Returns:
    {'params': {layer: {'kernel', 'bias'}}} float32, as `CNN(10).apply` takes it.

  Raises:
    InputError: no such entries in the file.
  """
  params = {}
  with np.load(path, allow_pickle=False) as stored:
    for name in stored.files:
      if name.startswith('params/'):
        _, layer, leaf = name.split('/')
        params.setdefault(layer, {})[leaf] = stored[name]
  if not params:
    raise InputError(f'{path}: holds no params/<layer>/<leaf> entries')
  return {'params': params}
