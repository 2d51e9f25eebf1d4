"""Spatter: outline, distance and relief against plain loops."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from jaxaug import ops
from jaxaug.ops.spatter import _distance, _equalized, _outline

IMAGE = np.random.default_rng(0).integers(0, 200, (30, 26, 3)).astype(np.uint8)
LIQUID = scipy.ndimage.gaussian_filter(np.random.default_rng(1).normal(0.65, 0.3, (30, 26)), 1.5, mode='nearest')
LIQUID = np.where(LIQUID < 0.69, 0, LIQUID).clip(0, 1).astype(np.float32)
WATER = jax.jit(ops.water)


def canny(depth):
  """Canny's edges of whole numbers, thresholds 50 and 150, slopes by sum of magnitudes."""
  across, down = (scipy.ndimage.sobel(depth.astype(int), axis, mode='nearest') for axis in (1, 0))
  slope = np.abs(across) + np.abs(down)
  around = np.pad(slope, 1)
  height, width = depth.shape
  weak = np.zeros(depth.shape, bool)
  for y in range(height):
    for x in range(width):
      angle = np.degrees(np.arctan2(abs(down[y, x]), abs(across[y, x])))
      sign = 1 if across[y, x] * down[y, x] > 0 else -1
      a, b = (0, 1) if angle < 22.5 else (1, 0) if angle > 67.5 else (1, sign)
      before, after = around[1 + y - a, 1 + x - b], around[1 + y + a, 1 + x + b]
      diagonal = a and b
      weak[y, x] = slope[y, x] > 50 and slope[y, x] > before and (slope[y, x] > after if diagonal else slope[y, x] >= after)
  parts, _ = scipy.ndimage.label(weak, np.ones((3, 3)))
  return weak & np.isin(parts, np.unique(parts[weak & (slope > 150)]))


def test_outline_is_cannys():
  smooth = scipy.ndimage.gaussian_filter(np.random.default_rng(2).random((30, 26)) * 900, 2).astype(np.uint8)
  outline = jax.jit(_outline)
  for depth in ((LIQUID * 255).astype(np.uint8), smooth):
    theirs = canny(depth)
    assert theirs.any() and (np.asarray(outline(depth.astype(np.float32))) == theirs).all()


def test_distance_is_nearly_euclids_and_stops_at_20():
  edge = np.zeros((40, 35), bool)
  edge[3, 5] = edge[20, 9] = True
  distance = jax.jit(_distance)
  ours, theirs = np.asarray(distance(edge)), np.minimum(scipy.ndimage.distance_transform_edt(~edge), 20)
  assert np.abs(ours - theirs).max() < 0.05 * 20 and ours.max() == 20
  assert np.allclose([ours[3, 8], ours[5, 7], ours[4, 7]], [3, 2.8, 2.1969])
  assert (distance(0 * edge > 0) == 20).all()


def test_equalized_spreads_over_all_values():
  value = np.random.default_rng(0).integers(3, 9, (30, 30))
  equalized = jax.jit(_equalized)
  ours = np.asarray(equalized(value))
  share = np.array([(value <= v).mean() for v in range(256)])
  assert np.allclose(ours, np.round((share[value] - share[3]) / (1 - share[3]) * 255), atol=0.01) and np.ptp(ours) == 255
  assert (equalized(np.full((30, 30), 7)) == 0).all()


@pytest.mark.parametrize('channels', (1, 3))
def test_water_lights_up_what_is_wet(channels):
  image = IMAGE[..., :channels]
  change = np.asarray(WATER(image, LIQUID, 0.5)).astype(int) - image
  assert change.dtype == int and change.min() >= 0 and not change[LIQUID == 0].any() and change.max() > 50
  assert (WATER(image, 0 * LIQUID, 0.5) == image).all() and (WATER(image, LIQUID, 0.0) == image).all()
  if channels == 3:
    brightest = np.unravel_index(change.sum(-1).argmax(), change.shape[:2])
    assert np.allclose(change[brightest] / 127.5, np.array([175, 238, 238]) / 255, atol=0.02)


@pytest.mark.parametrize('channels', (1, 3))
def test_mud_covers_what_is_wet_all_around(channels):
  wet = np.zeros((30, 26), bool)
  wet[5:20, 4:16] = wet[25, 20] = True
  image = IMAGE[..., :channels]
  ours = np.asarray(ops.mud(image, wet, 1.5))
  cover = scipy.ndimage.gaussian_filter(wet * 1.0, 1.5, mode='nearest')
  cover = np.where(cover < 0.8, 0, cover)[..., None]
  brown = np.array([63, 42, 20]) if channels == 3 else np.array([63, 42, 20]) @ np.array([0.299, 0.587, 0.114])
  assert np.abs(ours - (image * (1 - cover) + cover * brown)).max() < 1.01 and (ours[25, 20] == image[25, 20]).all()
  assert np.abs(ours[12, 10] - brown).max() < 1.01 and (ops.mud(image, 0 * wet, 1.5) == image).all()
