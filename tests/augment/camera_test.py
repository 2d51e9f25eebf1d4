"""Where the camera stands is read off keypoints; what its sensor does, off grey images and a point of light."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

COUNT, HEIGHT, WIDTH = 48, 24, 32
CORNERS = [[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]
POINTS = np.array([[16, 12], [22, 12], [16, 9], *CORNERS], np.float32)  # the centre, to its right, above it
MASK = np.zeros((COUNT, HEIGHT, WIDTH), np.int32)
MASK[:, 8:15, 10:21] = 1
BATCH = {
  'image': jnp.asarray(np.repeat(MASK[..., None] * 255, 3, -1).astype(np.uint8)),
  'mask': jnp.asarray(MASK),
  'boxes': jnp.tile(jnp.array([10.0, 8, 21, 15]), (COUNT, 1, 1)),
  'keypoints': jnp.tile(POINTS, (COUNT, 1, 1)),
}
STILL = dict(degrees=0.0, zoom=(1.0, 1.0), shift=0.0, tilt=0.0)
STEADY = dict(defocus=(0.0, 0.0), exposure=0.0, noise=(0.0, 0.0))


def moved(**settings):
  make = augment.random_viewpoint(**(STILL | settings))
  return jax.tree.map(np.asarray, jax.jit(lambda key: make(key, BATCH, None))(jax.random.key(0)))


def sensed(image, **settings):
  make = augment.random_sensor(**(STEADY | settings))
  return np.asarray(jax.jit(lambda key: make(key, {'image': image}, None)['image'])(jax.random.key(0)))


def spans(values, low, high):
  """Whether values lie in a range and come near its ends."""
  margin = 0.15 * (high - low)
  return low - 1e-3 <= values.min() < low + margin and high - margin < values.max() <= high + 1e-3


def test_turn_and_zoom_are_about_the_centre_and_in_their_ranges():
  points = moved(degrees=20.0, zoom=(0.7, 1.4))['keypoints']
  assert np.allclose(points[:, 0], POINTS[0], atol=1e-3)
  arm = points[:, 1] - points[:, 0]
  assert spans(np.degrees(np.arctan2(-arm[:, 1], arm[:, 0])), -20, 20)
  assert spans(np.linalg.norm(arm, axis=1) / 6, 0.7, 1.4)


def test_shift_and_tilt_are_shares_of_the_shorter_side():
  move = moved(shift=0.25)['keypoints'] - POINTS[None]
  assert np.allclose(move, move[:, :1], atol=1e-3) and spans(move[:, 0, 0], -6, 6) and spans(move[:, 0, 1], -6, 6)
  bent = (moved(tilt=0.1)['keypoints'] - POINTS[None])[:, 3:]
  assert all(spans(bent[:, i, j], -2.4, 2.4) for i in range(4) for j in range(2))


def test_mask_boxes_and_keypoints_move_with_the_image():
  out = moved(degrees=25.0, zoom=(0.8, 1.2), shift=0.1, tilt=0.1)
  assert ((out['image'][..., 0] == 255) == (out['mask'] == 1)).all() and (out['mask'] != MASK).any((1, 2)).all()
  for mask, box, valid in zip(out['mask'], out['boxes'][:, 0], out['boxes_valid'][:, 0]):
    rows, columns = np.nonzero(mask)
    seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert valid and ((box - seen) * [-1, -1, 1, 1] > -1).all() and np.abs(box - seen).max() < 2
  for mask, point in zip(out['mask'], out['keypoints'][:, 0]):
    assert mask[int(point[1]), int(point[0])] == 1


def test_noise_and_exposure_are_in_their_ranges():
  grey = jnp.full((COUNT, 24, 24, 3), 0.4)
  assert spans(sensed(grey, noise=(0.02, 0.08)).std((1, 2, 3)), 0.02, 0.08)
  light = sensed(grey, exposure=0.5) / 0.4
  assert np.ptp(light, (1, 2, 3)).max() < 1e-5 and spans(np.log2(light), -0.5, 0.5)


def test_defocus_spreads_a_point_of_light_by_sigma():
  point = jnp.zeros((COUNT, 25, 25, 1)).at[:, 12, 12].set(1)
  spread = sensed(point, defocus=(0.04, 0.1))[..., 0]
  across = (np.arange(25) - 12.0) ** 2
  sigma = np.sqrt((spread * across[None, None]).sum((1, 2)) / spread.sum((1, 2)))
  assert np.allclose(spread.sum((1, 2)), 1, atol=1e-4) and spans(sigma / 25, 0.039, 0.1)


@pytest.mark.parametrize(
  'make, name',
  (
    (lambda: augment.random_viewpoint(degrees=-1.0), 'random_viewpoint.degrees'),
    (lambda: augment.random_viewpoint(zoom=(0.0, 1.0)), 'random_viewpoint.zoom'),
    (lambda: augment.random_viewpoint(shift=2.0), 'random_viewpoint.shift'),
    (lambda: augment.random_viewpoint(tilt=0.5), 'random_viewpoint.tilt'),
    (lambda: augment.random_sensor(defocus=(0.2, 0.1)), 'random_sensor.defocus'),
    (lambda: augment.random_sensor(exposure=-1.0), 'random_sensor.exposure'),
    (lambda: augment.random_sensor(noise=(-1.0, 0.0)), 'random_sensor.noise'),
  ),
)
def test_bad_arguments_are_named(make, name):
  with pytest.raises(InputError, match=name):
    make()
