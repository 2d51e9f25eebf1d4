"""AugMix stays between the image and what ops make of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, data
from jaxaug.types import InputError

BATCH = data.as_batch({'image': np.random.default_rng(0).integers(0, 256, (24, 9, 9, 3), np.uint8), 'label': jnp.eye(24)})


def test_one_chain_lies_on_the_line_from_image_to_chain():
  key = jax.random.key(0)
  done = augment.augmix(width=1)(jax.random.clone(key), BATCH, None)['image']
  key_chain = jax.random.split(key, 3)[2]
  pixels = jnp.round(BATCH['image'] * 255).astype(jnp.uint8)
  chain = data.as_batch({'image': augment.apply_policy(key_chain, pixels, augment.augmix_policy(), 'iid')})['image']
  moved, whole = np.asarray(done - BATCH['image']), np.asarray(chain - BATCH['image'])
  share = (moved * whole).sum((1, 2, 3)) / np.maximum((whole**2).sum((1, 2, 3)), 1e-9)
  assert np.allclose(moved, share[:, None, None, None] * whole, atol=1e-5)
  assert (share >= -1e-6).all() and (share <= 1 + 1e-6).all() and np.ptp(share) > 0.5


def test_images_stay_in_range_and_labels_stay():
  done = jax.jit(lambda key, batch: augment.augmix()(key, batch, None))(jax.random.key(1), BATCH)
  assert done['image'].min() >= 0 and done['image'].max() <= 1 and (done['label'] == BATCH['label']).all()
  assert (done['image'] != BATCH['image']).any()


def test_views_leave_the_image_clean():
  done = augment.augmix(views=2)(jax.random.key(1), BATCH, None)
  assert (done['image'] == BATCH['image']).all() and done['views'].shape == (24, 2, 9, 9, 3)
  assert (done['views'][:, 0] != done['views'][:, 1]).any()


def test_chains_are_one_to_three_deep():
  draws = augment.draw(jax.random.key(0), 300, augment.augmix_policy(), 32, 'iid')
  depth = (np.array(augment.op_names(augment.augmix_policy()))[np.asarray(draws.op)] != 'Identity').sum(0)
  assert set(depth) == {1, 2, 3} and (np.bincount(depth)[1:] > 70).all()


@pytest.mark.parametrize(
  'bad', ({'severity': 0}, {'severity': 11}, {'width': 0}, {'alpha': 0.0}, {'depth': -1}, {'views': -1})
)
def test_bad_arguments_are_named(bad):
  with pytest.raises(InputError, match=next(iter(bad))):
    augment.augmix(**bad)


def test_integer_images_are_refused():
  with pytest.raises(InputError, match='augmix: image is uint8'):
    augment.augmix()(jax.random.key(0), {'image': np.zeros((2, 4, 4, 3), np.uint8)}, None)


def test_weights_are_drawn_for_each_image_and_sum_to_one():
  key = jax.random.key(3)
  done = np.asarray(augment.augmix(10, depth=1)(jax.random.clone(key), BATCH, None)['image']).reshape(24, -1)
  pixels = jnp.round(BATCH['image'] * 255).astype(jnp.uint8)
  policy = augment.augmix_policy(10, depth=1)
  chains = [np.asarray(augment.apply_policy(k, pixels, policy, 'iid')) / 255 for k in jax.random.split(key, 5)[2:]]
  parts = np.stack([np.asarray(BATCH['image']), *chains], -1).reshape(24, -1, 4)
  found = np.stack([np.linalg.lstsq(part, out, rcond=None)[0] for part, out in zip(parts, done)])
  told = [i for i in range(24) if np.linalg.matrix_rank(parts[i], 1e-2) == 4]
  weights = found[told, 1:] / found[told, 1:].sum(1, keepdims=True)
  assert len(told) > 8 and np.allclose(found[told].sum(1), 1, atol=1e-3)
  assert (weights > -1e-3).all() and (weights.std(0) > 0.1).all()  # Dirichlet(1, 1, 1) has .24
