"""TVAE: a variational autoencoder of table rows, with a learnt deviation of each number."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.models.table_networks import TableDecoder, TableEncoder
from jaxaug.synthesize.generator import Generator, first_state, over_devices, step_key
from jaxaug.synthesize.table_layout import Layout, condition_width, draw_rows, log_probabilities, row_width
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState


def tvae(
  layout: Layout,
  *,
  latent: int = 128,
  widths: tuple[int, ...] = (128, 128),
  factor: float = 2.0,
  learning_rate: float = 1e-3,
  weight_decay: float = 1e-5,
  ema: float = 0.0,
) -> Generator:
  """Minimises factor * reconstruction + KL(q(z | x, c) | N(0, I)).

  Reconstruction of a scalar: ln s + (x - tanh r)^2 / (2 s^2), s in [.01, 1] learnt for each; of a one-hot: -sum_k x_k ln softmax(r)_k.
  The paper's has no condition: with one it is a conditional autoencoder, learnt with rows of `masked_rows`.

  Args:
    layout: of the rows, as the table codec learnt it.
    latent: entries of z.
    widths: hidden layers of the encoder and, the other way round, of the decoder.
    factor: weight of the reconstruction.
    learning_rate: of Adam.
    weight_decay: L2 on the weights.
    ema: decay of the averaged weights, ramped; 0 samples with the last.

  Returns:
    Generator; metrics `loss`, `reconstruction`, `divergence`.

  Raises:
    InputError: a number out of range.

  Source: Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, Modeling Tabular Data using Conditional GAN, 2019, section 4.5; condition:
  Sohn, Lee and Yan, Learning Structured Output Representation using Deep Conditional Generative Models, 2015.
  """
  if not (latent >= 1 and widths and factor > 0 and learning_rate > 0 and 0 <= ema < 1):
    raise InputError(
      f'tvae: latent {latent} must be at least 1, widths {widths} not empty, factor {factor} and learning_rate {learning_rate} above 0, '
      f'ema {ema} in [0, 1)'
    )
  told, scalars = condition_width(layout), sum(span.kind == 'scalar' for span in layout)
  encoder, decoder = TableEncoder(latent, tuple(widths)), TableDecoder(row_width(layout), scalars, tuple(widths[::-1]))
  optimizer = optax.chain(optax.add_decayed_weights(weight_decay), optax.adam(learning_rate))

  def init(key: Key) -> TrainState:
    key_encoder, key_decoder, key_run = jax.random.split(key, 3)
    condition = jnp.zeros((1, told))
    params = {
      'encoder': encoder.init(key_encoder, jnp.zeros((1, row_width(layout))), condition)['params'],
      'decoder': decoder.init(key_decoder, jnp.zeros((1, latent)), condition)['params'],
    }
    return first_state(key_run, params, optimizer)

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    x, condition = batch['encoded'], batch['condition']
    noise = jax.random.normal(step_key(state, axis), (len(x), latent))

    def loss(params: PyTree) -> tuple[Array, tuple[Array, Array]]:
      mean, log_variance = encoder.apply({'params': params['encoder']}, x, condition)
      z = mean + jnp.exp(log_variance / 2) * noise
      raw, deviation = decoder.apply({'params': params['decoder']}, z, condition)
      missed = row_loss(layout, x, raw, deviation).mean()
      divergence = (jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance).sum(-1).mean() / 2
      return factor * missed + divergence, (missed, divergence)

    (value, (missed, divergence)), slope = over_devices(jax.value_and_grad(loss, has_aux=True)(state.params), axis)
    changes, opt_state = optimizer.update(slope, state.opt_state, state.params)
    params = optax.apply_updates(state.params, changes)
    kept = average(state.ema, {'params': params, 'batch_stats': {}}, state.step, ema)
    state = state._replace(step=state.step + 1, params=params, opt_state=opt_state, ema=kept)
    return state, {'loss': value, 'reconstruction': missed, 'divergence': divergence}

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    key_latent, key_row = jax.random.split(key)
    z = jax.random.normal(key_latent, (len(condition), latent))
    raw, deviation = decoder.apply({'params': variables['params']['decoder']}, z, condition)
    return draw_rows(layout, raw, deviation, key_row)

  return Generator(init, update, sample)


def row_loss(layout: Layout, rows: Array, raw: Array, deviation: Array) -> Array:
  """-ln p(row | raw) but for constants: ln s + (x - tanh r)^2 / (2 s^2) of scalars, cross-entropy of one-hots, summed.

  Args:
    layout: of the rows.
    rows: [B, D].
    raw: [B, D], the decoder's output before its activation.
    deviation: s [number of scalars].

  Returns:
    [B].

  Source: Xu et al., 2019, section 4.5.
  """
  scalars = len(deviation)
  error = jnp.square(rows[:, :scalars] - jnp.tanh(raw[:, :scalars])) / (2 * jnp.square(deviation)[None])
  chosen = rows * log_probabilities(layout, raw)  # 0 at scalars
  return error.sum(-1) + jnp.log(deviation).sum() - chosen.sum(-1)
