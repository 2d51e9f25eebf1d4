"""A plain multi-layer perceptron."""

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.model import normalize
from jaxaug.types import Array


class MLP(nn.Module):
  """Flatten, then dense layers with ReLU between.

  Attributes:
    num_classes: K.
    hidden: units of each hidden layer.
    mean, std: of the pixels, one number or C.
    dtype: of the computation; weights stay float32.

  Call with image [B, H, W, C] float in [0, 1]. Returns logits [B, K] float32, and with `features=True` also what
  enters the last layer.
  """

  num_classes: int
  hidden: tuple[int, ...] = (256, 256)
  mean: tuple[float, ...] = (0.0,)
  std: tuple[float, ...] = (1.0,)
  dtype: str = 'float32'

  @nn.compact
  def __call__(self, image: Array, train: bool = False, features: bool = False):
    x = normalize(image, self.mean, self.std, self.dtype).reshape(len(image), -1)
    for width in self.hidden:
      x = nn.relu(nn.Dense(width, dtype=self.dtype)(x))
    logits = nn.Dense(self.num_classes, dtype=self.dtype)(x).astype(jnp.float32)
    return (logits, x) if features else logits
