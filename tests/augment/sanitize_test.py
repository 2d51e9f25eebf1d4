"""Sanitisers are the ops they name, see each image alone, and let a gradient through."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, ops
from jaxaug.augment import AUGMENTS, RANDOM_SANITIZERS, SANITIZERS
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((5, 9, 12, 3), np.float32)
BATCH = {'image': IMAGE, 'id': np.array([7, 1, 4, 9, 2])}


def run(made, batch=BATCH, key=0):
  return np.asarray(jax.jit(lambda key: made(key, batch, None)['image'])(jax.random.key(key)))


def test_each_is_in_both_tables():
  assert set(SANITIZERS) == {'bits', 'jpeg', 'median', 'resize_pad'} and set(RANDOM_SANITIZERS) < set(SANITIZERS)
  assert all(AUGMENTS[name] is make is getattr(augment, name) for name, make in SANITIZERS.items())


@pytest.mark.parametrize('dtype', (np.uint8, np.float32))
def test_the_fixed_ones_are_the_ops(dtype):
  image = (255 * IMAGE).astype(np.uint8) if dtype == np.uint8 else IMAGE
  for made, op in (
    (augment.bits(2), lambda x: ops.posterize(x, 2)),
    (augment.jpeg(30), lambda x: ops.jpeg(x, 30)),
    (augment.median(5), lambda x: ops.median(x, 5)),
  ):
    found = run(made, {'image': image})
    assert found.dtype == dtype and (found == np.asarray(jax.vmap(op)(image))).all() and (found != image).any()


@pytest.mark.parametrize('name', SANITIZERS)
def test_range_and_gradient(name):
  settings = {'resize_pad': {'smallest': 0.5}}.get(name, {})
  made = SANITIZERS[name](**settings)
  found = run(made)
  assert found.shape == IMAGE.shape and 0 <= found.min() and found.max() <= 1
  weight = np.random.default_rng(1).random(IMAGE.shape, np.float32)
  through = lambda image: (weight * made(jax.random.key(0), {**BATCH, 'image': image}, None)['image']).sum()
  gradient = np.asarray(jax.grad(through)(jnp.asarray(IMAGE)))
  assert np.isfinite(gradient).all() and (gradient != 0).any((1, 2, 3)).all()
  if name in ('bits', 'jpeg'):
    np.testing.assert_allclose(gradient, weight, atol=1e-6)  # straight through


def test_a_smaller_image_lies_somewhere_in_the_frame():
  white = {'image': np.ones((200, 8, 8, 1), np.float32), 'id': np.arange(200)}
  found = run(augment.resize_pad(0.5, 0.25), white)[..., 0]
  assert set(np.unique(found)) == {np.float32(0.25), np.float32(1)}
  inside = found == 1
  rows, columns = inside.any(2).sum(1), inside.any(1).sum(1)
  assert (rows == columns).all() and set(rows) == {4, 5, 6, 7, 8} and (inside.sum((1, 2)) == rows * columns).all()
  tops, lefts = inside.any(2).argmax(1), inside.any(1).argmax(1)
  assert set(tops) == set(lefts) == set(range(5)) and (tops != lefts).any() and (tops + rows <= 8).all()
  assert (run(augment.resize_pad(1.0)) == IMAGE).all()


def test_halving_in_place_is_the_mean_of_what_becomes_a_pixel():
  image = np.random.default_rng(2).random((400, 4, 4, 1), np.float32)
  found = run(augment.resize_pad(0.5), {'image': image, 'id': np.arange(400)})[..., 0]
  pooled = image[..., 0].reshape(400, 2, 2, 2, 2).mean((2, 4))
  halved = 0
  for one, mean in zip(found, pooled):
    if (one > 0).sum() == 4:
      top, left = (one > 0).any(1).argmax(), (one > 0).any(0).argmax()
      np.testing.assert_allclose(one[top : top + 2, left : left + 2], mean, atol=1e-5)
      halved += 1
  assert halved > 80  # a third of the sizes 2, 3, 4


def test_draws_follow_the_id_and_not_the_place():
  order = np.array([3, 0, 4, 1, 2])
  turned = {field: values[order] for field, values in BATCH.items()}
  made = augment.resize_pad(0.5)
  assert (run(made)[order] == run(made, turned)).all() and (run(made) != run(made, key=1)).any()


def test_bad_values_are_refused():
  for make, words in (
    (lambda: augment.bits(0), 'bits.kept: 0'),
    (lambda: augment.jpeg(101), 'jpeg.quality: 101'),
    (lambda: augment.median(2), 'median.size: 2'),
    (lambda: augment.resize_pad(0.0), 'resize_pad.smallest: 0.0'),
    (lambda: run(augment.resize_pad(), {**BATCH, 'mask': np.zeros((5, 9, 12), int)}), 'does not move mask'),
    (lambda: augment.create(('bits',), bits={'bits': 3}), "augment.bits: 'bits' is unknown"),
  ):
    with pytest.raises(InputError, match=words):
      make()
