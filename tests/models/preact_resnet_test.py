"""PreAct ResNets: sizes from the formula, batch statistics only where they belong."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import preact_resnet
from jaxaug.models.preact_resnet import PreActBlock, PreActStack
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)
SMALL = PreActStack(5, 4, ((1, 4), (1, 8)))


@functools.partial(jax.jit, static_argnames=('train', 'network'))
def run(variables, image, train, seed, network=SMALL):
  """(logits, what changed) with the results of every layer among the latter."""
  return network.apply(
    variables,
    image,
    train=train,
    rngs={'dropout': jax.random.key(seed)},
    mutable=['batch_stats', 'intermediates'],
    capture_intermediates=True,
  )


def weights(network, image):
  """Variables of the right shapes without compiling an initialiser: He-normal kernels, ones elsewhere."""
  rng = np.random.default_rng(1)
  return jax.tree.map(
    lambda a: (
      np.float32(rng.normal(size=a.shape) * (2 / np.prod(a.shape[:-1])) ** 0.5)
      if len(a.shape) > 1
      else np.ones(a.shape, np.float32)
    ),
    jax.eval_shape(lambda: network.init(jax.random.key(0), image)),
  )


def size(tree):
  return sum(leaf.size for leaf in jax.tree.leaves(tree))


def shapes(network, side=32):
  return jax.eval_shape(network.init, jax.random.key(0), jnp.zeros((1, side, side, 3)))


def formula(stem, stages, classes):
  """(weights, running statistics): convolutions without bias, two numbers a channel for each normalisation."""
  weights, channels, now = 9 * 3 * stem, 0, stem
  for stage, (blocks, width) in enumerate(stages):
    for block in range(blocks):
      weights += 9 * now * width + 9 * width * width
      weights += now * width if now != width or stage and not block else 0
      channels += now + width
      now = width
  channels += now
  return weights + 2 * channels + now * classes + classes, 2 * channels


@pytest.mark.parametrize(
  'depth, stem, stages, count',
  (
    (18, 64, ((2, 64), (2, 128), (2, 256), (2, 512)), 11_172_170),
    (20, 16, ((3, 16), (3, 32), (3, 64)), 272_282),
    (8, 16, ((1, 16), (1, 32), (1, 64)), 77_850),
    (32, 16, ((5, 16), (5, 32), (5, 64)), 466_714),
  ),
)
def test_sizes_are_those_of_the_formula(depth, stem, stages, count):
  tree = shapes(preact_resnet(10, depth))
  assert (size(tree['params']), size(tree['batch_stats'])) == formula(stem, stages, 10)
  assert size(tree['params']) == count
  kernels = [leaf for leaf in jax.tree.leaves(tree['params']) if leaf.ndim == 4 and leaf.shape[0] == 3]
  assert len(kernels) == depth - 1  # and the dense layer


@pytest.mark.parametrize('depth', (0, 2, 19, 21, 34, -4))
def test_other_depths_are_refused(depth):
  with pytest.raises(InputError, match=f'model.depth: {depth} .*6n'):
    preact_resnet(10, depth)


@pytest.fixture(scope='module')
def variables():
  return weights(SMALL, IMAGE)


def test_training_moves_every_batch_statistic_and_evaluation_none(variables):
  trained, evaluated = (run(variables, IMAGE, train, 0)[1]['batch_stats'] for train in (True, False))
  assert jax.tree.all(jax.tree.map(lambda a, b: (a != b).any(), variables['batch_stats'], trained))
  assert jax.tree.all(jax.tree.map(lambda a, b: (a == b).all(), variables['batch_stats'], evaluated))


def test_the_first_statistics_are_a_tenth_of_the_way_to_the_batchs(variables):
  captured = run(variables, IMAGE, True, 0)[1]
  stem = captured['intermediates']['Conv_0']['__call__'][0]
  moved = captured['batch_stats']['PreActBlock_0']['BatchNorm_0']
  np.testing.assert_allclose(moved['mean'], 0.9 + 0.1 * stem.mean((0, 1, 2)), atol=1e-5)
  np.testing.assert_allclose(moved['var'], 0.9 + 0.1 * stem.var((0, 1, 2)), atol=1e-5)


def test_rows_are_independent_in_evaluation_only(variables):
  alone = jnp.concatenate([run(variables, row[None], False, 0)[0] for row in IMAGE])
  np.testing.assert_allclose(run(variables, IMAGE, False, 0)[0], alone, atol=1e-5)
  trained = lambda rows: run(variables, rows, True, 0)[0]
  assert jnp.abs(trained(IMAGE)[:2] - trained(IMAGE[[0, 1, 1, 1]])[:2]).max() > 1e-3


def test_dropout_acts_in_training_only():
  network = PreActStack(3, 2, ((1, 2),), dropout=0.5)
  variables = weights(network, IMAGE[:, :4, :4])
  logits = lambda seed, train: run(variables, IMAGE[:, :4, :4], train, seed, network)[0]
  assert (logits(0, True) != logits(1, True)).any() and (logits(0, False) == logits(1, False)).all()


def test_a_block_with_zero_kernels_adds_nothing():
  block, x = PreActBlock(3), IMAGE - 0.5
  shapes = jax.eval_shape(lambda: block.init(jax.random.key(0), x, False))
  variables = jax.tree.map(lambda a: jnp.full(a.shape, float(a.ndim < 4)), shapes)
  assert (block.apply(variables, x, False) == x).all()


def test_each_stage_but_the_first_halves_the_image():
  made = lambda network, image, **keywords: jax.eval_shape(
    lambda: network.init_with_output(jax.random.key(0), image, mutable=True, **keywords)
  )
  captured = made(SMALL, IMAGE, capture_intermediates=True)[1]['intermediates']
  assert [captured[f'PreActBlock_{i}']['__call__'][0].shape for i in range(2)] == [(4, 8, 8, 4), (4, 4, 4, 8)]
  features = made(preact_resnet(7), jnp.zeros((2, 32, 32, 3)), features=True)[0]
  assert [a.shape for a in features] == [(2, 7), (2, 512)]
