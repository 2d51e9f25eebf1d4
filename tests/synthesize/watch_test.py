"""The detectors as a check of `fit`: they see what a generator draws, seed by seed, and a GAN's discriminator beside it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import synthesize
from jaxaug.synthesize.generator import Generator, first_state
from jaxaug.types import InputError

SETTINGS = dict(rows=60)


def copier(shrink):
  """Draws around its class's center, which it holds as parameters; each update makes the scatter `shrink` times as wide."""
  optimizer = optax.sgd(0.0)
  init = lambda key: first_state(key, {'width': jnp.float32(1)}, optimizer)

  def update(state, batch, axis=None):
    params = {'width': state.params['width'] * shrink}
    kept = {'params': params, 'batch_stats': {}}
    return state._replace(step=state.step + 1, params=params, ema=kept), {'loss': params['width']}

  def sample(variables, key, condition):
    return condition @ jnp.eye(3, 2) * 5 + variables['params']['width'] * jax.random.normal(key, (len(condition), 2))

  return Generator(init, update, sample)


def examples(seeds=0, size=90):
  label = np.arange(size) % 3
  rows = lambda seed: (np.eye(3, 2)[label] * 5 + np.random.default_rng(seed).normal(size=(size, 2))).astype(np.float32)
  condition = np.eye(3, dtype=np.float32)[label]
  if not seeds:
    return {'encoded': rows(0), 'condition': condition}
  return {'encoded': np.stack([rows(s) for s in range(seeds)]), 'condition': np.stack([condition] * seeds)}


def test_a_generator_that_narrows_is_brought_back_and_its_last_good_weights_stay(capsys):
  generator = copier(0.5)
  check = synthesize.watch(generator, examples(2), settings=SETTINGS)
  keys = jax.random.split(jax.random.key(0), 2)
  found = synthesize.fit(generator, examples(2), keys, steps=8, batch_size=4, check_every=1, steps_per_call=1, check=check)
  spread = np.array([row['spread'] for row in found.history])
  np.testing.assert_allclose(spread[1] / spread[0], 0.5, rtol=1e-3)  # of the same draws
  assert found.step.tolist() == [3, 3] and not found.collapsed.any() and 0.1 < spread[2].min() < 0.15
  assert 'the generator of seeds [0, 1] collapsed before step 4; back to step 3' in capsys.readouterr().out
  assert any(
    'mode collapse, seed 1: distance between draws of classes 0, 1, 2 is down to' in line for line in found.warnings
  )


def test_a_healthy_one_raises_nothing_and_its_numbers_are_in_the_history():
  generator = copier(1.0)
  check = synthesize.watch(generator, examples(), settings=SETTINGS)
  found = synthesize.fit(generator, examples(), jax.random.key(0), steps=2, batch_size=4, check_every=1, check=check)
  assert not found.rollbacks and not found.warnings and not found.collapsed
  row = found.history[0]
  assert row['coverage'] == 1 and row['agreement'] > 0.9 and len(row['class_agreement']) == 3 and row['warnings'] == {}


def test_draws_are_looked_at_as_rows_of_the_data():
  generator, state = copier(1.0), copier(1.0).init(jax.random.key(0))
  wide = {**examples(), 'encoded': examples()['encoded']}
  numbers = synthesize.watch(generator, wide, settings=SETTINGS, decode=lambda s, rows: np.asarray(rows) ** 3)(state, 1)
  plain = synthesize.watch(generator, wide, settings=SETTINGS)(state, 1)
  assert numbers['spread'] != plain['spread']


def test_a_discriminator_is_asked_about_train_validation_and_draws():
  generator = synthesize.gan((2,), 3, width=8, latent=4, minibatch_std=4)
  check = synthesize.watch(
    generator, examples(2), validation=jax.tree.map(lambda a: a[:, :31], examples(2)), settings=SETTINGS
  )
  state = jax.jit(jax.vmap(generator.init))(jax.random.split(jax.random.key(0), 2))
  numbers = check(state, 0)
  assert {'sign_train', 'sign_drawn', 'gap', 'gap_doubt'} <= set(numbers) and numbers['gap'].shape == (2,)
  one = jax.tree.map(lambda a: a[0], state)
  x, condition = (jnp.asarray(examples()[field][:8]) for field in ('encoded', 'condition'))
  assert jax.jit(generator.judge)(one, x[:5], condition[:5]).shape == (5,)  # groups of 4 do not divide 5


def test_without_a_condition_there_is_one_class():
  bare = Generator(copier(1.0).init, copier(1.0).update, lambda variables, key, c: jax.random.normal(key, (len(c), 2)) * 5)
  given = {'encoded': examples()['encoded'], 'condition': np.zeros((90, 0), np.float32)}
  numbers = synthesize.watch(bare, given, settings=SETTINGS)(bare.init(jax.random.key(0)), 1)
  assert numbers['coverage'] == 1 and numbers['class_spread'].shape == (1,) and not numbers['collapsed']


@pytest.mark.parametrize(
  ('settings', 'told'),
  (
    (dict(rwos=3), "detectors: 'rwos' is unknown"),
    (dict(rows=1), 'detectors.rows: 1 must be at least 2'),
    (dict(classifier='svm'), "detectors.classifier: 'svm' is unknown"),
  ),
)
def test_bad_input_is_told(settings, told):
  with pytest.raises(InputError, match=told):
    synthesize.watch(copier(1.0), examples(), settings=settings)
