"""Views are drawn apart, the image stays, sizes are the sources'."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

BATCH = {'image': jax.random.uniform(jax.random.key(0), (6, 28, 28, 3)), 'label': jnp.eye(6)}


def test_simclr_adds_two_views_and_leaves_the_image():
  out = jax.jit(lambda key: augment.simclr()(key, BATCH, None))(jax.random.key(1))
  assert out['views'].shape == (6, 2, 28, 28, 3) and (out['image'] == BATCH['image']).all()
  assert (np.asarray(out['views'][:, 0] != out['views'][:, 1])).any((1, 2, 3)).all()
  assert out['views'].min() >= 0 and out['views'].max() <= 1


def test_multicrop_has_two_large_and_six_small():
  out = jax.eval_shape(lambda key: augment.multicrop()(key, BATCH, None), jax.random.key(1))
  assert out['views'].shape == (6, 2, 28, 28, 3) and out['views_small'].shape == (6, 6, 12, 12, 3)
  assert set(out) == {'image', 'label', 'views', 'views_small'}


def test_views_of_the_identity_are_the_image():
  out = augment.views(augment.identity, 3)(jax.random.key(0), BATCH, None)['views']
  assert out.shape[1] == 3 and (out == BATCH['image'][:, None]).all()


def test_grey_and_blur_come_as_often_as_asked_for():
  many = {'image': jax.random.uniform(jax.random.key(0), (400, 6, 6, 3))}
  grey = augment.random_grayscale(0.3)(jax.random.key(2), many, None)['image']
  equal = np.asarray(jnp.ptp(grey, -1).max((1, 2)) == 0)
  assert abs(equal.mean() - 0.3) < 0.08
  blurred = augment.random_blur(0.4, 0.5, 1.0, 2)(jax.random.key(3), many, None)['image']
  changed = np.asarray(blurred != many['image']).any((1, 2, 3))
  assert abs(changed.mean() - 0.4) < 0.08
  assert (np.asarray(blurred).std((1, 2, 3)) < np.asarray(many['image']).std((1, 2, 3)) * 0.95)[changed].all()


@pytest.mark.parametrize(
  'make, name',
  (
    (lambda: augment.views(augment.identity, 0), 'views.count'),
    (lambda: augment.multicrop(boundary=0.01), 'boundary'),
    (lambda: augment.random_blur(smallest=3.0), 'smallest'),
    (lambda: augment.random_grayscale(2.0), 'probability'),
  ),
)
def test_bad_arguments_are_named(make, name):
  with pytest.raises(InputError, match=name):
    make()


def test_colours_of_simclr_change_as_often_as_the_source_says():
  plain = {'image': jnp.broadcast_to(jnp.array([0.3, 0.5, 0.6]), (200, 8, 8, 3))}  # crops and flips do not show
  seen = np.asarray(jax.jit(lambda key: augment.simclr()(key, plain, None))(jax.random.key(1))['views'])[:, :, 4, 4]
  same = np.isclose(seen, [0.3, 0.5, 0.6], atol=1e-3).all(-1)
  assert abs(same.mean() - 0.2 * 0.8) < 0.06 and seen[~same].std(0).min() > 0.05


def test_small_views_show_little_and_large_ones_more():
  ramp = jnp.stack([*jnp.meshgrid(jnp.linspace(0, 1, 28), jnp.linspace(0, 1, 28)), jnp.zeros((28, 28))], -1)
  many = {'image': jnp.broadcast_to(ramp, (30, 28, 28, 3))}
  make = augment.multicrop(strength=0.0)
  out = jax.jit(lambda key: make(key, many, None))(jax.random.key(1))
  area = {}
  for name in ('views', 'views_small'):
    views = np.asarray(out[name]).reshape(-1, *out[name].shape[2:])
    views = views[np.ptp(views[..., 2], (1, 2)) == 0]  # those that are not grey
    area[name] = np.ptp(views[..., 0], (1, 2)) * np.ptp(views[..., 1], (1, 2))
  assert area['views_small'].max() < 0.16 and area['views'].mean() > 0.35
