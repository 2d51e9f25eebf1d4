"""Augmentations out of augmentations: order, keys, nothing lost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.augment import compose, fixed, identity, mixup, standard

BATCH = {'image': jnp.arange(6.0).reshape(2, 1, 3, 1), 'label': jnp.eye(2), 'id': jnp.arange(2)}


def scaled(factor):
  return lambda key, batch, model: {**batch, 'image': batch['image'] * factor}


def shifted(key, batch, model):
  return {**batch, 'image': batch['image'] + 1}


def drawing(name):
  return lambda key, batch, model: {**batch, name: jax.random.uniform(key, (2,))}


def test_augmentations_run_in_the_order_given():
  key = jax.random.key(0)
  assert (compose(scaled(2), shifted)(key, BATCH, None)['image'] == BATCH['image'] * 2 + 1).all()
  assert (compose(shifted, scaled(2))(jax.random.key(0), BATCH, None)['image'] == (BATCH['image'] + 1) * 2).all()


def test_each_augmentation_gets_a_key_of_its_own():
  run = jax.jit(lambda key: compose(drawing('a'), drawing('b'), drawing('c'))(key, BATCH, None))
  out = run(jax.random.key(0))
  assert len(np.unique([out[name] for name in 'abc'])) == 6
  assert set(out) == {*BATCH, 'a', 'b', 'c'} and (out['a'] == run(jax.random.key(0))['a']).all()
  assert (out['a'] != run(jax.random.key(1))['a']).all()


def test_the_model_reaches_every_augmentation():
  noting = lambda key, batch, model: {**batch, 'seen': batch.get('seen', ()) + (model,)}
  assert compose(noting, noting)(jax.random.key(0), BATCH, 'model')['seen'] == ('model', 'model')


def test_nothing_composed_is_the_identity():
  assert compose() is identity and identity(None, BATCH, None) is BATCH


@pytest.mark.parametrize('augment', (standard(1), mixup(0.5), compose(standard(1), mixup(0.5))))
def test_a_key_used_twice_is_noticed(augment):
  twice = lambda key: augment(key, BATCH, None)['image'] + augment(key, BATCH, None)['image']
  with pytest.raises(jax.errors.KeyReuseError):
    jax.jit(twice)(jax.random.key(0))


def test_fixed_has_no_memory():
  adaptive = fixed(shifted)
  memory = adaptive.init(jax.random.key(0), BATCH)
  assert jax.tree.leaves(memory) == [] and adaptive.augment(memory, jnp.int32(3)) is shifted
  assert adaptive.update(memory, BATCH, jnp.zeros(2)) == memory
