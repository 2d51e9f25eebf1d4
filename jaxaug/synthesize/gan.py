"""Adversarial training: a generator whose draws a discriminator cannot tell from the data, of any of the published kinds."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxaug.synthesize.diffaugment import diffaugment, follow_overfitting
from jaxaug.synthesize.gan_losses import LOSSES, clipped, gradient_penalty, r1
from jaxaug.synthesize.gan_presets import DEFAULTS, gan_networks, gan_settings
from jaxaug.synthesize.generator import Generator, over_devices, step_key
from jaxaug.synthesize.lengths import mask_of, with_lengths, without_mask
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, Key, PyTree, TrainState


def gan(
  shape: tuple[int, ...],
  num_classes: int = 0,
  *,
  preset: str = '',
  network: str | None = None,
  width: int | None = None,
  latent: int | None = None,
  conditioning: str | None = None,
  loss: str | None = None,
  penalty: str | None = None,
  penalty_weight: float | None = None,
  penalty_every: int | None = None,
  discriminator_steps: int | None = None,
  learning_rate: float | None = None,
  beta1: float | None = None,
  beta2: float | None = None,
  ema: float | None = None,
  norm: str | None = None,
  norm_discriminator: str | None = None,
  weights: str | None = None,
  spectral: bool | None = None,
  minibatch_std: int | None = None,
  augment: str | None = None,
  ada_images: int | None = None,
  ada_target: float | None = None,
  mixing: float | None = None,
  truncation: float | None = None,
  lengths: bool | None = None,
) -> Generator:
  """Updates of D, then one of G, on the losses of `gan_losses.LOSSES`; draws G(z, condition) from averaged weights, z ~ N(0, 1).

  All updates of D in a step see the same real rows, each with draws (and augmentations) of its own; draws take the conditions of the
  real rows. Each argument that is None takes the preset's value, or that of `gan_presets.DEFAULTS`.

  Args:
    shape: of one encoded example; images are in [-1, 1].
    num_classes: K of the condition; 0 for none.
    preset: of GANS; '' takes 'projection' for images, 'rows' for all else.
    network: of GAN_NETWORKS; 'dcgan' and 'stylegan2' are for images whose sides 4 divides, 'series' and 'wavegan' for series (T, C), the
      latter in [-1, 1].
    width: of the network; 0 takes its own.
    latent: numbers of z.
    conditioning: 'concat' or 'projection'.
    loss: of LOSSES.
    penalty: 'none', 'r1' or 'gp' on D's slope at what it is shown, 'clip' of its weights.
    penalty_weight: gamma of r1 (times |slope|^2 / 2), lambda of gp, or the bound of clip.
    penalty_every: updates of D between two that pay for the penalty, which then counts so many times.
    discriminator_steps: updates of D for each one of G.
    learning_rate, beta1, beta2: of Adam, both networks.
    ema: decay of the averaged weights, ramped.
    norm, norm_discriminator: 'none', 'batch', or for G 'pixel'. Draws use running statistics.
    weights: 'he', 'normal' or 'equalized'.
    spectral: whether D's weights are divided by their largest singular values.
    minibatch_std: rows of a group whose deviation D sees; 0 for none.
    augment: 'none', 'diffaugment', or 'ada' that turns it up while D overfits.
    ada_images: in how many real rows ADA's probability can go from 0 to 1; about a fifth of the run.
    ada_target: mean sign of D(real) that ADA holds.
    mixing, truncation: of `StyleGenerator`.
    lengths: whether series (T, C + 1) of `series_codec` are drawn after their length, see `with_lengths`; D sees zeros after the end.

  Returns:
    Generator; metrics `loss_discriminator`, `loss_generator` (without penalty), `real_score`, `fake_score`, `r` (mean sign of D(real)),
    and `ada_probability`. What is averaged and drawn from is the generator alone. `update` also takes `also`, a function of drawn rows
    [B, ...] to (a scalar that the generator minimises beside its loss, metrics): `joint` trains against a classifier by it.

  Raises:
    InputError: an unknown name, a number out of range, settings that contradict each other.

  Source: Goodfellow et al., Generative Adversarial Nets, 2014, algorithm 1; the presets name theirs. Lazy penalty: Karras et al.,
  StyleGAN2, 2020, section 3.1 (Adam's own numbers are left as they are).
  """
  given = {name: value for name, value in locals().items() if name in DEFAULTS}
  held = gan_settings(shape, preset, given)
  classes, lengths = num_classes, held['lengths']
  if lengths:
    shape, num_classes = without_mask(shape, classes)
  generator, discriminator = gan_networks(shape, held)
  objective = LOSSES[held['loss']]
  optimizer = optax.adam(held['learning_rate'], held['beta1'], held['beta2'])
  every, rounds = held['penalty_every'], held['discriminator_steps']

  def init(key: Key) -> TrainState:
    key_run, key_generator, key_noise, key_discriminator = jax.random.split(key, 4)
    z, condition, example = jnp.zeros((1, held['latent'])), jnp.zeros((1, num_classes)), jnp.zeros((1, *shape))
    made = {
      'generator': generator.init({'params': key_generator, 'noise': key_noise}, z, condition),
      'discriminator': discriminator.init(key_discriminator, example, condition),
    }
    params = {name: variables['params'] for name, variables in made.items()}
    stats = {name: variables.get('batch_stats', {}) for name, variables in made.items()}
    memory = {'probability': jnp.float32(0), 'signs': jnp.float32(0)} if held['augment'] == 'ada' else ()
    opt_state = {name: optimizer.init(tree) for name, tree in params.items()}
    return TrainState(jnp.int32(0), key_run, params, stats, opt_state, drawn_from(params, stats), memory)

  def draw(params: PyTree, stats: PyTree, key: Key, condition: Array, train: bool):
    key_z, key_noise = jax.random.split(key)
    z = jax.random.normal(key_z, (len(condition), held['latent']))
    variables = {'params': params, 'batch_stats': stats}
    mask = mask_of(condition, shape[0]) if lengths else 1.0
    made = generator.apply(
      variables, z, condition, train, rngs={'noise': key_noise}, mutable=['batch_stats'] if train else False
    )
    return (mask * made[0], made[1]) if train else mask * made

  def score(params: PyTree, stats: PyTree, x: Array, condition: Array, key: Key):
    variables = {'params': params, 'batch_stats': stats}
    scores, moved = discriminator.apply(variables, x, condition, True, rngs={'shuffle': key}, mutable=['batch_stats'])
    return scores, moved.get('batch_stats', {})

  def shown(key: Key, x: Array, memory: PyTree) -> Array:
    if held['augment'] == 'none':
      return x
    return diffaugment(key, x, probability=memory['probability'] if held['augment'] == 'ada' else 1.0)

  def update(
    state: TrainState, batch: Batch, axis: str | None = None, also: Callable[[Array], tuple] = lambda drawn: (0.0, {})
  ):
    key_discriminator, key_draw, key_shown = jax.random.split(step_key(state, axis), 3)
    real, condition = batch['encoded'], batch['condition']
    params, stats = state.params, state.batch_stats

    def judge(carry, n):
      """Update n of D."""
      ours, stats_ours, opt_state = carry
      key_fake, key_shown_real, key_shown_fake, key_between = jax.random.split(jax.random.fold_in(key_discriminator, n), 4)
      key_real, key_drawn, key_slope = jax.random.split(jax.random.fold_in(key_discriminator, rounds + 1 + n), 3)  # of D
      fake, _ = draw(params['generator'], stats['generator'], key_fake, condition, True)
      seen, seen_fake = shown(key_shown_real, real, state.memory), shown(key_shown_fake, fake, state.memory)

      def loss(ours):
        a, moved = score(ours, stats_ours, seen, condition, key_real)
        b, moved = score(ours, moved, seen_fake, condition, key_drawn)
        return objective.discriminator(a, b), (moved, a, b)

      def slope_penalty(ours):
        scores = lambda ours, x: score(ours, stats_ours, x, condition, key_slope)[0]
        if held['penalty'] == 'r1':
          value = r1(scores, ours, seen)
        else:
          value = gradient_penalty(scores, ours, seen, seen_fake, key_between)
        return held['penalty_weight'] * every * value

      (value, (moved, a, b)), gradient = jax.value_and_grad(loss, has_aux=True)(ours)
      if held['penalty'] in ('r1', 'gp'):
        nothing = lambda ours: jax.tree.map(jnp.zeros_like, ours)
        extra = jax.lax.cond((state.step * rounds + n) % every == 0, jax.grad(slope_penalty), nothing, ours)
        gradient = jax.tree.map(jnp.add, gradient, extra)
      gradient, moved = over_devices((gradient, moved), axis)
      steps, opt_state = optimizer.update(gradient, opt_state)
      ours = optax.apply_updates(ours, steps)
      if held['penalty'] == 'clip':
        ours = clipped(ours, held['penalty_weight'])
      seen_as = {'loss_discriminator': value, 'real_score': a.mean(), 'fake_score': b.mean(), 'r': jnp.sign(a).mean()}
      return (ours, moved, opt_state), seen_as

    carry = params['discriminator'], stats['discriminator'], state.opt_state['discriminator']
    carry, metrics = jax.lax.scan(judge, carry, jnp.arange(rounds))
    theirs, stats_theirs, opt_theirs = carry

    def loss(ours):
      fake, moved = draw(ours, stats['generator'], key_draw, condition, True)
      key = jax.random.fold_in(key_discriminator, rounds)
      b, _ = score(theirs, stats_theirs, shown(key_shown, fake, state.memory), condition, key)
      value, (beside, told) = objective.generator(b), also(fake)
      return value + beside, (moved.get('batch_stats', {}), {'loss_generator': value, **told})

    gradient, (stats_ours, told) = jax.grad(loss, has_aux=True)(params['generator'])
    gradient, stats_ours = over_devices((gradient, stats_ours), axis)
    steps, opt_ours = optimizer.update(gradient, state.opt_state['generator'])
    params = {'generator': optax.apply_updates(params['generator'], steps), 'discriminator': theirs}
    stats = {'generator': stats_ours, 'discriminator': stats_theirs}

    metrics = over_devices(jax.tree.map(jnp.mean, metrics) | told, axis)
    memory = state.memory
    if held['augment'] == 'ada':
      rows = len(real) * (jax.lax.psum(1, axis) if axis else 1)
      memory = follow_overfitting(
        memory, metrics['r'], state.step, target=held['ada_target'], pace=rows / held['ada_images']
      )
      metrics['ada_probability'] = memory['probability']
    return TrainState(
      step=state.step + 1,
      key=state.key,
      params=params,
      batch_stats=stats,
      opt_state={'generator': opt_ours, 'discriminator': opt_theirs},
      ema=average(state.ema, drawn_from(params, stats), state.step, held['ema']),
      memory=memory,
    ), metrics

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    stats = variables.get('batch_stats', {}).get('generator', {})
    return draw(variables['params']['generator'], stats, key, condition, False)

  def judge(state: TrainState, x: Array, condition: Array) -> Array:
    wrapped = jnp.arange(len(x) + -len(x) % (held['minibatch_std'] or 1)) % len(x)  # groups of rows are whole
    params, stats = state.params['discriminator'], state.batch_stats['discriminator']
    key = jax.random.key(0)  # the same phases at every look
    return score(params, stats, x[wrapped], condition[wrapped], key)[0][: len(x)]

  whole = Generator(init, update, sample, judge=judge)
  return with_lengths(whole, shape[0], classes) if lengths else whole


def drawn_from(params: PyTree, stats: PyTree) -> PyTree:
  """The variables that sampling needs, as `evaluated(state)` hands them on: no `batch_stats` where the generator has none.

  Args:
    params, stats: {'generator', 'discriminator'}.

  Returns:
    {'params', 'batch_stats'}.
  """
  kept = {'generator': stats['generator']} if stats['generator'] else {}
  return {'params': {'generator': params['generator']}, 'batch_stats': kept}
