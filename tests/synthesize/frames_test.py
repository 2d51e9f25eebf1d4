"""What is kept to be looked at: the same draws at every check, and draws of one noise between classes."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxaug import synthesize
from jaxaug.synthesize.frames import BETWEEN, EACH, between, keep_frames, kept_frames
from jaxaug.synthesize.generator import Generator, first_state


def test_draws_of_every_class_are_kept_by_step_and_those_gone_back_from_are_not_shown(tmp_path):
  show, asked = keep_frames(tmp_path / 'new'), np.array([1] * 6 + [4] * 5)
  rows = np.arange(22.0).reshape(11, 2)
  for step in (10, 20, 30):
    show(step, rows + step, asked)
  show(20, rows - 20, asked)  # once more, after a way back
  kept = kept_frames(tmp_path / 'new', [10, 20, 40])
  assert kept['steps'].tolist() == [10, 20] and kept['classes'].tolist() == [1, 4] and kept['rows'].shape == (2, 2, EACH, 2)
  np.testing.assert_array_equal(kept['rows'][1], (rows - 20)[[[0, 1, 2, 3], [6, 7, 8, 9]]])
  assert kept_frames(tmp_path / 'none', [10]) == {}
  show(40, rows, np.array([0] * 9 + [1] * 2))
  assert kept_frames(tmp_path / 'new', [40])['rows'].shape == (1, 2, 2, 2)  # as many of each as there are of the fewest


def test_between_classes_the_noise_stays_and_the_condition_moves():
  draw = lambda variables, key, condition: condition @ variables + jax.random.normal(key, (len(condition), 3))
  generator, centers = Generator(None, None, draw), jnp.eye(4, 3) * 6
  found = between(generator, centers, jax.random.key(3), np.array([0, 2, 1]), 4)
  assert found.shape == (3, BETWEEN, 3)
  noise = np.asarray(jax.random.normal(jax.random.key(3), (1, 3)))[0]
  np.testing.assert_allclose(found[:, 0], np.asarray(centers)[[0, 2, 1]] + noise, rtol=1e-5)
  np.testing.assert_allclose(found[:, -1], np.asarray(centers)[[2, 1, 0]] + noise, rtol=1e-5)
  np.testing.assert_allclose(np.diff(found, axis=1), np.diff(found, axis=1)[:, :1].repeat(BETWEEN - 1, 1), atol=1e-5)


def test_training_shows_what_it_draws_of_the_first_seed():
  init = lambda key: first_state(key, {'width': jnp.float32(1)}, optax.sgd(0.0))
  draw = lambda variables, key, condition: condition[:, :2] * variables['params']['width']
  label, seen = np.resize(np.arange(3), 60), []
  one = {'encoded': np.random.default_rng(0).normal(size=(60, 2)), 'condition': np.eye(3, dtype=np.float32)[label]}
  both = jax.tree.map(lambda a: np.stack([a, a + 0]).astype(np.float32), one)
  decode = lambda s, rows: np.asarray(rows) + 100 * s
  show = lambda *told: seen.append(told)
  check = synthesize.watch(Generator(init, None, draw), both, decode=decode, settings=dict(rows=60), show=show)
  check(jax.vmap(init)(jax.random.split(jax.random.key(0), 2)), 7)
  ((step, rows, asked),) = seen
  assert step == 7 and np.bincount(asked).tolist() == [20, 20, 20]
  np.testing.assert_array_equal(rows, np.eye(3)[asked][:, :2])
