"""Mixup: images and labels mix alike, mass is kept, lambda is Beta."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import beta, kstest

from jaxaug.augment import mixup
from jaxaug.types import InputError

SIZE = 8
BATCH = {'image': jnp.eye(SIZE).reshape(SIZE, 2, 4, 1), 'label': jnp.eye(SIZE), 'id': jnp.arange(SIZE)}


@functools.cache
def mixed(alpha, count=1500, seed=0):
  """[count, B, K] images and labels; row i says how much of each class is in it."""
  run = jax.jit(jax.vmap(lambda key: mixup(alpha)(key, BATCH, None)))
  out = run(jax.random.split(jax.random.key(seed), count))
  return np.asarray(out['image']).reshape(count, SIZE, SIZE), np.asarray(out['label'])


@pytest.mark.parametrize('alpha', (0.4, 2.0))
def test_image_and_label_are_the_same_convex_combination(alpha):
  image, label = mixed(alpha)
  np.testing.assert_array_equal(image, label)
  assert label.min() >= 0 and label.max() <= 1 + 1e-6 and ((label > 0).sum(-1) <= 2).all()


def test_label_mass_is_conserved_by_row_and_by_class():
  _, label = mixed(2.0)
  np.testing.assert_allclose(label.sum(-1), 1, atol=1e-6)
  np.testing.assert_allclose(label.sum(-2), 1, atol=1e-6)  # a permutation: every image is a partner once


def test_one_lambda_a_batch_keeps_its_share_of_every_image():
  _, label = mixed(2.0)
  own = np.einsum('bii->bi', label)
  for row in own[:50]:
    moved = row[row < 1 - 1e-6]
    np.testing.assert_allclose(moved, moved[:1].repeat(len(moved)), atol=1e-6)


@pytest.mark.parametrize('alpha', (0.4, 2.0))
def test_lambda_is_beta(alpha):
  _, label = mixed(alpha)
  share = np.einsum('bii->bi', label).min(-1)  # rows that are their own partner have 1
  assert kstest(share, beta(alpha, alpha).cdf).pvalue > 1e-3


def test_every_image_is_as_likely_a_partner():
  _, label = mixed(2.0)
  partner = (label > 0).mean(0)[~np.eye(SIZE, dtype=bool)]
  np.testing.assert_allclose(partner, 1 / SIZE, atol=0.04)


def test_other_entries_stay():
  out = mixup(1.0)(jax.random.key(0), BATCH, None)
  assert set(out) == set(BATCH) and (out['id'] == BATCH['id']).all() and out['image'].dtype == jnp.float32


@pytest.mark.parametrize('alpha', (0, 0.0, -0.2))
def test_alpha_must_be_above_0(alpha):
  with pytest.raises(InputError, match=f'mixup.alpha: {alpha} must'):
    mixup(alpha)
