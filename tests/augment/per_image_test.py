"""One draw an image: only what is allowed, all of it, equally often."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from jaxaug.augment import cutout, per_image, standard

COUNT = 3000
IMAGE = np.random.default_rng(0).integers(1, 256, (3, 4, 2), np.uint8)  # no zeros, so that what is filled in shows


def shifts(image, padding, fill):
  rows, columns, _ = image.shape
  wide = np.pad(image, ((padding,) * 2, (padding,) * 2, (0, 0)), constant_values=fill)
  return [wide[i : i + rows, j : j + columns] for i in range(2 * padding + 1) for j in range(2 * padding + 1)]


def squares(image, half, fill):
  out = []
  for y in range(image.shape[0]):
    for x in range(image.shape[1]):
      out.append(image.copy())
      out[-1][max(0, y - half) : y + half, max(0, x - half) : x + half] = fill
  return out


CASES = {  # augmentation, every possible outcome, each as likely as the others
  'standard': (standard(1, fill=7), [x for s in shifts(IMAGE, 1, 7) for x in (s, s[:, ::-1])]),
  'shift': (standard(1, flip=False), shifts(IMAGE, 1, 0)),
  'flip': (standard(0), [IMAGE, IMAGE[:, ::-1]]),
  'cutout': (cutout(2, 9), squares(IMAGE, 1, 9)),
}


def drawn(augment, image=IMAGE, seed=0, count=COUNT):
  batch = {'image': np.broadcast_to(image, (count, *image.shape)), 'label': np.zeros((count, 2))}
  return jax.jit(lambda key, batch: augment(key, batch, None))(jax.random.key(seed), batch)


@pytest.mark.parametrize('name', CASES)
def test_every_outcome_is_possible_and_comes_as_often_as_the_others(name):
  augment, outcomes = CASES[name]
  place = {x.tobytes(): i for i, x in enumerate(outcomes)}
  assert len(place) == len(outcomes)
  image = np.asarray(drawn(augment)['image'])
  assert image.dtype == np.uint8 and image.shape == (COUNT, *IMAGE.shape)
  seen = [place[row.tobytes()] for row in image]  # a KeyError is an outcome that cannot be
  assert chisquare(np.bincount(seen, minlength=len(outcomes))).pvalue > 1e-3
  pairs = np.bincount(np.equal(seen[1:], seen[:-1]), minlength=2)  # neighbours agree by chance only
  assert chisquare(pairs, np.array([len(outcomes) - 1, 1]) * (COUNT - 1) / len(outcomes)).pvalue > 1e-3


@pytest.mark.parametrize('augment', (standard(2, fill=0), cutout(3)))
def test_bytes_and_floats_agree(augment):
  as_float = drawn(augment, IMAGE.astype(np.float32), count=50)['image']
  assert as_float.dtype == jnp.float32 and (as_float == drawn(augment, count=50)['image'].astype(jnp.float32)).all()


def test_nothing_to_do_is_the_identity():
  for augment in (standard(0, flip=False), cutout(0)):
    assert (drawn(augment, count=5)['image'] == IMAGE[None]).all()


def test_other_entries_stay_and_keys_decide():
  out, again, other = (drawn(standard(1), seed=seed, count=40) for seed in (0, 0, 1))
  assert set(out) == {'image', 'label'} and not out['label'].any()
  assert (out['image'] == again['image']).all() and (out['image'] != other['image']).any()


def test_each_image_gets_its_own_key():
  noise = per_image(lambda key, image: image + jax.random.uniform(key))
  out = noise(jax.random.key(0), {'image': jnp.zeros((50, 1, 1, 1))}, None)['image']
  assert len(np.unique(out)) == 50


def test_targets_move_as_the_pixels_do():
  mask = np.zeros((200, 9, 8), np.int32)
  mask[:, 2:5, 1:3] = 1
  batch = {
    'image': jnp.asarray(mask[..., None].astype(np.uint8)),
    'mask': jnp.asarray(mask),
    'boxes': jnp.tile(jnp.array([1.0, 2, 3, 5]), (200, 1, 1)),
    'keypoints': jnp.tile(jnp.array([[2.0, 3.5], [1.25, 3.5]]), (200, 1, 1)),  # centre, and left of it
  }
  out = jax.jit(lambda key: standard(2, fill=7, mask_fill=9, visibility=0.6)(key, batch, None))(jax.random.key(0))
  out = jax.tree.map(np.asarray, out)
  assert ((out['image'][..., 0] == 1) == (out['mask'] == 1)).all()
  assert ((out['image'][..., 0] == 7) == (out['mask'] == 9)).all() and set(np.unique(out['mask'])) == {0, 1, 9}
  area = (out['mask'] == 1).sum((1, 2))
  assert (out['boxes_valid'][:, 0] == (area / 6 >= 0.6)).all() and set(area) == {3, 6}
  assert (out['keypoints_valid'][:, 1] == (area == 6)).all()
  for i in np.nonzero(area == 6)[0]:
    rows, columns = np.nonzero(out['mask'][i] == 1)
    seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert (out['boxes'][i, 0] == seen).all() and (out['keypoints'][i, 0] == (seen[:2] + seen[2:]) / 2).all()
  bare = jax.jit(lambda key: standard(2, fill=7)(key, {'image': batch['image']}, None))(jax.random.key(0))
  assert (bare['image'] == out['image']).all() and set(bare) == {'image'}


def test_standard_draws_what_it_always_drew():
  batch = {'image': jnp.arange(4 * 5 * 6, dtype=jnp.uint8).reshape(4, 5, 6, 1)}
  out = np.asarray(standard(2)(jax.random.key(7), batch, None)['image'])
  expected = []
  for key, image in zip(jax.random.split(jax.random.key(7), 4), np.asarray(batch['image'])):
    key_shift, key_flip = jax.random.split(key)
    top, left = np.asarray(jax.random.randint(key_shift, (2,), 0, 5))
    shifted = np.pad(image, ((2, 2), (2, 2), (0, 0)))[top : top + 5, left : left + 6]
    expected.append(shifted[:, ::-1] if jax.random.bernoulli(key_flip) else shifted)
  assert (out == np.stack(expected)).all()
