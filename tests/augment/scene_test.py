"""Textures stay on the object, backgrounds off it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment.scene import KINDS, foreground, texture
from jaxaug.types import InputError

COUNT, SIDE = 40, 16
OBJECT = np.zeros((COUNT, SIDE, SIDE), bool)
for i in range(COUNT):
  OBJECT[i, 3 : 9 + i % 4, 4 : 12 - i % 3] = True
LEVEL = np.float32(0.3) + np.arange(COUNT, dtype=np.float32)[:, None, None, None] / 100
BATCH = {'image': jnp.asarray(np.where(OBJECT[..., None], LEVEL, 0) * np.ones(3, np.float32)), 'label': jnp.eye(COUNT)}
MASKED = {'image': jnp.asarray(LEVEL * np.ones((1, SIDE, SIDE, 3), np.float32)), 'mask': jnp.asarray(OBJECT * 7)}


def drawn(make, batch, seed=0):
  return np.asarray(jax.jit(lambda key: make(key, batch, None)['image'])(jax.random.key(seed)))


def test_a_texture_stays_on_the_object():
  before = np.asarray(MASKED['image'])
  after = drawn(augment.random_texture(amount=(0.3, 0.3), kinds=('flat',)), MASKED)
  assert (after[~OBJECT] == before[~OBJECT]).all()
  paint = (after - 0.7 * before) / 0.3
  for one, front in zip(paint, OBJECT):
    assert np.ptp(one[front], 0).max() < 1e-5
  colors = paint[:, 5, 6]
  assert -1e-5 < colors.min() < 0.1 and 0.9 < colors.max() < 1 + 1e-5 and np.ptp(colors, 1).min() > 0


def test_amounts_are_drawn_in_their_range_for_uint8_too():
  black = {'image': jnp.zeros((COUNT, SIDE, SIDE, 1), jnp.uint8), 'mask': jnp.asarray(OBJECT * 1)}
  after = drawn(augment.random_texture(amount=(0.0, 0.4)), black)
  assert after.dtype == np.uint8 and 0.2 * 255 < after.max() <= 0.4 * 255 and (after[~OBJECT] == 0).all()


def test_each_kind_is_what_it_is_called():
  keys = jax.random.split(jax.random.key(0), 12)
  paint = lambda key: jnp.stack([texture(jax.random.clone(key), 18, 24, 1, (0.1, 0.3), (kind,)) for kind in KINDS])
  made = dict(zip(KINDS, np.asarray(jax.jit(jax.vmap(paint, out_axes=1))(keys))[..., 0]))
  assert all(one.min() >= 0 and one.max() <= 1 and np.ptp(one, 0).max() > 0.5 for one in made.values())
  assert [len(np.unique(made[kind][0])) for kind in ('flat', 'stripes', 'checkerboard')] == [1, 2, 2]
  bends = {kind: np.abs(np.diff(made[kind], 2, 1)).mean() for kind in KINDS}
  assert bends['gradient'] < 1e-6 < 1e-3 < bends['noise'] < bends['stripes'] < bends['checkerboard']


def test_all_kinds_are_drawn():
  keys = jax.random.split(jax.random.key(1), 200)
  paint = np.asarray(jax.jit(jax.vmap(lambda key: texture(key, 16, 16, 1, (0.2, 0.2), KINDS)))(keys))
  flat, two = (np.mean([len(np.unique(one)) == n for one in paint]) for n in (1, 2))
  assert 0.1 < flat < 0.3 and 0.25 < two < 0.55


def test_a_background_leaves_the_object():
  before = np.asarray(BATCH['image'])
  after = drawn(augment.random_background(probability=1.0), BATCH)
  assert (after[OBJECT] == before[OBJECT]).all()
  assert (after != before).any((1, 2, 3)).mean() > 0.7  # black borrowed for black changes nothing
  assert after.min() >= 0 and after.max() <= 1


def test_shares_of_backgrounds():
  before = np.asarray(MASKED['image'])
  changed = [
    (drawn(augment.random_background(probability=0.5), MASKED, s) != before).any((1, 2, 3)).mean() for s in range(4)
  ]
  assert 0.35 < np.mean(changed) < 0.65


def test_another_image_is_never_the_image_itself():
  back = drawn(augment.random_background(probability=1.0, other=1.0), MASKED)[:, 0, 0, 0]
  levels = LEVEL[:, 0, 0, 0]
  assert np.isin(back, levels).all() and (back != levels).all() and len(np.unique(back)) > 10


def test_uint8_stays_uint8_and_its_object_too():
  pixels = {'image': (BATCH['image'] * 255).astype(jnp.uint8)}
  assert (np.asarray(foreground(pixels, 0.02)) == OBJECT).all()
  after, before = drawn(augment.random_background(), pixels), np.asarray(pixels['image'])
  assert after.dtype == np.uint8 and (after[OBJECT] == before[OBJECT]).all() and after[~OBJECT].max() > 200


def test_the_threshold_is_of_brightness():
  image = jnp.array([0.0, 0.02, 0.1, 0.5])[None, :, None, None] * jnp.array([0, 1.0, 0])[None, None, None]
  assert foreground({'image': image}, 0.05)[0, :, 0].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
  'make, words',
  (
    (lambda: augment.random_texture(kinds=('stripe',)), "random_texture.kinds: 'stripe' is unknown. Did you mean 'stripes'"),
    (lambda: augment.random_texture(kinds=()), 'random_texture.kinds'),
    (lambda: augment.random_texture(amount=(0.5, 2.0)), 'random_texture.amount'),
    (lambda: augment.random_background(cell=(0.0, 0.5)), 'random_background.cell'),
    (lambda: augment.random_background(probability=2.0), 'random_background.probability'),
    (lambda: augment.random_background(other=-1.0), 'random_background.other'),
    (lambda: augment.random_background(threshold=3.0), 'random_background.threshold'),
  ),
)
def test_bad_arguments_are_named(make, words):
  with pytest.raises(InputError, match=words):
    make()
