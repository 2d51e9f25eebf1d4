"""Diffusion as Karras et al. put it: one denoiser for all noise levels, drawn from along a short ordinary differential equation."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxaug.models import create_denoiser
from jaxaug.synthesize.generator import Generator, check_shape, first_state, over_devices, step_key
from jaxaug.synthesize.lengths import mask_of, with_lengths, without_mask
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState


def edm(
  shape: tuple[int, ...],
  num_classes: int = 0,
  *,
  network: str = '',
  width: int = 0,
  depth: int = 0,
  learning_rate: float = 1e-3,
  warmup: int = 100,
  ema: float = 0.999,
  sigma_data: float = 0.5,
  noise_mean: float = -1.2,
  noise_std: float = 1.2,
  sigma_min: float = 0.002,
  sigma_max: float = 80.0,
  rho: float = 7.0,
  sample_steps: int = 18,
  drop: float = 0.0,
  guidance: float = 1.0,
  lengths: bool = False,
) -> Generator:
  """Learns D(x + sigma n; sigma, c) = x by the weighted square error; draws by Heun's method from sigma_max down to 0.

  D(y; s) = c_skip(s) y + c_out(s) F(c_in(s) y; ln(s) / 4, c), ln s ~ N(noise_mean, noise_std^2).

  Args:
    shape: of one encoded example, whose entries should have a deviation of about `sigma_data`.
    num_classes: K of the condition; 0 for none.
    network: of `jaxaug.models.DENOISERS`; '' takes the one for this kind of shape.
    width, depth: of the network; 0 takes its own.
    learning_rate: of Adam.
    warmup: steps until it is reached.
    ema: decay of the averaged weights, ramped.
    sigma_data: deviation of the data.
    noise_mean, noise_std: of ln sigma in training.
    sigma_min, sigma_max, rho: noise levels of sampling.
    sample_steps: N; 2 N - 1 evaluations of the network.
    drop: share of rows whose condition is left out in training, for guidance.
    guidance: w of D = D(no condition) + w (D(condition) - D(no condition)); 1 is none.
    lengths: whether series (T, C + 1) of `series_codec` are drawn after their length, see `with_lengths`; the loss is then the mean over
      the steps that are there.

  Returns:
    Generator; metrics `loss`, and with lengths `loss_length`.

  Raises:
    InputError: a shape or number out of range; guidance without a share of rows to learn it from.

  Source: Karras, Aittala, Aila and Laine, Elucidating the Design Space of Diffusion-Based Generative Models, 2022, table 1 and
  algorithm 1; guidance: Ho and Salimans, Classifier-Free Diffusion Guidance, 2022.
  """
  check_shape(shape, 'edm.shape')
  if not (0 < sigma_min < sigma_max and sigma_data > 0 and sample_steps >= 2 and 0 <= drop < 1 and 0 <= ema < 1):
    raise InputError(
      f'edm: sigma_min {sigma_min} must be above 0 and below sigma_max {sigma_max}, sigma_data {sigma_data} above 0, sample_steps '
      f'{sample_steps} at least 2, drop {drop} and ema {ema} in [0, 1)'
    )
  if guidance != 1 and not drop:
    raise InputError(f'edm.guidance: {guidance} needs edm.drop above 0: rows that are learnt without their condition')
  classes = num_classes
  if lengths:
    shape, num_classes = without_mask(shape, classes)
  denoiser = create_denoiser(network, shape, width=width, depth=depth)
  optimizer = optax.adam(optax.linear_schedule(learning_rate / max(warmup, 1), learning_rate, warmup))
  levels = _levels(sigma_min, sigma_max, rho, sample_steps)

  def init(key: Key) -> TrainState:
    key_params, key_run = jax.random.split(key)
    example = jnp.zeros((1, *shape)), jnp.zeros(1), jnp.zeros((1, num_classes))
    return first_state(key_run, denoiser.init(key_params, *example)['params'], optimizer)

  def there(condition: Array) -> Array | float:
    """1 where an example is, 0 after its end."""
    return mask_of(condition, shape[0]) if lengths else 1.0

  def denoised(params: PyTree, noisy: Array, sigma: Array, condition: Array) -> Array:
    s = sigma.reshape(-1, *[1] * len(shape))
    root = jnp.sqrt(s**2 + sigma_data**2)
    skip, out = sigma_data**2 / root**2, s * sigma_data / root
    return skip * noisy + out * denoiser.apply({'params': params}, noisy / root, jnp.log(sigma) / 4, condition)

  def loss(params: PyTree, key: Key, batch: Batch) -> Array:
    key_level, key_noise, key_drop = jax.random.split(key, 3)
    x, condition, rows = batch['encoded'], batch['condition'], len(batch['encoded'])
    sigma = jnp.exp(noise_mean + noise_std * jax.random.normal(key_level, (rows,)))
    mask = there(condition)
    share = mask.mean((1, 2)) if lengths else 1.0
    noisy = x + mask * sigma.reshape(-1, *[1] * len(shape)) * jax.random.normal(key_noise, x.shape)
    if drop:
      condition = jnp.where(jax.random.uniform(key_drop, (rows, 1)) < drop, 0.0, condition)
    weight = (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2
    error = (mask * jnp.square(denoised(params, noisy, sigma, condition) - x)).reshape(rows, -1).mean(-1)
    return (weight / share * error).mean()

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    value, gradient = over_devices(jax.value_and_grad(loss)(state.params, step_key(state, axis), batch), axis)
    updates, opt_state = optimizer.update(gradient, state.opt_state)
    params = optax.apply_updates(state.params, updates)
    kept = average(state.ema, {'params': params, 'batch_stats': {}}, state.step, ema)
    return state._replace(step=state.step + 1, params=params, opt_state=opt_state, ema=kept), {'loss': value}

  def guided(params: PyTree, noisy: Array, sigma: Array, condition: Array) -> Array:
    sigma = jnp.broadcast_to(sigma, len(noisy))
    told = denoised(params, noisy, sigma, condition)
    if guidance == 1:
      return told
    bare = denoised(params, noisy, sigma, jnp.zeros_like(condition))
    return bare + guidance * (told - bare)

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    params = variables['params']
    mask = there(condition)
    slope = lambda x, sigma: (x - mask * guided(params, x, sigma, condition)) / sigma

    def heun(x, pair):
      now, then = pair
      first = slope(x, now)
      ahead = x + (then - now) * first
      return x + (then - now) * (first + slope(ahead, then)) / 2, None

    x = mask * levels[0] * jax.random.normal(key, (len(condition), *shape))
    x, _ = jax.lax.scan(heun, x, (jnp.asarray(levels[:-1]), jnp.asarray(levels[1:])))
    return x - levels[-1] * slope(x, jnp.asarray(levels[-1]))  # the last step, to sigma 0, is Euler's

  whole = Generator(init, update, sample, loss)
  return with_lengths(whole, shape[0], classes) if lengths else whole


def _levels(low: float, high: float, rho: float, count: int):
  """sigma_i = (high^(1/rho) + i / (N - 1) (low^(1/rho) - high^(1/rho)))^rho, from high to low."""
  ends = high ** (1 / rho), low ** (1 / rho)
  return (np.linspace(*ends, count) ** rho).astype(np.float32)
