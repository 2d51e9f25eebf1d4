"""Training an autoencoder, and beside it the auxiliary classifier that says whether a decoded image keeps its label."""

import os
import pathlib
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tqdm import trange

from jaxaug import data, metrics, models, parallel, tracking
from jaxaug.augment import LATENT
from jaxaug.data import DEFAULTS as DATA_DEFAULTS
from jaxaug.data import Splits
from jaxaug.models import CNN, Autoencoder, StoredAutoencoder
from jaxaug.types import InputError, PyTree


def _over(fn: Callable, params: PyTree, examples: Mapping[str, np.ndarray], size: int = 512) -> PyTree:
  """`fn(params, batch)` over a whole split, in full batches."""
  compiled, count, parts = jax.jit(lambda params, batch: fn(params, data.as_batch(batch))), len(examples['image']), []
  for start in range(0, count, size):
    rows = np.minimum(np.arange(start, start + size), count - 1)
    batch = {field: np.asarray(examples[field][rows]) for field in ('image', 'label')}
    parts.append(jax.device_get(compiled(params, batch)))
  return jax.tree.map(lambda *a: np.concatenate(a)[:count], *parts)


def fit_autoencoder(
  splits: Splits,
  path: str | os.PathLike = '',
  *,
  code: int = 16,
  widths: tuple[int, int] = (16, 32),
  steps: int = 2000,
  batch_size: int | None = None,
  learning_rate: float = 0.003,
  seed: int = 0,
) -> StoredAutoencoder:
  """Minimises mean |decode(encode(x)) - x|^2 over the train split by Adam; validation only tells the error, test is never read.

  A small CNN learns the labels beside it, from the images and from what is decoded of them: the gate of `latent_ball`.

  Args:
    splits: the data.
    path: of the npz to write; '' writes none.
    code: numbers D that an image becomes.
    widths: of `jaxaug.models.Autoencoder`.
    steps: of Adam.
    batch_size: images a step; None takes 128, or all where there are fewer.
    learning_rate: of the first step, falling to 0 along a cosine.
    seed: of weights and batches; the same seed gives the same file on the same kind of device.

  Returns:
    StoredAutoencoder; `about` has `source`, `fingerprint`, the arguments, `provenance` and, where there are such examples, `validation`
    with `error` (mean square of a pixel), `spread` (the same of the training mean image, for comparison) and the auxiliary
    classifier's accuracy on images, `accuracy`, and on what is decoded, `decoded_accuracy`.

  Raises:
    InputError: sides that 4 does not divide, numbers below 1, a batch larger than the split.
    FloatingPointError: the error is not finite.
  """
  if steps < 1 or not learning_rate > 0:
    raise InputError(f'fit_autoencoder: steps {steps} must be at least 1, learning_rate {learning_rate} above 0')
  shape = splits.info.image_shape
  network, classifier = Autoencoder(shape, code, tuple(widths)), CNN(splits.info.num_classes, (16, 16, 32, 32), 64)
  train = {field: splits.train[field] for field in ('image', 'label')}
  train['image'] = np.asarray(train['image'])
  batch_size = min(128, len(train['image'])) if batch_size is None else batch_size
  feed = data.training_feed(train, batch_size, seed, resident_bytes=DATA_DEFAULTS['resident_bytes'])
  optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))

  def both(params, batch):
    made = network.apply({'params': params['autoencoder']}, batch['image'])
    seen = jnp.concatenate([batch['image'], jax.lax.stop_gradient(made)])
    return made, classifier.apply({'params': params['classifier']}, seen)

  def loss(params, batch):  # two networks that share no weight, so that the sum is two objectives
    made, logits = both(params, batch)
    error = jnp.square(made - batch['image']).mean()
    wrong = optax.softmax_cross_entropy(logits, jnp.concatenate([batch['label']] * 2)).mean()
    return error + wrong, error

  @jax.jit
  def step(params, state, resident, batch, number):
    gradient, error = jax.grad(loss, has_aux=True)(params, feed.gather(resident, batch, number))
    updates, state = optimizer.update(gradient, state)
    return optax.apply_updates(params, updates), state, error

  blank = jnp.zeros((1, *shape))
  keys = jax.random.split(jax.random.key(seed))
  params = {'autoencoder': network.init(keys[0], blank)['params'], 'classifier': classifier.init(keys[1], blank)['params']}
  state, resident, batches = optimizer.init(params), jax.device_put(feed.resident), feed.batches(0)
  bar = trange(steps, desc='autoencoder', unit='step', leave=False, disable=None)
  for number in bar:
    params, state, error = step(params, state, resident, next(batches), number)
    if number % 100 == 99 or number == steps - 1:
      if not np.isfinite(error):
        raise FloatingPointError(f'autoencoder: error {float(error)} at step {number + 1}; learning rate {learning_rate}')
      bar.set_postfix_str(f'error {float(error):.5f}')
  encode = lambda params, batch: network.apply({'params': params['autoencoder']}, batch['image'], method='encode')
  codes = _over(encode, params, train)
  about = dict(
    source=splits.info.name,
    origin=splits.info.origin,
    fingerprint=data.fingerprint(splits),
    training=dict(steps=steps, batch_size=batch_size, learning_rate=learning_rate),
    provenance=tracking.provenance(seed),
  )
  if len(splits.validation['id']):
    about['validation'] = _validation(both, params, splits)
  deviation = codes.std(0)
  scale = np.maximum(deviation, 1e-3 * deviation.max() + 1e-12).astype(
    np.float32
  )  # an entry that never moves stays in reach
  weights = jax.device_get(params)
  stored = StoredAutoencoder(
    network, weights['autoencoder'], codes.mean(0), scale, classifier, weights['classifier'], about, splits.train['id']
  )
  if path:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    models.save_autoencoder(path, stored)
  return stored


def _validation(both: Callable, params: PyTree, splits: Splits) -> dict:
  """What the two networks do on validation, as plain values; told in a line."""

  def rows(params, batch):
    made, logits = both(params, batch)
    image_logits, decoded_logits = jnp.split(logits, 2)
    return {'error': jnp.square(made - batch['image']).mean((1, 2, 3)), 'image': image_logits, 'decoded': decoded_logits}

  found, label = _over(rows, params, splits.validation), splits.validation['label']
  pixels = lambda examples: data.as_batch({'image': jnp.asarray(data.first(examples, 10000)['image'])})['image']
  mean = pixels(splits.train).mean(0, keepdims=True)
  told = {
    'examples': len(label),
    'error': float(found['error'].mean()),
    'spread': float(jnp.square(pixels(splits.validation) - mean).mean()),
    'accuracy': metrics.accuracy(found['image'], label)._asdict(),
    'decoded_accuracy': metrics.accuracy(found['decoded'], label)._asdict(),
  }
  tracking.say(
    f'autoencoder: mean square error of a pixel {told["error"]:.5f} on {len(label)} validation images ({told["spread"]:.5f} for the mean '
    f'image); auxiliary classifier right on {told["accuracy"]["value"]:.1%} of them, on {told["decoded_accuracy"]["value"]:.1%} decoded'
  )
  return told


def prepare_autoencoders(section: Mapping, splits: Splits) -> None:
  """Trains the autoencoders that an arm's augmentations name and that are not there yet, on this run's train split.

  Args:
    section: `config.augment` of the arm; `augment.latent_ball.autoencoder` is the path of an npz, made where it is missing.
    splits: of the run.

  Raises:
    InputError: no path; a file that is something else, or was trained on other data or on examples that this run validates or tests on.
  """
  for name in section.get('names', ()):
    if name not in LATENT:
      continue
    path = section.get(name, {}).get('autoencoder', '')
    if not path:
      raise InputError(f'augment.{name}.autoencoder: names no file; give a path, where there is none it will be trained')
    if not os.path.exists(path) and parallel.is_main():
      tracking.say(f'{path}: is not there; an autoencoder is trained on the {len(splits.train["id"])} training images first')
      fit_autoencoder(splits, path)
    parallel.barrier(f'autoencoder {path}')
    stored = models.read_autoencoder(path)
    if stored.about['source'] != splits.info.name or stored.network.image_shape != splits.info.image_shape:
      raise InputError(
        f'augment.{name}.autoencoder: {path} was trained on {stored.about["source"]!r}, this run is on {splits.info.name!r}'
      )
    data.assert_unseen(stored.id, splits, f'augment.{name}.autoencoder: {path}')


def autoencoders_of_seed(config: Mapping, seed: int) -> dict:
  """A config whose augmentations name other autoencoders: with another split, what the first ones learnt would leak.

  Args:
    config: nested dict of a whole job.
    seed: of the data.

  Returns:
    The config with `-seed-<seed>` put before the ending of every autoencoder's path.
  """

  def named(section):
    codes = {name: section[name] for name in LATENT if section.get(name, {}).get('autoencoder')}
    path = lambda code: pathlib.Path(code['autoencoder'])
    return {
      **section,
      **{
        name: {**code, 'autoencoder': str(path(code).with_stem(f'{path(code).stem}-seed-{seed}'))}
        for name, code in codes.items()
      },
    }

  whole = dict(config)
  if 'augment' in whole:
    whole['augment'] = named(whole['augment'])
  if 'arms' in whole:
    changed = lambda arm: {**arm, 'augment': named(arm['augment'])} if 'augment' in arm else arm
    whole['arms'] = {name: changed(arm) for name, arm in whole['arms'].items()}
  return whole
