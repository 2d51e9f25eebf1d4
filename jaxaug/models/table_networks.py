"""Networks of the two generators of tables: CTGAN's generator and packed critic, TVAE's encoder and decoder."""

import flax.linen as nn
import jax.numpy as jnp

from jaxaug.types import Array, InputError


class TableGenerator(nn.Module):
  """h = [z, c]; for each width h = [relu(BN(dense(h))), h]; a dense layer.

  Attributes:
    size: entries D of an encoded row.
    widths: of the residual blocks.

  Call with noise [B, Z] and condition [B, K]; returns what `activate` takes, [B, D]. With `train` normalised by the batch, which updates
  `batch_stats`; without by the running averages, so that row i depends on row i only.

  Source: Xu et al., Modeling Tabular Data using Conditional GAN, 2019, section 4.4.
  """

  size: int
  widths: tuple[int, ...] = (256, 256)

  @nn.compact
  def __call__(self, noise: Array, condition: Array, train: bool = False) -> Array:
    h = jnp.concatenate([noise, condition], -1)
    for width in self.widths:
      inside = nn.BatchNorm(not train, momentum=0.9)(nn.Dense(width)(h))
      h = jnp.concatenate([nn.relu(inside), h], -1)
    return nn.Dense(self.size)(h)


class TableCritic(nn.Module):
  """Scores packs of rows: neighbouring rows and their conditions are one input of (D + K) pack entries.

  Attributes:
    pack: rows of a pack; B must be a multiple.
    widths: of the hidden layers, each leaky ReLU of slope .2.

  Call with rows [B, D], condition [B, K] and, for dropout, `kept` [B / pack, sum(widths)], what each unit is multiplied with: 0, or 1 over
  the share that is kept. Returns [B / pack].

  Raises:
    InputError: rows that do not fill packs.

  Source: Xu et al., 2019, section 4.4; Lin et al., PacGAN: The power of two samples in generative adversarial networks, 2018.
  """

  pack: int = 10
  widths: tuple[int, ...] = (256, 256)

  @nn.compact
  def __call__(self, rows: Array, condition: Array, kept: Array | None = None) -> Array:
    if len(rows) % self.pack:
      raise InputError(f'ctgan: {len(rows)} rows do not fill packs of {self.pack}')
    h, at = jnp.concatenate([rows, condition], -1).reshape(len(rows) // self.pack, -1), 0
    for width in self.widths:
      h = nn.leaky_relu(nn.Dense(width)(h), 0.2)
      h = h if kept is None else h * kept[:, at : at + width]
      at += width
    return nn.Dense(1)(h)[:, 0]


class TableEncoder(nn.Module):
  """Rows and condition to the mean and the log variance of q(z | row).

  Attributes:
    latent: entries Z of z.
    widths: of the hidden layers.

  Call with rows [B, D] and condition [B, K]; returns two [B, Z].

  Source: Xu et al., 2019, section 4.5.
  """

  latent: int = 128
  widths: tuple[int, ...] = (128, 128)

  @nn.compact
  def __call__(self, rows: Array, condition: Array) -> tuple[Array, Array]:
    h = jnp.concatenate([rows, condition], -1)
    for width in self.widths:
      h = nn.relu(nn.Dense(width)(h))
    return nn.Dense(self.latent)(h), nn.Dense(self.latent)(h)


class TableDecoder(nn.Module):
  """z and condition to a row before its activation, and the deviations of its scalars.

  Attributes:
    size: entries D of an encoded row.
    scalars: how many of them are scalars.
    widths: of the hidden layers.

  Call with latent [B, Z] and condition [B, K]; returns ([B, D], [scalars] in [.01, 1]).

  Source: Xu et al., 2019, section 4.5.
  """

  size: int
  scalars: int
  widths: tuple[int, ...] = (128, 128)

  @nn.compact
  def __call__(self, latent: Array, condition: Array) -> tuple[Array, Array]:
    h = jnp.concatenate([latent, condition], -1)
    for width in self.widths:
      h = nn.relu(nn.Dense(width)(h))
    deviation = self.param('deviation', nn.initializers.constant(0.1), (self.scalars,))
    return nn.Dense(self.size)(h), jnp.clip(deviation, 0.01, 1.0)
