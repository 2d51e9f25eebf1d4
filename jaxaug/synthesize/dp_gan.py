"""A differentially private GAN: the discriminator, which alone sees real rows, is trained by DP-SGD."""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import optax

from jaxaug.synthesize.diffaugment import diffaugment
from jaxaug.synthesize.dp_sgd import Mechanism, check_mechanism, private_gradient
from jaxaug.synthesize.gan import drawn_from, gan
from jaxaug.synthesize.gan_losses import LOSSES, clipped, gradient_penalty, r1
from jaxaug.synthesize.gan_presets import gan_networks, gan_settings
from jaxaug.synthesize.generator import Generator, over_devices, step_key
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState, call

NOISE = 2**30  # fold_in(key of the step, NOISE): the stream of the noise, the same on all devices


def dp_gan(
  shape: tuple[int, ...],
  num_classes: int = 0,
  *,
  mechanism: Mechanism,
  settings: Mapping = {},
  shares: Sequence[float] = (),
  piece: int = 0,
) -> Generator:
  """`gan` with updates of D by `private_gradient`: what G becomes, and draws, is as private as the mechanism says.

  A real row and a fake one of its class make a pair, whose loss, slope penalty (paid at every update) and augmentation are its own: without
  the row the pair is gone, and the sum of clipped gradients moves by C at most. G is updated on classes drawn from `shares`, never on
  those of real rows. To be trained on a padded batch of `poisson_rows`:

    fit(dp_gan(shape, mechanism=m), examples, key, steps=T, batch_size=padded_size(m), draw=poisson_rows(m), check=spending(m))

  Args:
    shape: of one encoded example; the codec must not have learnt from the rows, or it is not private.
    num_classes: K of the condition, one-hot; 0 for none.
    mechanism: of the training set; `batches` are the updates of D for each one of G.
    settings: keywords of `gan`, all but `discriminator_steps`.
    shares: of the classes in G's updates, known without a look at the rows; () for equal ones.
    piece: of `private_gradient`.

  Returns:
    Generator; metrics `loss_generator` and `fake_score` (of G's own draws). None reads a real row, since those would have to be noised, too.

  Raises:
    InputError: a setting that couples rows with each other (`norm_discriminator`, `minibatch_std`, and `norm` 'batch' with classes, by
    which a fake would depend on other rows' classes) or that reads real rows (augment 'ada'); those of `gan`; in the update, a batch
    that is none of `poisson_rows`.

  Source: Xie et al., Differentially Private Generative Adversarial Network, 2018, algorithm 1, with clipped gradients in place of clipped
  weights; more updates of D: Bie, Kamath and Zhang, Private GANs, Revisited, 2023.
  """
  check_mechanism(mechanism)
  if 'discriminator_steps' in settings:
    raise InputError(
      'dp_gan.settings.discriminator_steps: takes the place of mechanism.batches, which each have rows of their own'
    )
  given = dict(settings)
  base = call(gan, {'num_classes': num_classes, **given}, 'dp_gan.settings', shape)
  held = gan_settings(shape, given.pop('preset', ''), given)
  _check_alone(held, num_classes)
  shares = jnp.log(jnp.array(_checked_shares(shares, num_classes)))
  generator, discriminator = gan_networks(shape, held)
  objective = LOSSES[held['loss']]
  optimizer = optax.adam(held['learning_rate'], held['beta1'], held['beta2'])

  def draw(params: PyTree, stats: PyTree, key: Key, condition: Array):
    """Fake rows, each of its own z and condition, and the moved `batch_stats`."""
    key_z, key_noise = jax.random.split(key)
    z = jax.random.normal(key_z, (len(condition), held['latent']))
    variables = {'params': params, 'batch_stats': stats}
    fake, moved = generator.apply(variables, z, condition, True, rngs={'noise': key_noise}, mutable=['batch_stats'])
    return fake, moved.get('batch_stats', {})

  def score(params: PyTree, stats: PyTree, x: Array, condition: Array):
    variables = {'params': params, 'batch_stats': stats}
    scores, moved = discriminator.apply(variables, x, condition, True, mutable=['batch_stats'])
    return scores, moved.get('batch_stats', {})

  def shown(key: Key, x: Array) -> Array:
    return x if held['augment'] == 'none' else diffaugment(key, x)

  def pair_loss(stats: PyTree, key: Key):
    """(weights of D, (real [...], fake [...], condition [K], number in the batch)) -> scalar."""

    def loss(theirs, pair):
      real, fake, condition, number = pair
      key_real, key_fake, key_between = jax.random.split(jax.random.fold_in(key, number), 3)
      seen, seen_fake = shown(key_real, real[None]), shown(key_fake, fake[None])
      scores = lambda theirs, x: score(theirs, stats, x, condition[None])[0]
      value = objective.discriminator(scores(theirs, seen), scores(theirs, seen_fake))
      if held['penalty'] == 'r1':
        value += held['penalty_weight'] * r1(scores, theirs, seen)
      if held['penalty'] == 'gp':
        value += held['penalty_weight'] * gradient_penalty(scores, theirs, seen, seen_fake, key_between)
      return value

    return loss

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    if 'weight' not in batch or batch['weight'].ndim != 2 or len(batch['weight']) != mechanism.batches:
      raise InputError(
        f'dp_gan: needs {mechanism.batches} batches of poisson_rows(mechanism), for which alone the accounting holds'
      )
    key_discriminator, key_class, key_draw, key_shown = jax.random.split(step_key(state, axis), 4)
    key_noise = jax.random.fold_in(step_key(state, None), NOISE)
    params, stats = state.params, state.batch_stats

    def judge(carry, numbered):
      """Update n of D, on rows of its own."""
      n, rows = numbered
      ours, stats_ours, opt_state = carry
      key_fake, key_rows = jax.random.split(jax.random.fold_in(key_discriminator, n))
      fake, _ = draw(params['generator'], stats['generator'], key_fake, rows['condition'])
      pairs = rows['encoded'], fake, rows['condition'], jnp.arange(len(fake))
      gradient = private_gradient(
        pair_loss(stats_ours, key_rows),
        ours,
        pairs,
        rows['weight'],
        jax.random.fold_in(key_noise, n),
        mechanism,
        piece=piece,
        axis=axis,
      )
      _, moved = score(ours, stats_ours, jnp.zeros((1, *shape)), jnp.zeros((1, num_classes)))  # spectral: of weights alone
      steps, opt_state = optimizer.update(gradient, opt_state)
      ours = optax.apply_updates(ours, steps)
      if held['penalty'] == 'clip':
        ours = clipped(ours, held['penalty_weight'])
      return (ours, moved, opt_state), None

    carry = params['discriminator'], stats['discriminator'], state.opt_state['discriminator']
    (theirs, stats_theirs, opt_theirs), _ = jax.lax.scan(judge, carry, (jnp.arange(mechanism.batches), dict(batch)))

    count = max(1, mechanism.batch_size // (jax.lax.psum(1, axis) if axis else 1))
    if num_classes:
      condition = jax.nn.one_hot(jax.random.categorical(key_class, shares, shape=(count,)), num_classes)
    else:
      condition = jnp.zeros((count, 0))

    def loss(ours):
      fake, moved = draw(ours, stats['generator'], key_draw, condition)
      b, _ = score(theirs, stats_theirs, shown(key_shown, fake), condition)
      return objective.generator(b), (moved, b.mean())

    (value, (moved, b)), gradient = jax.value_and_grad(loss, has_aux=True)(params['generator'])
    gradient, moved, metrics = over_devices((gradient, moved, {'loss_generator': value, 'fake_score': b}), axis)
    steps, opt_ours = optimizer.update(gradient, state.opt_state['generator'])
    params = {'generator': optax.apply_updates(params['generator'], steps), 'discriminator': theirs}
    stats = {'generator': moved, 'discriminator': stats_theirs}
    return TrainState(
      step=state.step + 1,
      key=state.key,
      params=params,
      batch_stats=stats,
      opt_state={'generator': opt_ours, 'discriminator': opt_theirs},
      ema=average(state.ema, drawn_from(params, stats), state.step, held['ema']),
    ), metrics

  return Generator(base.init, update, base.sample)


def _check_alone(held: Mapping, num_classes: int) -> None:
  """Raises InputError where a row's loss depends on other rows, or where real rows are read without noise."""
  if held['norm_discriminator'] == 'batch':
    raise InputError(
      "dp_gan.norm_discriminator: 'batch' couples the rows of a batch, so no gradient is one row's; take 'none'"
    )
  if held['minibatch_std']:
    raise InputError(
      f"dp_gan.minibatch_std: {held['minibatch_std']} couples the rows of a batch, so no gradient is one row's; take 0"
    )
  if held['norm'] == 'batch' and num_classes:
    raise InputError("dp_gan.norm: 'batch' lets a fake row depend on the classes of other real rows; take 'pixel' or 'none'")
  if held['lengths']:
    raise InputError('dp_gan.lengths: True learns the lengths of real series without noise; take False')
  if held['network'] == 'wavegan':
    raise InputError("dp_gan.network: 'wavegan' shuffles phases, which per-example gradients do not do here; take 'series'")
  if held['augment'] == 'ada':
    raise InputError(
      "dp_gan.augment: 'ada' follows D's scores of real rows, which no noise hides; take 'diffaugment' or 'none'"
    )


def _checked_shares(shares: Sequence[float], num_classes: int) -> list[float]:
  """Equal shares where none are given."""
  shares = [float(share) for share in shares] or [1.0] * num_classes
  if len(shares) != num_classes or any(share < 0 for share in shares) or num_classes and sum(shares) <= 0:
    raise InputError(f'dp_gan.shares: {shares} must be {num_classes} numbers of at least 0, not all 0')
  return shares
