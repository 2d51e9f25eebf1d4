"""CTGAN: a conditional Wasserstein GAN for table rows, with packs of rows and with its category told and asked for."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.models.table_networks import TableCritic, TableGenerator
from jaxaug.synthesize.gan_losses import gradient_penalty
from jaxaug.synthesize.generator import Generator, over_devices, step_key
from jaxaug.synthesize.table_layout import Layout, activate, condition_width, log_probabilities, one_hots, row_width, soften
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState


def ctgan(
  layout: Layout,
  *,
  noise: int = 128,
  widths: tuple[int, ...] = (256, 256),
  pack: int = 10,
  penalty: float = 10.0,
  tau: float = 0.2,
  learning_rate: float = 2e-4,
  beta1: float = 0.5,
  beta2: float = 0.9,
  weight_decay: float = 1e-6,
  ema: float = 0.999,
) -> Generator:
  """Each update: one of the critic C by WGAN-GP over packs, one of the generator G by its score and the condition's cross-entropy.

  L_C = mean C(G(z, c), c) - mean C(x, c) + penalty mean (|grad C(x^)|_2 - 1)^2, x^ between real and drawn packs;
  L_G = -mean C(G(z, c), c) - mean sum_k c_k ln softmax(G(z, c))_k. Both see the same drawn rows, which saves one pass of G.

  A batch comes from `training_by_sampling`: its rows have the category that its condition names. Sampling normalises by running
  averages; what is drawn as soft one-hots is decoded by the largest entry, an exact draw.

  Args:
    layout: of the rows, as the table codec learnt it; conditions are the rows' tails.
    noise: entries of z.
    widths: hidden layers of both networks.
    pack: rows that the critic sees as one; the batch must be a multiple.
    penalty: weight of the gradient penalty.
    tau: temperature of the Gumbel-softmax.
    learning_rate, beta1, beta2: of Adam, for both.
    weight_decay: L2 on the weights of both.
    ema: decay of the generator's averaged weights, ramped; 0 samples with the last, as the paper does.

  Returns:
    Generator; metrics `critic`, `generator`, `penalty`, `condition`.

  Raises:
    InputError: a number out of range; in the first update a batch that does not divide into packs.

  Source: Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, Modeling Tabular Data using Conditional GAN, 2019, sections 4.2 to 4.4;
  penalty: Gulrajani et al., Improved Training of Wasserstein GANs, 2017, algorithm 1.
  """
  if not (noise >= 1 and pack >= 1 and widths and penalty >= 0 and tau > 0 and learning_rate > 0 and 0 <= ema < 1):
    raise InputError(
      f'ctgan: noise {noise}, pack {pack} must be at least 1, widths {widths} not empty, penalty {penalty} at least 0, tau {tau} and '
      f'learning_rate {learning_rate} above 0, ema {ema} in [0, 1)'
    )
  told = condition_width(layout)
  network, critic = TableGenerator(row_width(layout), tuple(widths)), TableCritic(pack, tuple(widths))
  optimizer = optax.chain(optax.add_decayed_weights(weight_decay), optax.adam(learning_rate, beta1, beta2))

  def init(key: Key) -> TrainState:
    key_generator, key_critic, key_run = jax.random.split(key, 3)
    condition = jnp.zeros((pack, told))
    made = network.init(key_generator, jnp.zeros((pack, noise)), condition)
    judge = critic.init(key_critic, jnp.zeros((pack, row_width(layout))), condition)['params']
    params = {'generator': made['params'], 'critic': judge}
    opt_state = {name: optimizer.init(tree) for name, tree in params.items()}
    kept = {'params': made['params'], 'batch_stats': made['batch_stats']}
    return TrainState(jnp.int32(0), key_run, params, made['batch_stats'], opt_state, kept)

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    x, condition, params, opt_state = batch['encoded'], batch['condition'], dict(state.params), dict(state.opt_state)
    if len(x) % pack:
      raise InputError(f'ctgan: {len(x)} rows on a device do not fill packs of {pack}')
    key_noise, key_gumbel, key_kept, key_between = jax.random.split(step_key(state, axis), 4)
    z = jax.random.normal(key_noise, (len(x), noise))
    gumbel = jax.random.gumbel(key_gumbel, one_hots(layout, x).shape)
    packs = len(x) // pack
    kept = 2.0 * jax.random.bernoulli(key_kept, 0.5, (4, packs, sum(widths)))  # dropout of half the units

    def drawn(weights: PyTree) -> tuple[tuple[Array, Array], PyTree]:
      variables = {'params': weights, 'batch_stats': state.batch_stats}
      raw, changed = network.apply(variables, z, condition, train=True, mutable=['batch_stats'])
      return (soften(layout, raw, gumbel, tau), raw), changed['batch_stats']

    (fake, raw), pull, batch_stats = jax.vjp(drawn, params['generator'], has_aux=True)

    def criticised(judge: PyTree) -> tuple[Array, Array]:
      scores = lambda judge, rows, kept: critic.apply({'params': judge}, rows, condition, kept)
      packed = lambda judge, rows: scores(judge, rows.reshape(x.shape), kept[2])
      apart = gradient_penalty(packed, judge, x.reshape(packs, pack, -1), fake.reshape(packs, pack, -1), key_between)
      return scores(judge, fake, kept[0]).mean() - scores(judge, x, kept[1]).mean() + penalty * apart, apart

    (loss_critic, apart), slope = over_devices(jax.value_and_grad(criticised, has_aux=True)(params['critic']), axis)
    changes, opt_state['critic'] = optimizer.update(slope, opt_state['critic'], params['critic'])
    params['critic'] = optax.apply_updates(params['critic'], changes)

    def generated(rows: Array, raw: Array) -> tuple[Array, Array]:
      missed = condition_loss(layout, raw, condition)
      return missed - critic.apply({'params': params['critic']}, rows, condition, kept[3]).mean(), missed

    (loss, missed), slope = jax.value_and_grad(generated, (0, 1), has_aux=True)(fake, raw)
    loss, missed, slope, batch_stats = over_devices((loss, missed, pull(slope)[0], batch_stats), axis)
    changes, opt_state['generator'] = optimizer.update(slope, opt_state['generator'], params['generator'])
    params['generator'] = optax.apply_updates(params['generator'], changes)
    averaged = average(state.ema, {'params': params['generator'], 'batch_stats': batch_stats}, state.step, ema)
    state = TrainState(state.step + 1, state.key, params, batch_stats, opt_state, averaged)
    return state, {'critic': loss_critic, 'generator': loss, 'penalty': apart, 'condition': missed}

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    key_noise, key_gumbel = jax.random.split(key)
    z = jax.random.normal(key_noise, (len(condition), noise))
    return activate(layout, network.apply(variables, z, condition), key_gumbel, tau)

  return Generator(init, update, sample)


def condition_loss(layout: Layout, raw: Array, condition: Array) -> Array:
  """Cross-entropy between the column that a condition names and what was generated there: -mean over rows of sum_k c_k ln p_k.

  Args:
    layout: of the rows.
    raw: [B, D], the generator's output before its activation.
    condition: [B, K].

  Returns:
    Scalar.

  Source: Xu et al., 2019, section 4.3.
  """
  if not condition.shape[1]:
    return jnp.zeros(())
  categories = tuple(span for span in layout if span.kind == 'category')
  tail = log_probabilities(categories, raw[:, raw.shape[1] - condition.shape[1] :])
  return -(condition * tail).sum(-1).mean()
