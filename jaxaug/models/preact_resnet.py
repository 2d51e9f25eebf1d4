"""Residual networks with batch normalisation before each convolution, in the sizes used on small images."""

from functools import partial

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.models.convolution import conv
from jaxaug.models.model import normalize
from jaxaug.types import Array, InputError

he_normal = nn.initializers.variance_scaling(2.0, 'fan_out', 'normal')  # He et al., 2015, equation 14


class PreActBlock(nn.Module):
  """BN, ReLU, 3x3, BN, (dropout,) 3x3, plus the input or its 1x1 projection: two convolutions of `width` channels."""

  width: int
  stride: int = 1
  dropout: float = 0.0
  dtype: str = 'float32'

  @nn.compact
  def __call__(self, x: Array, train: bool) -> Array:
    norm = partial(nn.BatchNorm, use_running_average=not train, momentum=0.9, epsilon=1e-5, dtype=self.dtype)
    weights = dict(use_bias=False, kernel_init=he_normal, dtype=self.dtype)
    y = nn.relu(norm()(x))
    same = self.stride == 1 and x.shape[-1] == self.width
    shortcut = x if same else conv(self.width, 1, self.stride, **weights)(y)
    y = conv(self.width, 3, self.stride, **weights)(y)
    y = nn.relu(norm()(y))
    y = nn.Dropout(self.dropout, deterministic=not train)(y)
    return shortcut + conv(self.width, 3, **weights)(y)


class PreActStack(nn.Module):
  """Stem, stages of PreActBlocks (the first of each but the first stage halves the image), BN, ReLU, mean, dense."""

  num_classes: int
  stem: int
  stages: tuple[tuple[int, int], ...]  # (blocks, channels) of each stage
  dropout: float = 0.0
  mean: tuple[float, ...] = (0.0,)
  std: tuple[float, ...] = (1.0,)
  dtype: str = 'float32'

  @nn.compact
  def __call__(self, image: Array, train: bool = False, features: bool = False, evidence: bool = False):
    x = normalize(image, self.mean, self.std, self.dtype)
    x = conv(self.stem, 3, use_bias=False, kernel_init=he_normal, dtype=self.dtype)(x)
    for stage, (blocks, width) in enumerate(self.stages):
      for block in range(blocks):
        x = PreActBlock(width, 2 if stage and not block else 1, self.dropout, self.dtype)(x, train)
    x = nn.relu(nn.BatchNorm(use_running_average=not train, momentum=0.9, epsilon=1e-5, dtype=self.dtype)(x))
    classify = nn.Dense(self.num_classes, dtype=self.dtype)
    if evidence:  # [B, h, w, K], whose mean over places is the logits
      return classify(x).astype(jnp.float32)
    x = x.mean((1, 2))
    logits = classify(x).astype(jnp.float32)
    return (logits, x) if features else logits


def preact_resnet(num_classes: int, depth: int = 18, **hyper) -> PreActStack:
  """PreAct ResNet: 18 (four stages, 64 to 512 channels) or 6n + 2 (three stages, 16 to 64 channels: 20, 32, ...).

  Args:
    num_classes: K.
    depth: 18 or 6n + 2.
    **hyper: `mean`, `std`, `dtype`, `dropout` of the module.

  Returns:
    Flax module; image [B, H, W, C] float in [0, 1] -> logits [B, K] float32.

  Raises:
    InputError: another depth.

  Source: He et al., Identity Mappings in Deep Residual Networks, 2016; the 6n + 2 form: He et al., Deep Residual
  Learning, 2016, section 4.2.
  """
  if depth == 18:
    return PreActStack(num_classes, 64, ((2, 64), (2, 128), (2, 256), (2, 512)), **hyper)
  n, rest = divmod(depth - 2, 6)
  if rest or n < 1:
    raise InputError(f'model.depth: {depth} for preact_resnet must be 18 or 6n + 2 (20, 32, 44, ...)')
  return PreActStack(num_classes, 16, ((n, 16), (n, 32), (n, 64)), **hyper)
