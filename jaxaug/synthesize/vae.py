"""A variational autoencoder: a code of N(0, 1) for each row, and a decoder that draws rows from codes."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxaug.models import VAE, check_sides
from jaxaug.synthesize.generator import Generator, check_shape, first_state, over_devices, step_key
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState, check_name

LIKELIHOODS = ('gaussian', 'bernoulli')
DRAWS = ('middle', 'noisy')
SIGMA_MIN, SIGMA_MAX = 0.01, 1.0  # of the Gaussian; TVAE's bounds
SIGMA_START = 0.17307  # sigma .5: from .1, codes that say all leave the condition unused for thousands of steps


def vae(
  shape: tuple[int, ...],
  num_classes: int = 0,
  *,
  latent: int = 32,
  width: int = 0,
  beta: float = 1.0,
  learning_rate: float = 1e-3,
  ema: float = 0.999,
  likelihood: str = '',
  draw: str = 'middle',
) -> Generator:
  """min -ln p(x | z, c) + beta KL(N(m, e^v) || N(0, 1)), z ~ N(m, e^v); draws p(x | z, c), z ~ N(0, 1).

  -ln p = sum (x - y)^2 / (2 sigma^2) + ln sigma + ln(2 pi) / 2 with one sigma, learnt, in [.01, 1]; or the cross-entropy of
  (x + 1) / 2 under 'bernoulli'. KL = sum (m^2 + e^v - v - 1) / 2.

  Args:
    shape: of one encoded example; of images, sides divisible by 4, values in [-1, 1].
    num_classes: K of the condition; 0 for none.
    latent: numbers of z.
    width: of the network; 0 takes its own.
    beta: weight of KL.
    learning_rate: of Adam.
    ema: decay of the averaged weights, ramped.
    likelihood: 'gaussian', or 'bernoulli' for values in [-1, 1]; '' takes 'bernoulli' for images, 'gaussian' for all else.
    draw: 'middle' of p(x | z, c), or 'noisy': with its noise (a Gaussian's sigma; a Bernoulli's -1 and 1).

  Returns:
    Generator; metrics `loss`, `reconstruction` (-ln p) and `kl`, nats a row, and a Gaussian's `sigma`.

  Raises:
    InputError: a shape, name or number out of range.

  Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, equations 7 and 10; beta: Higgins et al., 2017; learnt sigma:
  Rybkin, Daniilidis and Levine, Simple and Effective VAE Training with Calibrated Decoders, 2021, section 4.
  """
  network = _network(shape, latent, width)
  likelihood = _likelihood(shape, likelihood)
  check_name(draw, DRAWS, 'vae.draw')
  if not (beta >= 0 and learning_rate > 0 and 0 <= ema < 1):
    raise InputError(f'vae: beta {beta} must be at least 0, learning_rate {learning_rate} above 0, ema {ema} in [0, 1)')
  optimizer = optax.adam(learning_rate)
  bounded = _bounded(shape, likelihood)

  def init(key: Key) -> TrainState:
    key_params, key_run = jax.random.split(key)
    params = network.init(key_params, jnp.zeros((1, *shape)), jnp.zeros((1, num_classes)))['params']
    return first_state(key_run, {'network': params, 'sigma': jnp.full((), SIGMA_START)}, optimizer)

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    x, condition = batch['encoded'], batch['condition']
    noise = jax.random.normal(step_key(state, axis), (len(x), latent))

    def loss(params):
      variables = {'params': params['network']}
      mean, log_variance = network.apply(variables, x, condition, method='encode')
      z = mean + jnp.exp(log_variance / 2) * noise
      y = network.apply(variables, z, condition, method='decode')
      sigma = _sigma(params)
      if likelihood == 'bernoulli':
        each = optax.sigmoid_binary_cross_entropy(y, (x + 1) / 2)
      else:
        each = jnp.square((x - bounded(y)) / sigma) / 2 + jnp.log(sigma) + jnp.log(2 * jnp.pi) / 2
      reconstruction = each.reshape(len(x), -1).sum(-1).mean()
      kl = gaussian_kl(mean, log_variance).mean()
      return reconstruction + beta * kl, {'reconstruction': reconstruction, 'kl': kl} | (
        {'sigma': sigma} if likelihood == 'gaussian' else {}
      )

    (value, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(state.params)
    gradient, metrics = over_devices((gradient, metrics | {'loss': value}), axis)
    updates, opt_state = optimizer.update(gradient, state.opt_state)
    params = optax.apply_updates(state.params, updates)
    kept = average(state.ema, {'params': params, 'batch_stats': {}}, state.step, ema)
    return state._replace(step=state.step + 1, params=params, opt_state=opt_state, ema=kept), metrics

  def sample(variables: PyTree, key: Key, condition: Array) -> Array:
    params, (key_z, key_noise) = variables['params'], jax.random.split(key)
    z = jax.random.normal(key_z, (len(condition), latent))
    y = bounded(network.apply({'params': params['network']}, z, condition, method='decode'))
    if draw == 'middle':
      return y
    if likelihood == 'bernoulli':
      return jnp.where(2 * jax.random.uniform(key_noise, y.shape) - 1 < y, 1.0, -1.0)
    y = y + _sigma(params) * jax.random.normal(key_noise, y.shape)
    return jnp.clip(y, -1.0, 1.0) if len(shape) == 3 else y

  return Generator(init, update, sample)


def gaussian_kl(mean: Array, log_variance: Array) -> Array:
  """KL(N(m, e^v) || N(0, 1)) = sum (m^2 + e^v - v - 1) / 2.

  Args:
    mean, log_variance: [B, Z].

  Returns:
    [B], nats.

  Source: Kingma and Welling, 2014, appendix B.
  """
  return (jnp.square(mean) + jnp.exp(log_variance) - log_variance - 1).sum(-1) / 2


def vae_codes(
  shape: tuple[int, int, int],
  variables: PyTree,
  condition: Array | None = None,
  *,
  latent: int = 32,
  width: int = 0,
  likelihood: str = '',
) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
  """The two halves of a trained VAE of images, for `jaxaug.augment.latent_ball`.

  Args:
    shape: (H, W, C).
    variables: as `evaluated(state)` gives them.
    condition: [K] for all rows or [B, K] for these, held fixed; None for a VAE without.
    latent, width, likelihood: as given to `vae`.

  Returns:
    (encode: image [B, H, W, C] float in [0, 1] -> mean of its code [B, Z]; decode: code -> image in [0, 1]), pure, row by row.

  Raises:
    InputError: a shape that is no image's.
  """
  if len(shape) != 3:
    raise InputError(f'vae_codes.shape: {tuple(shape)} must be (H, W, C)')
  network, bounded = _network(shape, latent, width), _bounded(shape, _likelihood(shape, likelihood))
  held = {'params': variables['params']['network']}

  def told(rows: Array) -> Array:
    each = jnp.zeros(0) if condition is None else condition
    return each if each.ndim == 2 else jnp.broadcast_to(each[None], (len(rows), len(each)))

  def encode(image: Array) -> Array:
    return network.apply(held, 2 * image - 1, told(image), method='encode')[0]

  def decode(code: Array) -> Array:
    return (bounded(network.apply(held, code, told(code), method='decode')) + 1) / 2

  return encode, decode


def _network(shape: tuple[int, ...], latent: int, width: int) -> VAE:
  check_shape(shape, 'vae.shape')
  if len(shape) == 3:
    check_sides(shape, 'vae.shape')
  if latent < 1 or width < 0:
    raise InputError(f'vae: latent {latent} must be at least 1, width {width} at least 0')
  return VAE(tuple(shape), latent, width)


def _likelihood(shape: tuple[int, ...], name: str) -> str:
  name = name or ('bernoulli' if len(shape) == 3 else 'gaussian')
  check_name(name, LIKELIHOODS, 'vae.likelihood')
  return name


def _bounded(shape: tuple[int, ...], likelihood: str) -> Callable[[Array], Array]:
  """What the decoder's numbers mean: 2 sigmoid - 1 = tanh(y / 2) of a Bernoulli's logits, tanh for an image, themselves for a row."""
  if likelihood == 'bernoulli':
    return lambda y: jnp.tanh(y / 2)
  return jnp.tanh if len(shape) == 3 else lambda y: y


def _sigma(params: PyTree) -> Array:
  """From .01 to 1, with a gradient everywhere; ten times as fast as a weight, or Adam's small steps would not get there."""
  return SIGMA_MIN * (SIGMA_MAX / SIGMA_MIN) ** jax.nn.sigmoid(10 * params['sigma'])
