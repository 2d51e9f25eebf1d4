"""StyleGAN2's parts: demodulation, truncation to the mean of a class, styles that mix."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import StyleGenerator
from jaxaug.models.stylegan2 import LAYERS, PRODUCTS, Modulated, demodulation

RANDOM = np.random.default_rng(0)
CONDITION = np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]
Z = RANDOM.normal(size=(4, 5)).astype(np.float32)
SHAPE = (8, 8, 1)


@pytest.fixture(scope='module')
def made():
  generator = StyleGenerator(SHAPE, 2, mixing=1.0)
  rngs = dict(zip(('params', 'noise'), jax.random.split(jax.random.key(0))))
  return generator, jax.jit(generator.init)(rngs, Z, CONDITION)


def apply(generator, variables, *args, seed=1, **how):
  return generator.apply(variables, *args, rngs={'noise': jax.random.key(seed)}, **how)


@pytest.mark.parametrize('product', ('same', 'up'))
def test_demodulation_gives_unit_deviation(product):
  side, run, share = PRODUCTS[product]
  x = RANDOM.normal(size=(2, 64, 64, 16)).astype(np.float32)
  kernel = 3 * RANDOM.normal(size=(side, side, 16, 4)).astype(np.float32)
  style = RANDOM.uniform(0.1, 5, size=(2, 16)).astype(np.float32)
  y = run(x * style[:, None, None], kernel) * demodulation(kernel, style, share)[:, None, None]
  np.testing.assert_allclose(np.asarray(y)[:, 2:-2, 2:-2].std((1, 2)), 1, atol=0.06)


def test_modulating_x_is_modulating_the_weights_of_each_row():
  x, w = RANDOM.normal(size=(2, 5, 5, 3)).astype(np.float32), RANDOM.normal(size=(2, 4)).astype(np.float32)
  layer = Modulated('same', 6)
  variables = jax.jit(layer.init)(jax.random.key(0), x, w)
  params = variables['params']
  style = 1 + w @ np.asarray(params['style']['kernel']) / 4**0.5
  for row in range(2):
    kernel = np.asarray(params['kernel']) * style[row][None, None, :, None]
    kernel = kernel / np.sqrt((kernel**2).sum((0, 1, 2), keepdims=True))
    layout = ('NHWC', 'HWIO', 'NHWC')
    wanted = jax.lax.conv_general_dilated(x[row : row + 1], kernel, (1, 1), 'SAME', dimension_numbers=layout)
    np.testing.assert_allclose(layer.apply(variables, x, w)[row], wanted[0], rtol=1e-3, atol=1e-4)


def test_shapes_ranges_and_noise(made):
  generator, variables = made
  image = np.asarray(apply(generator, variables, Z, CONDITION))
  assert image.shape == (4, *SHAPE) and np.abs(image).max() < 1
  assert (apply(generator, variables, Z, CONDITION, seed=2) == image).all()  # its strength starts at zero
  loud = {**variables, 'params': {**variables['params'], 'strength': jnp.ones(LAYERS)}}
  assert np.abs(apply(generator, loud, Z, CONDITION) - apply(generator, loud, Z, CONDITION, seed=2)).max() > 1e-2
  trained, moved = apply(generator, variables, Z, CONDITION, True, mutable=['batch_stats'])
  assert np.abs(trained - image).max() > 1e-3  # other styles were mixed in
  assert moved['batch_stats']['mapping']['mean'].shape == (2, 8)


def test_the_mean_of_a_class_and_truncation_to_it(made):
  generator, variables = made
  w, moved = apply(generator, variables, Z, CONDITION, True, method='styles', mutable=['batch_stats'])
  mean = np.asarray(moved['batch_stats']['mapping']['mean'])
  np.testing.assert_allclose(mean, 0.01 * np.stack([w[np.array([0, 3])].mean(0), w[np.array([1, 2])].mean(0)]), atol=1e-6)
  held = {**variables, **moved}
  for share in (0.0, 0.5):
    short = generator.clone(truncation=share).apply(held, Z, CONDITION, method='styles')
    np.testing.assert_allclose(short, mean[[0, 1, 1, 0]] * (1 - share) + share * w, atol=1e-6)


def test_styles_mix_from_coarse_to_fine(made):
  generator, variables = made
  w = apply(generator, variables, Z, CONDITION, method='styles')
  mixed = lambda layers: apply(generator, variables, w, w[::-1], jnp.full(4, layers), method='mixed')
  image = apply(generator, variables, Z, CONDITION)
  np.testing.assert_allclose(mixed(LAYERS), image, atol=1e-5)
  np.testing.assert_allclose(mixed(0), image[::-1], atol=1e-5)
  assert np.abs(mixed(1) - image).max() > 1e-3
