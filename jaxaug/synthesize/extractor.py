"""Features that generated images are measured in where there are no Inception weights: of a CNN that learnt the real train split."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tqdm import trange

from jaxaug.evaluate import weights_fingerprint
from jaxaug.models import CNN
from jaxaug.types import InputError, PyTree


class Extractor(NamedTuple):
  """A classifier; what enters its last layer are the features. In those of a trained one the Frechet distance is FCD, never FID."""

  network: CNN
  params: PyTree
  digest: str
  """`weights_fingerprint`: two numbers are of one scale if it is the same."""


def random_extractor(shape: tuple[int, int, int], num_classes: int, seed: int = 0) -> Extractor:
  """A CNN that has learnt nothing: stands beside the trained one, as the gate's classifier and that one have the same teacher.

  Args:
    shape: (H, W, C), H and W divisible by 4.
    num_classes: K.
    seed: of the weights.

  Returns:
    Extractor.

  Raises:
    InputError: another shape.
  """
  if len(shape) != 3 or shape[0] % 4 or shape[1] % 4:
    raise InputError(f'extractor: shape {tuple(shape)} must be (H, W, C), H and W divisible by 4')
  network = CNN(num_classes)
  return _extractor(network, jax.jit(network.init)(jax.random.key(seed), jnp.zeros((1, *shape)))['params'])


def fit_extractor(
  images: np.ndarray,
  label: np.ndarray,
  num_classes: int,
  *,
  seed: int = 0,
  steps: int = 1000,
  batch_size: int = 128,
  learning_rate: float = 2e-3,
) -> Extractor:
  """Minimises the cross-entropy by Adam, the rate falling to 0 along a cosine; nothing is augmented.

  Args:
    images: [N, H, W, C] float in [0, 1], of the train split alone; H and W divisible by 4.
    label: [N] int.
    num_classes: K.
    seed: of weights and batches.
    steps: of Adam.
    batch_size: images a step, drawn with replacement.
    learning_rate: of the first step.

  Returns:
    Extractor.

  Raises:
    InputError: another shape, no images.
    FloatingPointError: the loss is not finite.
  """
  if not len(images) or len(images) != len(label):
    raise InputError(f'extractor: {len(images)} images and {len(label)} labels; as many of both, at least one')
  network, params, _ = random_extractor(images.shape[1:], num_classes, seed)
  optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))
  key, state = jax.random.fold_in(jax.random.key(seed), 1), optimizer.init(params)
  images, label = jnp.asarray(images, jnp.float32), jnp.asarray(label)

  @jax.jit
  def step(params, state, number, images, label):
    rows = jax.random.randint(jax.random.fold_in(key, number), (batch_size,), 0, len(images))
    logits = lambda params: network.apply({'params': params}, images[rows])
    loss = lambda params: optax.softmax_cross_entropy_with_integer_labels(logits(params), label[rows]).mean()
    value, gradient = jax.value_and_grad(loss)(params)
    updates, state = optimizer.update(gradient, state)
    return optax.apply_updates(params, updates), state, value

  bar = trange(steps, desc='extractor', unit='step', leave=False, disable=None)
  for number in bar:
    params, state, value = step(params, state, number, images, label)
    if number % 100 == 99 or number == steps - 1:
      if not np.isfinite(value):
        raise FloatingPointError(f'extractor: loss {float(value)} at step {number + 1}; lower the learning rate')
      bar.set_postfix_str(f'loss {float(value):.3f}')
  return _extractor(network, params)


def extract(extractor: Extractor, images: np.ndarray, size: int = 512) -> tuple[np.ndarray, np.ndarray]:
  """What it sees.

  Args:
    extractor: trained or random.
    images: [N, H, W, C] float in [0, 1].
    size: images at once.

  Returns:
    (features [N, D] float32, probabilities [N, K] float32).
  """
  run, found = _program(extractor.network), []
  for at in range(0, len(images), size):
    rows = np.minimum(np.arange(at, at + size), len(images) - 1)
    found.append(jax.device_get(run(extractor.params, np.asarray(images[rows], np.float32))))
  probabilities, features = (np.concatenate(parts)[: len(images)] for parts in zip(*found))
  return features, probabilities


@functools.cache
def _program(network: CNN):
  def run(params, images):
    logits, features = network.apply({'params': params}, images, features=True)
    return jax.nn.softmax(logits), features

  return jax.jit(run)


def _extractor(network: CNN, params: PyTree) -> Extractor:
  params = jax.device_get(params)
  return Extractor(network, params, weights_fingerprint(params))
