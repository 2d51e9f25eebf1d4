"""Colour jitter and random resized crops: ranges, order, windows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

IMAGE = jax.random.uniform(jax.random.key(0), (64, 9, 8, 3), minval=0.2, maxval=0.6)


def test_brightness_alone_is_a_factor_in_range():
  out = augment.color_jitter(0.3, 0, 0, 0)(jax.random.key(1), {'image': IMAGE}, None)['image']
  factor = np.asarray(out / IMAGE).reshape(64, -1)
  assert np.ptp(factor, axis=1).max() < 1e-4 and factor.min() >= 0.7 - 1e-5 and factor.max() <= 1.3 + 1e-5
  assert np.ptp(factor[:, 0]) > 0.4


def test_hue_keeps_value_and_nothing_is_nothing():
  out = augment.color_jitter(0, 0, 0, 0.5)(jax.random.key(1), {'image': IMAGE}, None)['image']
  assert np.allclose(out.max(-1), IMAGE.max(-1), atol=1e-5) and not np.allclose(out, IMAGE, atol=0.05)
  same = augment.color_jitter(0, 0, 0, 0)(jax.random.key(1), {'image': IMAGE}, None)['image']
  assert np.allclose(same, IMAGE, atol=1e-5)


def test_some_images_are_left_alone_and_uint8_stays():
  pixels = jnp.floor(IMAGE * 255).astype(jnp.uint8)
  out = augment.color_jitter(probability=0.5)(jax.random.key(1), {'image': pixels}, None)['image']
  changed = np.asarray(out != pixels).any((1, 2, 3))
  assert out.dtype == jnp.uint8 and 16 < changed.sum() < 48


def test_windows_have_the_area_asked_for_and_lie_inside():
  y, x = np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 30), indexing='ij')
  image = jnp.broadcast_to(jnp.asarray(np.stack([y, x], -1), jnp.float32), (300, 40, 30, 2))
  out = augment.random_resized_crop(0.2, 0.5)(jax.random.key(0), {'image': image}, None)['image']
  tall, wide = (np.asarray(jnp.ptp(out[..., i], (1, 2))) for i in (0, 1))
  area = (tall * 39 + 1) * (wide * 29 + 1) / 1200
  assert 0.15 < area.min() < 0.3 and 0.4 < area.max() < 0.56
  assert out.shape == image.shape and (np.ptp(np.asarray(out[:, 0, 0, 0])) > 0.4)
  whole = augment.random_resized_crop(1.0, 1.0, 1.0)(jax.random.key(0), {'image': IMAGE[:, :8]}, None)['image']
  assert np.allclose(whole, IMAGE[:, :8], atol=1e-6)
  assert augment.random_resized_crop(size=5)(jax.random.key(0), {'image': IMAGE}, None)['image'].shape == (64, 5, 5, 3)


@pytest.mark.parametrize(
  'make, name',
  (
    (lambda: augment.color_jitter(brightness=-1.0), 'brightness'),
    (lambda: augment.color_jitter(hue=0.7), 'hue'),
    (lambda: augment.random_resized_crop(0.0), 'smallest'),
    (lambda: augment.random_resized_crop(aspect=2.0), 'aspect'),
  ),
)
def test_bad_arguments_are_named(make, name):
  with pytest.raises(InputError, match=name):
    make()


def test_targets_follow_the_window_and_change_no_pixel():
  mask = np.zeros((60, 32, 24), np.int32)
  mask[:, 10:20, 8:16] = 1
  batch = {
    'image': jnp.asarray(mask[..., None] * np.float32(1)),
    'mask': jnp.asarray(mask),
    'boxes': jnp.tile(jnp.array([8.0, 10, 16, 20]), (60, 1, 1)),
    'keypoints': jnp.tile(jnp.array([12.0, 15]), (60, 1, 1)),
  }
  crop = augment.random_resized_crop(0.05, 0.6, size=40, visibility=0.5)
  out, bare = (jax.jit(lambda key, b=b: crop(key, b, None))(jax.random.key(0)) for b in (batch, {'image': batch['image']}))
  out = jax.tree.map(np.asarray, out)
  assert (bare['image'] == out['image']).all() and set(bare) == {'image'}
  assert out['mask'].shape == (60, 40, 40) and ((out['image'][..., 0] > 0.5) == (out['mask'] == 1)).mean() > 0.95
  whole, valid = 0, out['boxes_valid'][:, 0]
  for i in range(60):
    rows, columns = np.nonzero(out['mask'][i])
    box, point = out['boxes'][i, 0], out['keypoints'][i, 0]
    if not len(rows):
      assert not out['keypoints_valid'][i, 0]
      continue
    seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(box - seen).max() <= 1.0
    if (box > 0).all() and (box < 40).all():  # all of it is there
      whole += 1
      assert valid[i] and out['keypoints_valid'][i, 0] and np.allclose(point, (box[:2] + box[2:]) / 2, atol=1e-3)
  assert whole > 5 and 0 < valid.sum() < 60 and (out['mask'][valid].mean((1, 2)) > 0).all()
