"""Two numbers for each image: what must not get lost is not lost."""

import numpy as np

from jaxaug.evaluate import pca, tsne

RANDOM = np.random.default_rng(0)


def test_pca_of_a_plane_keeps_all_distances():
  flat = RANDOM.normal(size=(30, 2)) * (3, 1)
  turned = flat @ np.linalg.qr(RANDOM.normal(size=(6, 6)))[0][:2] + 5
  distances = lambda x: np.linalg.norm(x[:, None] - x[None], axis=-1)
  np.testing.assert_allclose(distances(pca(turned)), distances(flat), atol=1e-4)
  spread = pca(turned).std(0)
  assert spread[0] > spread[1] and np.abs(pca(turned).mean(0)).max() < 1e-5


def test_pca_does_not_depend_on_signs_and_of_one_feature_fills_up():
  features = RANDOM.normal(size=(20, 5))
  np.testing.assert_allclose(pca(features), pca(features.copy()), atol=0)
  one = pca(features[:, :1])
  assert one.shape == (20, 2) and (one[:, 1] == 0).all()


def test_tsne_keeps_groups_apart_and_is_the_same_twice():
  features = np.concatenate([RANDOM.normal(size=(15, 8)), 30 + RANDOM.normal(size=(15, 8))])
  found = tsne(features)
  assert found.shape == (30, 2) and (found == tsne(features)).all()
  middle = found.reshape(2, 15, 2).mean(1)
  near = np.linalg.norm(found[:, None] - middle[None], axis=-1).argmin(-1)
  assert (near == np.repeat([0, 1], 15)).all()
  assert np.isfinite(tsne(features[:4])).all() and np.isfinite(tsne(np.ones((6, 3)))).all()
