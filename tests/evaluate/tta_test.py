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
