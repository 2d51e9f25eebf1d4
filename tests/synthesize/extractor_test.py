"""Features of a CNN that learnt the train split: it learns, repeats, and is known by its hash."""

import numpy as np
import pytest

from jaxaug.synthesize.extractor import extract, fit_extractor, random_extractor
from jaxaug.types import InputError

LABEL = np.arange(60) % 3
IMAGES = (0.5 * np.eye(3)[LABEL][:, [0, 1, 2, 0]][:, :, None, None] * np.ones((1, 1, 4, 1))).astype(np.float32)
IMAGES = IMAGES + np.random.default_rng(0).random(IMAGES.shape).astype(np.float32) / 4


@pytest.fixture(scope='module')
def trained():
  return fit_extractor(IMAGES, LABEL, 3, steps=60, batch_size=16)


def test_it_learns_what_a_random_one_does_not_know(trained):
  features, told = extract(trained, IMAGES, 32)
  assert features.shape == (60, 128) and (features >= 0).all() and told.shape == (60, 3)
  np.testing.assert_allclose(told.sum(1), 1, atol=1e-5)
  assert (told.argmax(1) == LABEL).mean() > 0.95
  assert (extract(random_extractor((4, 4, 1), 3), IMAGES)[1].argmax(1) == LABEL).mean() < 0.7


def test_features_do_not_depend_on_how_many_are_seen_at_once(trained):
  np.testing.assert_allclose(extract(trained, IMAGES, 7)[0], extract(trained, IMAGES)[0], atol=1e-5)


def test_the_same_seed_is_the_same_network(trained):
  assert fit_extractor(IMAGES, LABEL, 3, steps=60, batch_size=16).digest == trained.digest
  digests = {random_extractor((4, 4, 1), 3, seed).digest for seed in (0, 1)} | {trained.digest}
  assert len(digests) == 3 and all(len(one) == 16 for one in digests)


@pytest.mark.parametrize(
  'images, label, told',
  (
    (IMAGES[:, :3], LABEL, r'shape \(3, 4, 1\) must be'),
    (IMAGES[:, :, 0], LABEL, 'must be'),
    (IMAGES[:5], LABEL, '5 images and 60'),
  ),
)
def test_what_cannot_be_learnt_is_told(images, label, told):
  with pytest.raises(InputError, match=told):
    fit_extractor(images, label, 3, steps=1)


def test_a_loss_that_is_not_finite_ends_it():
  with pytest.raises(FloatingPointError, match='extractor: loss nan at step 1'):
    fit_extractor(IMAGES * np.nan, LABEL, 3, steps=1, batch_size=16)
