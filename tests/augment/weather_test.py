"""Drawn clouds and frost."""

import functools

import jax
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

from jaxaug.augment.weather import cloud, frost_texture

keys = lambda: jax.random.split(jax.random.key(0), 6)


def test_clouds_are_corners_of_plasma():
  drawn = np.asarray(jax.jit(jax.vmap(lambda key: cloud(key, 12, 9, 2.0)))(keys()))
  assert drawn.shape == (6, 12, 9) and drawn.min() >= 0 and drawn.max() <= 1 and drawn.std((1, 2)).min() > 0.05
  assert len(np.unique(drawn[:, 3, 3])) == 6
  whole = np.asarray(jax.jit(lambda key: cloud(key, 16, 16, 2.0))(keys()[0]))
  assert (whole[:12, :9] == drawn[0]).all() and whole.min() == 0 and abs(whole.max() - 1) < 1e-6


@pytest.mark.parametrize('channels', (1, 3))
def test_frost_is_bright_needles_on_a_bluish_pane(channels):
  draw = functools.partial(frost_texture, height=32, width=28, channels=channels)
  texture = np.asarray(jax.jit(jax.vmap(draw))(keys()))
  assert texture.shape == (6, 32, 28, channels) and texture.min() >= 0 and texture.max() <= 1
  means, contrast = texture.mean((1, 2)), texture.std((1, 2))
  assert 0.3 < means.min() and means.max() < 0.95 and 0.03 < contrast.min() and contrast.max() < 0.25
  assert np.ptp(means[:, 0]) > 0.05
  if channels == 3:
    assert (means[:, 0] < means[:, 1]).all() and (means[:, 1] < means[:, 2]).all()
  detail = texture - scipy.ndimage.gaussian_filter(texture, (0, 3, 3, 0))
  assert scipy.stats.skew(detail[..., 0].reshape(6, -1), axis=1).min() > 0.5  # needles are brighter than the pane
