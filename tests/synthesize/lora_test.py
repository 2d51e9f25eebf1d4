"""Low-rank changes of a pretrained generator: none at first, of no more than their rank, and enough for a new class."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import synthesize
from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.lora import fine_tuned, lora
from jaxaug.types import InputError

NEW = np.array([[3.0, 0.0, -3.0]], np.float32) / 2


def blobs(label, size, seed=0):
  centers = np.concatenate([np.array([[-1, -1, -1], [1, 1, 1]], np.float32), NEW])
  encoded = centers[np.full(size, label) if np.isscalar(label) else label] / 2
  encoded = encoded + 0.1 * np.random.default_rng(seed).normal(size=(size, 3)).astype(np.float32)
  return {'encoded': encoded, 'condition': np.eye(3, dtype=np.float32)[np.broadcast_to(label, size)]}


@pytest.fixture(scope='module')
def pretrained():
  generator = synthesize.edm((3,), 3, width=16, depth=1, learning_rate=1e-2, ema=0.9, sample_steps=6)
  found = synthesize.fit(generator, blobs(np.arange(128) % 2, 128), jax.random.key(0), steps=200, batch_size=64)
  return generator, found.variables


@pytest.mark.parametrize('shape', ((3,), (8, 8, 1)))  # the second has convolutions and attention
def test_the_first_draws_are_the_pretrained_ones(shape):
  generator = synthesize.edm(shape, 3, width=8, depth=1, sample_steps=3)
  held = jax.jit(generator.init)(jax.random.key(1)).ema
  held = jax.tree.map(lambda a: a + 0.1, held)  # what starts at zero, too
  adapted = lora(generator, held, rank=2)
  first = jax.jit(adapted.init)(jax.random.key(3))
  batch, key = {'encoded': np.ones((3, *shape), np.float32), 'condition': np.eye(3, dtype=np.float32)}, jax.random.key(2)
  ours = jax.jit(adapted.loss)(first.params, jax.random.clone(key), batch)
  np.testing.assert_array_equal(ours, jax.jit(generator.loss)(held['params'], jax.random.clone(key), batch))
  if shape == (3,):
    ours = jax.jit(adapted.sample)(evaluated(first), jax.random.clone(key), batch['condition'])
    np.testing.assert_array_equal(ours, jax.jit(generator.sample)(held, key, batch['condition']))


def test_only_the_changes_are_learnt_and_they_are_of_their_rank(pretrained):
  generator, held = pretrained
  before = jax.tree.map(np.array, held)
  adapted = lora(generator, held, rank=2, alpha=6.0)
  found = synthesize.fit(adapted, blobs(2, 10), jax.random.key(1), steps=30, batch_size=10)
  jax.tree.map(np.testing.assert_array_equal, before, held)
  leaves = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(held['params'])}
  assert set(found.variables['params']) == {name for name in leaves if 'kernel' in name}
  for name, pair in found.variables['params'].items():
    change = pair['a'] @ pair['b']
    assert change.shape == leaves[name].shape and 1 <= np.linalg.matrix_rank(change, tol=1e-6) <= 2
  small = {'params': jax.tree.map(lambda a: jnp.asarray(a), found.variables['params'])}
  by_hand = jax.tree_util.tree_map_with_path(
    lambda path, leaf: (
      leaf + 3.0 * small['params'][name]['a'] @ small['params'][name]['b']
      if (name := jax.tree_util.keystr(path)) in small['params']
      else leaf
    ),
    held['params'],
  )
  key, condition = jax.random.key(2), np.eye(3, dtype=np.float32)
  ours = adapted.sample(small, jax.random.clone(key), condition)
  np.testing.assert_allclose(ours, generator.sample({'params': by_hand}, key, condition), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('kind', (lora, fine_tuned))
def test_a_new_class_is_learnt_from_ten_examples(kind, pretrained):
  generator, held = pretrained
  adapted = kind(generator, held) if kind is fine_tuned else lora(generator, held, rank=2, learning_rate=1e-2, ema=0.9)
  asked = np.eye(3, dtype=np.float32)[np.full(64, 2)]
  key = jax.random.key(5)
  before = np.asarray(generator.sample(held, jax.random.clone(key), asked))
  found = synthesize.fit(adapted, blobs(2, 10), jax.random.key(1), steps=150, batch_size=10)
  after = np.asarray(adapted.sample(found.variables, key, asked))
  away = lambda rows: np.linalg.norm(rows.mean(0) - NEW[0] / 2)
  assert away(after) < 0.25 < 0.5 < away(before)


@pytest.mark.parametrize(
  ('given', 'told'), ((dict(rank=0), 'rank 0'), (dict(alpha=0.0), 'alpha 0.0'), (dict(ema=1.0), 'ema 1.0'))
)
def test_bad_input_is_told(given, told, pretrained):
  with pytest.raises(InputError, match=told):
    lora(*pretrained, **given)


def test_a_gan_has_no_one_loss():
  generator = synthesize.gan((3,), 2)
  with pytest.raises(InputError, match='no loss of its own'):
    lora(generator, generator.init(jax.random.key(0)).ema)
  with pytest.raises(InputError, match='no loss of its own'):
    fine_tuned(generator, {})
