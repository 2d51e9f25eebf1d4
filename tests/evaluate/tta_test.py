"""Test-time augmentation: the views, and what is made of them, in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from jaxaug import augment, evaluate
from jaxaug.types import InputError

IMAGE = jax.random.uniform(jax.random.key(0), (3, 16, 12, 2))


def test_ten_views_are_centre_corners_and_mirrors():
  shown = evaluate.ten_views(IMAGE, 0.5)
  assert shown.shape == (10, *IMAGE.shape) and (shown[5:] == shown[:5, :, :, ::-1]).all()
  corner = jnp.zeros_like(IMAGE).at[:, :8, :6].set(1.0)
  means = np.asarray(evaluate.ten_views(corner, 0.5).mean((1, 2, 3, 4)))
  assert np.allclose(means, [0.25, 1, 0, 0, 0] * 2, atol=0.03)
  whole = evaluate.ten_views(IMAGE, 1.0)
  assert all((whole[i] == IMAGE).all() for i in range(5)) and (whole[5] == IMAGE[:, :, ::-1]).all()


def test_the_mean_is_of_probabilities():
  logits = np.random.default_rng(0).normal(0, 3, (4, 5, 6)).astype(np.float32)
  ours = evaluate.mean_of_probabilities(logits)
  assert np.allclose(np.exp(ours), scipy.special.softmax(logits, -1).mean(0), atol=1e-6)


def test_a_classifier_blind_to_place_and_mirror_does_not_change():
  flat = jnp.broadcast_to(IMAGE[:, :1, :1], IMAGE.shape)
  logits_fn = lambda image: image.mean((1, 2))
  plain, over = logits_fn(flat), evaluate.over_views(logits_fn)(flat)
  assert np.allclose(jax.nn.log_softmax(plain), over, atol=1e-5)


def test_a_classifier_of_one_side_becomes_symmetric():
  left = lambda image: jnp.stack([image[:, :, :6].mean((1, 2, 3)), image[:, :, 6:].mean((1, 2, 3))], -1) * 9
  over = evaluate.over_views(left)
  assert np.allclose(over(IMAGE), over(IMAGE[:, :, ::-1]), atol=1e-5) and not np.allclose(
    left(IMAGE), left(IMAGE[:, :, ::-1])
  )


def test_votes_and_variance():
  labels = jnp.array([[0, 1, 2, -1], [0, 2, 1, -1], [1, 2, -1, -1]])
  assert evaluate.majority_vote(labels, 3).tolist() == [0, 2, 1, -1]
  values = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
  mean, variance = evaluate.mean_and_variance(values)
  assert np.allclose(mean, values.mean(0), atol=1e-6) and np.allclose(variance, values.var(0, ddof=1), atol=1e-5)
  assert (evaluate.mean_and_variance(values[:1])[1] == 0).all()


def test_any_policy_gives_views_and_the_first_is_the_image():
  shown = evaluate.drawn_views(jax.random.key(0), {'image': IMAGE}, augment.standard(2), 4)
  assert shown.shape == (4, *IMAGE.shape) and (shown[0] == IMAGE).all() and (shown[1] != shown[2]).any()


def test_bad_arguments_are_named():
  with pytest.raises(InputError, match='tta.crop: 0'):
    evaluate.ten_views(IMAGE, 0)
  with pytest.raises(InputError, match='tta.count: 0'):
    evaluate.drawn_views(jax.random.key(0), {'image': IMAGE}, augment.identity, 0)


def test_what_ten_views_say_about_pixels_comes_back_to_the_image():
  labels = np.kron(np.arange(16).reshape(4, 4), np.ones((8, 6), int)).astype(np.int32)  # [32, 24], in blocks
  image = jnp.asarray(np.stack([labels, labels[::-1]])[..., None] / 16, jnp.float32)
  said = jnp.floor(evaluate.ten_views(image, 0.75)[..., 0] * 16 + 0.5).astype(jnp.int32)  # blurred at edges of blocks
  back = np.asarray(evaluate.undo_ten_views(said, 0.75))
  assert back.shape == said.shape and back.dtype == np.int32
  seen = back >= 0
  assert (seen.mean((1, 2, 3)) == 0.75**2).all() and seen[1, :, :24, :18].all() and seen[9, :, 8:, 6:].all()
  right = (back == np.stack([labels, labels[::-1]])[None])[seen].mean()
  voted = evaluate.majority_vote(back, 16)
  assert right > 0.75 and (voted[0] == labels).mean() > 0.75 and (voted >= 0).all()
  inner = (np.arange(32) % 8 // 2 % 3 > 0)[:, None] & (np.arange(24) % 6 // 2 == 1)[None]  # away from edges: exact
  assert (voted[0] == labels)[inner].all() and (voted[1] == labels[::-1])[inner].all()


def test_whole_views_come_back_bit_for_bit():
  labels = jax.random.randint(jax.random.key(0), (3, 9, 7), 0, 4)
  views = evaluate.ten_views(labels[..., None].astype(jnp.uint8), 1.0)[..., 0]
  assert (evaluate.undo_ten_views(views, 1.0) == labels[None]).all()
