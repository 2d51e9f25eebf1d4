"""Diffusion: its sampler solves the equation it says, its loss is the paper's, and it learns classes apart."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import synthesize
from jaxaug.synthesize import edm as factory
from jaxaug.synthesize.generator import evaluated
from jaxaug.types import InputError


def sets(generator, **changed):
  state = jax.jit(generator.init)(jax.random.key(0))
  return state, {'encoded': np.zeros((4, 3), np.float32), 'condition': np.eye(2, dtype=np.float32)[[0, 1, 0, 1]]} | changed


def test_the_sampler_brings_noise_to_the_deviation_of_the_data():
  """A network of zeros is the best denoiser of N(0, sigma_data^2): D = c_skip y; then x(0) = x(sigma_max) sigma_data / root."""
  generator = factory((3,), width=8, depth=1, sigma_data=0.5, sample_steps=64)
  state = jax.jit(generator.init)(jax.random.key(0))  # the last layer starts at zero
  key = jax.random.key(1)
  drawn = jax.jit(generator.sample)(evaluated(state), jax.random.clone(key), jnp.zeros((5, 0)))
  noise = 80 * jax.random.normal(key, (5, 3))
  np.testing.assert_allclose(drawn, noise * 0.5 / np.sqrt(80**2 + 0.25), rtol=0.02)


def test_more_steps_are_nearer():
  errors = []
  for steps in (6, 12, 24):
    generator = factory((3,), width=8, depth=1, sample_steps=steps)
    state = jax.jit(generator.init)(jax.random.key(0))
    drawn = jax.jit(generator.sample)(evaluated(state), jax.random.key(1), jnp.zeros((5, 0)))
    errors.append(
      np.abs(drawn / (80 * jax.random.normal(jax.random.key(1), (5, 3)) * 0.5 / np.sqrt(80**2 + 0.25)) - 1).max()
    )
  assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_the_first_loss_is_the_closed_form():
  """With F = 0: weight (c_skip (x + s n) - x)^2, whose mean over n and x ~ N(0, d^2) is d^2 / (s^2 + d^2) weight s^2 ... = 1."""
  generator = factory((1,), width=8, depth=1, sigma_data=0.5)
  state = jax.jit(generator.init)(jax.random.key(0))
  x = 0.5 * np.random.default_rng(0).normal(size=(20000, 1)).astype(np.float32)
  _, metrics = jax.jit(generator.update, static_argnums=2)(state, {'encoded': x, 'condition': np.zeros((20000, 0))}, None)
  assert abs(metrics['loss'] - 1) < 0.05


def test_an_update_moves_weights_and_their_average_and_nothing_else_decides():
  generator = factory((3,), 2, width=16, depth=1, drop=0.5, guidance=2.0)
  state, batch = sets(generator)
  run = jax.jit(generator.update, static_argnums=2)
  once, again = run(state, batch, None), run(state, batch, None)
  assert all((a == b).all() for a, b in zip(jax.tree.leaves(once[0].params), jax.tree.leaves(again[0].params)))
  assert once[0].step == 1 and jnp.isfinite(once[1]['loss'])
  moved = jax.tree.map(lambda a, b: np.abs(a - b).max(), state.params, once[0].params)
  assert max(jax.tree.leaves(moved)) > 0
  drawn = jax.jit(generator.sample)(evaluated(once[0]), jax.random.key(1), jnp.eye(2))
  assert drawn.shape == (2, 3) and np.isfinite(drawn).all()


def test_it_learns_two_classes():
  random = np.random.default_rng(0)
  label = random.integers(0, 2, 512)
  encoded = (np.where(label == 0, -0.5, 0.5)[:, None] + 0.1 * random.normal(size=(512, 1))).astype(np.float32)
  generator = factory((1,), 2, width=32, depth=1, learning_rate=3e-3)
  examples = {'encoded': encoded, 'condition': np.eye(2, dtype=np.float32)[label]}
  found = synthesize.fit(
    generator, examples, jax.random.key(0), steps=400, batch_size=128, check_every=400, steps_per_call=50
  )
  drawn = jax.jit(generator.sample)(found.variables, jax.random.key(1), np.eye(2, dtype=np.float32)[[0] * 200 + [1] * 200])
  means = np.asarray(drawn)[:200].mean(), np.asarray(drawn)[200:].mean()
  assert abs(means[0] + 0.5) < 0.1 and abs(means[1] - 0.5) < 0.1


@pytest.mark.parametrize(
  ('given', 'told'),
  (
    (dict(shape=(1, 2, 3, 4)), r'edm.shape: shape \(1, 2, 3, 4\)'),
    (dict(shape=(2,), sigma_min=0.0), 'sigma_min 0.0 must be above 0'),
    (dict(shape=(2,), guidance=2.0), 'edm.guidance: 2.0 needs edm.drop above 0'),
  ),
)
def test_bad_input_is_told(given, told):
  with pytest.raises(InputError, match=told):
    factory(**given)
