"""A private GAN: what one real row can move, what is refused, and that it learns where noise is small."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.synthesize import GANS, Mechanism, dp_epsilon, dp_gan, fit, padded_size, poisson_rows, spending
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
CLASSES = np.eye(2, dtype=np.float32)
SMALL = dict(network='perceptron', width=8, latent=4, penalty='none')
MECHANISM = Mechanism(rows=20, batch_size=3, noise=1e-6, delta=1e-5, clip=0.01)
BATCH = {
  'encoded': RANDOM.normal(size=(1, 6, 3)).astype(np.float32),
  'condition': CLASSES[[[0, 1, 1, 0, 1, 0]]],
  'weight': np.float32([[1, 1, 1, 1, 1, 0]]),
}
IMAGES = BATCH | {'encoded': RANDOM.uniform(-1, 1, (1, 6, 4, 4, 1)).astype(np.float32)}


def runs(generator, seed=0):
  return jax.jit(generator.init)(jax.random.key(seed)), jax.jit(lambda state, batch: generator.update(state, batch, None))


def plain(state):
  """With the key as numbers."""
  return state._replace(key=jax.random.key_data(state.key))


def flat(tree):
  return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(tree)])


def gradient(state, beta1=0.5):
  """What D's first update went by: Adam's first moment over (1 - beta1)."""
  return flat(state.opt_state['discriminator'][0].mu) / (1 - beta1)


def changed(batch, row, **fields):
  batch = jax.tree.map(np.copy, batch)
  for field, value in fields.items():
    batch[field][0, row] = value
  return batch


@pytest.mark.parametrize(
  'settings',
  [
    dict(augment='diffaugment', penalty='r1', penalty_weight=1.0),
    dict(preset='sngan', norm='pixel', penalty='gp', penalty_weight=10.0),
  ],
  ids=('augmented_r1', 'spectral_gp'),
)
def test_a_row_moves_the_gradient_by_the_clip_at_most_and_no_other_row(settings):
  batch = IMAGES if 'augment' in settings else BATCH
  settings = {**SMALL, 'beta1': 0.5, **settings}
  state, update = runs(dp_gan(batch['encoded'].shape[2:], 2, mechanism=MECHANISM, settings=settings, piece=4))
  reach = MECHANISM.clip / MECHANISM.batch_size
  there = gradient(update(state, batch)[0])
  gone = gradient(update(state, changed(batch, 2, weight=0))[0])
  assert np.linalg.norm(there - gone) == pytest.approx(reach, rel=1e-3)  # each gradient is longer than the clip
  other = gradient(update(state, changed(batch, 2, encoded=50.0, condition=CLASSES[0]))[0])
  assert 0 < np.linalg.norm(gone - other) <= reach * (1 + 1e-3)
  padding = update(state, changed(batch, 5, encoded=50.0, condition=CLASSES[1]))[0]
  np.testing.assert_array_equal(gradient(padding), there)
  if settings.get('preset') == 'sngan':  # the power iteration goes on, by the weights alone
    np.testing.assert_array_equal(*[flat(one.batch_stats['discriminator']) for one in (padding, update(state, batch)[0])])
    assert np.abs(flat(padding.batch_stats['discriminator']) - flat(state.batch_stats['discriminator'])).max() > 1e-4


def test_each_update_of_d_has_rows_of_its_own_metrics_read_none_and_the_shares_choose_the_classes():
  generator = dp_gan((3,), 2, mechanism=MECHANISM._replace(batches=2), settings=SMALL, shares=(1.0, 0.0))
  state, update = runs(generator)
  batch = jax.tree.map(lambda a: np.concatenate([a, a]), BATCH)
  second = jax.tree.map(np.copy, batch)
  second['weight'][1] = 0
  both, metrics = update(state, batch)
  assert set(metrics) == {'loss_generator', 'fake_score'} and both.step == 1
  assert both.opt_state['discriminator'][0].count == 2 and both.opt_state['generator'][0].count == 1
  assert np.abs(flat(both.params['discriminator']) - flat(update(state, second)[0].params['discriminator'])).max() > 0
  moments = jax.tree.leaves(both.opt_state['generator'][0].mu)
  (first,) = [leaf for leaf in moments if leaf.shape == (4 + 2, 8)]  # z beside the class
  assert (np.abs(first[4:]).max(1) > 0).tolist() == [True, False]


def test_two_devices_stay_the_same_with_the_noise_of_one():
  generator = dp_gan((3,), 2, mechanism=MECHANISM._replace(noise=1e4), settings={**SMALL, 'width': 64, 'beta1': 0.5})
  state = jax.jit(generator.init)(jax.random.key(0))
  parts = jax.tree.map(lambda a: np.stack([a[:, :3], a[:, 3:]]), BATCH)
  run = jax.pmap(lambda state, batch: generator.update(state, batch, 'device'), axis_name='device', in_axes=(None, 0))
  both, metrics = run(state, parts)
  for leaf in jax.tree.leaves((plain(both), metrics)):
    np.testing.assert_array_equal(leaf[0], leaf[1])
  assert gradient(jax.tree.map(lambda a: a[0], plain(both))).std() == pytest.approx(1e4 * 0.01 / 3, rel=0.05)


def test_it_learns_two_classes_and_tells_what_it_spent():
  label = RANDOM.integers(0, 2, 512)
  middle = np.float32([[-0.5, 0.3], [0.5, 0.1]])
  examples = {
    'encoded': (middle[label] + 0.1 * RANDOM.normal(size=(512, 2))).astype(np.float32),
    'condition': CLASSES[label],
  }
  mechanism = Mechanism(rows=512, batch_size=64, noise=0.3, delta=1e-4)
  settings = dict(width=32, latent=4, learning_rate=2e-3, ema=0.99, penalty='none')
  generator = dp_gan((2,), 2, mechanism=mechanism, settings=settings)
  batches = dict(batch_size=padded_size(mechanism, 2), draw=poisson_rows(mechanism, 'device'))
  checks = dict(check=spending(mechanism), check_every=200, steps_per_call=50)
  found = fit(generator, examples, jax.random.key(0), steps=400, **batches, **checks)
  assert [row['epsilon'] for row in found.history] == [dp_epsilon(0.3, 1 / 8, steps, 1e-4) for steps in (200, 400)]
  drawn = jax.jit(generator.sample)(found.variables, jax.random.key(1), CLASSES[[0] * 200 + [1] * 200])
  np.testing.assert_allclose(np.asarray(drawn).reshape(2, 200, 2).mean(1), middle, atol=0.15)


@pytest.mark.parametrize('preset', [name for name in GANS if name not in ('series', 'wavegan')])
def test_presets_that_couple_rows_are_refused_until_they_do_not(preset):
  held = GANS[preset]
  alone = dict(preset=preset, width=2, latent=4)
  for field, value, none in (('norm_discriminator', 'batch', 'none'), ('minibatch_std', 32, 0), ('norm', 'batch', 'pixel')):
    if held.get(field) == value:
      if not (preset == 'wgan' and field == 'norm'):
        with pytest.raises(InputError, match=f'dp_gan.{field}: '):
          dp_gan((8, 8, 1), 2, mechanism=MECHANISM, settings=alone)
      alone[field] = none
  if held.get('augment') == 'ada':
    with pytest.raises(InputError, match="dp_gan.augment: 'ada' follows"):
      dp_gan((8, 8, 1), 2, mechanism=MECHANISM, settings=alone)
    alone['augment'] = 'diffaugment'
  generator = dp_gan((8, 8, 1), 2, mechanism=MECHANISM, settings=alone)
  state = jax.eval_shape(generator.init, jax.random.key(0))
  batch = BATCH | {'encoded': np.zeros((1, 6, 8, 8, 1), np.float32)}
  after, _ = jax.eval_shape(lambda state: generator.update(state, batch, None), state)
  shapes = lambda tree: jax.tree.map(lambda a: (a.shape, a.dtype), tree)
  assert shapes(after) == shapes(state)


def test_what_does_not_fit_is_told():
  for settings, message in (
    (dict(discriminator_steps=2), 'dp_gan.settings.discriminator_steps: '),
    (dict(widht=2), "dp_gan.settings: 'widht' is unknown. Did you mean 'width'"),
  ):
    with pytest.raises(InputError, match=message):
      dp_gan((3,), mechanism=MECHANISM, settings=settings)
  for settings in (dict(preset='series', lengths=True), dict(preset='wavegan')):
    with pytest.raises(InputError, match='dp_gan.lengths: True' if 'lengths' in settings else "dp_gan.network: 'wavegan'"):
      dp_gan((64, 2), mechanism=MECHANISM, settings=settings)
  with pytest.raises(InputError, match=r'dp_gan.shares: \[1.0\] must be 2 numbers'):
    dp_gan((3,), 2, mechanism=MECHANISM, shares=(1.0,))
  with pytest.raises(InputError, match='mechanism.noise: 0 must be above 0'):
    dp_gan((3,), mechanism=MECHANISM._replace(noise=0))
  generator = dp_gan((3,), 2, mechanism=MECHANISM, settings=SMALL)
  without = {'encoded': jnp.zeros((6, 3)), 'condition': jnp.zeros((6, 2))}
  with pytest.raises(InputError, match='needs 1 batches of poisson_rows'):
    jax.eval_shape(lambda state: generator.update(state, without, None), jax.eval_shape(generator.init, jax.random.key(0)))
