"""Adversarial training: what an update does, that the state is all there is, and that it learns."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import synthesize
from jaxaug.synthesize import GANS, gan
from jaxaug.synthesize.generator import evaluated
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
CLASSES = np.eye(2, dtype=np.float32)
ROWS = {'encoded': RANDOM.normal(size=(8, 3)).astype(np.float32), 'condition': CLASSES[[0, 1] * 4]}
SMALL = dict(network='perceptron', width=8, latent=4, minibatch_std=0)
IMAGES = {'encoded': RANDOM.uniform(-1, 1, (4, 4, 4, 1)).astype(np.float32), 'condition': CLASSES[[0, 1] * 2]}


def started(generator, seed=0):
  return jax.jit(generator.init)(jax.random.key(seed))


def updated(generator):
  return jax.jit(lambda state, batch: generator.update(state, batch, None))


def distance(one, other):
  return max(jax.tree.leaves(jax.tree.map(lambda a, b: np.abs(a - b).max(), one, other)))


def plain(state):
  """With the key as numbers."""
  return state._replace(key=jax.random.key_data(state.key))


@pytest.mark.parametrize('preset', ('wgan', 'wgan_gp', 'sngan', 'rows'))
def test_an_update_changes_both_networks_and_the_state_is_all_there_is(preset):
  generator = gan((3,), 2, preset=preset, **SMALL)
  run = updated(generator)
  first = started(generator)
  state, metrics = run(first, ROWS)
  assert set(metrics) == {'loss_discriminator', 'loss_generator', 'real_score', 'fake_score', 'r'}
  assert state.step == 1 and all(np.isfinite(value) for value in metrics.values())
  for name in ('generator', 'discriminator'):
    assert distance(first.params[name], state.params[name]) > 0
  assert set(state.ema['params']) == {'generator'}
  kept = jax.tree.map(np.asarray, plain(state))  # as a file would hold it
  again = kept._replace(key=jax.random.wrap_key_data(kept.key))
  assert distance(plain(run(state, ROWS)[0]), plain(run(again, ROWS)[0])) == 0
  if preset == 'wgan':
    assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(state.params['discriminator'])) <= np.float32(0.01)
  if preset == 'sngan':
    assert distance(first.batch_stats['discriminator'], state.batch_stats['discriminator']) > 0


@pytest.mark.parametrize('preset', GANS)
@pytest.mark.parametrize('classes', (0, 2))
def test_presets_take_images_or_series_with_and_without_classes(preset, classes):
  shape = (40, 1) if preset in ('series', 'wavegan') else (8, 8, 1)
  generator = gan(shape, classes, preset=preset, width=2, latent=4)
  state = jax.eval_shape(generator.init, jax.random.key(0))
  batch = {'encoded': np.zeros((4, *shape), np.float32), 'condition': np.zeros((4, classes), np.float32)}
  after, metrics = jax.eval_shape(lambda state: generator.update(state, batch, None), state)
  shapes = lambda tree: jax.tree.map(lambda a: (a.shape, a.dtype), tree)
  assert shapes(after) == shapes(state) and all(value.shape == () for value in metrics.values())
  assert all(leaf.size for leaf in jax.tree.leaves(state.params))  # checkpoints refuse arrays without entries
  drawn = jax.eval_shape(generator.sample, evaluated(state), jax.random.key(1), batch['condition'])
  assert drawn.shape == (4, *shape) and ('ada_probability' in metrics) == (preset == 'stylegan2')


def test_jit_is_eager_and_seeds_at_once_are_seeds_alone():
  generator = gan((3,), 2, penalty_every=2, **SMALL)
  run, keys = updated(generator), lambda: jax.random.split(jax.random.key(0), 2)
  start, seeds = jax.jit(generator.init), jax.jit(jax.vmap(generator.init))(keys())
  alone = [run(start(key), ROWS) for key in keys()]
  eager = generator.update(start(next(iter(keys()))), ROWS, None)
  many = jax.jit(jax.vmap(lambda state: generator.update(state, ROWS, None)))(seeds)
  assert distance((plain(eager[0]), eager[1]), (plain(alone[0][0]), alone[0][1])) < 1e-4
  for n in range(2):
    one = jax.tree.map(lambda a: a[n], (plain(many[0]), many[1]))
    assert distance(one, (plain(alone[n][0]), alone[n][1])) < 1e-4
  assert distance(alone[0][0].params, alone[1][0].params) > 0.1


def test_the_lazy_penalty_counts_for_the_steps_it_leaves_out():
  """Of every second step: one in which it is due goes elsewhere than without a penalty, the other the same way."""
  heavy, none = gan((3,), 2, penalty_weight=100.0, penalty_every=2, **SMALL), gan((3,), 2, penalty='none', **SMALL)
  start = started(heavy)
  for step, apart in ((0, True), (1, False)):
    state = start._replace(step=jnp.int32(step))
    found = [updated(generator)(state, ROWS)[0].params['discriminator'] for generator in (heavy, none)]
    assert (distance(*found) > 1e-5) == apart


def test_two_devices_stay_the_same():
  generator = gan((3,), 2, preset='sngan', norm_discriminator='batch', **{**SMALL, 'minibatch_std': 2})
  state = started(generator)
  parts = jax.tree.map(lambda a: a.reshape(2, 4, *a.shape[1:]), ROWS)
  run = jax.pmap(lambda state, batch: generator.update(state, batch, 'device'), axis_name='device', in_axes=(None, 0))
  both, metrics = run(state, parts)
  for leaf in jax.tree.leaves((plain(both), metrics)):
    np.testing.assert_array_equal(leaf[0], leaf[1])
  assert distance(jax.tree.map(lambda a: a[0], both.params), state.params) > 0


def test_images_are_augmented_and_ada_follows_overfitting():
  generator = gan((4, 4, 1), 2, width=2, latent=4, augment='ada', ada_images=16, ada_target=-1.1, learning_rate=1e-9)
  run, state = updated(generator), started(generator)
  for step in range(4):
    state, metrics = run(state, IMAGES)
    assert metrics['ada_probability'] == (step == 3)  # 4 steps of 4 rows are ada_images; always above the target
  assert set(state.memory) == {'probability', 'signs'}
  drawn = jax.jit(generator.sample)(evaluated(state), jax.random.key(1), CLASSES)
  assert drawn.shape == (2, 4, 4, 1) and np.abs(drawn).max() <= 1


def test_a_drawn_row_does_not_depend_on_the_others():
  generator = gan((3,), 2, preset='sngan', **SMALL)
  state, _ = updated(generator)(started(generator), ROWS)
  draw = jax.jit(generator.sample)
  one = draw(evaluated(state), jax.random.key(1), CLASSES[[0, 1, 1, 0]])
  other = draw(evaluated(state), jax.random.key(1), CLASSES[[0, 0, 0, 0]])
  np.testing.assert_allclose(one[::3], other[::3], atol=1e-6)
  assert np.abs(one[1] - other[1]).max() > 1e-3
  assert set(evaluated(state)['batch_stats']) == {'generator'}  # running statistics


def test_it_learns_two_classes():
  label = RANDOM.integers(0, 2, 512)
  middle = np.float32([[-0.5, 0.3], [0.5, 0.1]])
  encoded = (middle[label] + 0.1 * RANDOM.normal(size=(512, 2))).astype(np.float32)
  generator = gan((2,), 2, width=32, latent=4, learning_rate=2e-3, ema=0.99)
  examples = {'encoded': encoded, 'condition': CLASSES[label]}
  found = synthesize.fit(generator, examples, jax.random.key(0), steps=400, batch_size=64, steps_per_call=50)
  drawn = jax.jit(generator.sample)(found.variables, jax.random.key(1), CLASSES[[0] * 200 + [1] * 200])
  means = np.asarray(drawn).reshape(2, 200, 2).mean(1)
  np.testing.assert_allclose(means, middle, atol=0.1)
  assert 0.03 < np.asarray(drawn)[:200].std(0).mean() < 0.2  # not one point


def test_what_does_not_fit_is_told():
  with pytest.raises(InputError, match="gan.preset: 'gan' is unknown"):
    gan((3,), preset='gan')
  generator = gan((3,), 2, **{**SMALL, 'minibatch_std': 3})
  with pytest.raises(InputError, match="gan.minibatch_std: 3 does not divide a device's 8 rows"):
    jax.eval_shape(lambda state: generator.update(state, ROWS, None), jax.eval_shape(generator.init, jax.random.key(0)))
