"""What lies on the image lies, after every motion, where the pixels say it does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

COUNT, SIDE = 40, 36
MASK = np.zeros((COUNT, SIDE, SIDE), np.int32)
MASK[:, 14:20, 13:22] = 1  # crosses cells
MASK[:, 15:18, 15:18] = 2
MASK[:, 25:28, 5:9] = 3
PLACES = {  # label: (left, top, right, bottom)
  2: (15, 15, 18, 18),
  3: (5, 25, 9, 28),
}
BOXES = np.array([[13, 14, 22, 20], *PLACES.values()], np.float32)
BATCH = {
  'image': jnp.asarray(np.repeat(MASK[..., None] * 80, 3, -1).astype(np.uint8)),
  'mask': jnp.asarray(MASK),
  'boxes': jnp.tile(BOXES, (COUNT, 1, 1)),
  'keypoints': jnp.tile((BOXES[1:, :2] + BOXES[1:, 2:]) / 2, (COUNT, 1, 1)),
}
HALF = 0.5  # of the images are moved
MAKES = {
  'flip': augment.random_flip(HALF, HALF),
  'affine': augment.random_affine(40.0, 0.05, (0.8, 1.3), 10.0, HALF),
  'perspective': augment.random_perspective(0.4, HALF),
  'elastic': augment.elastic(40.0, 5.0, HALF),
  'shuffle': augment.random_grid_shuffle(3, HALF),
}
SLACK = {'flip': 0, 'affine': 2.0, 'perspective': 2.0, 'elastic': 1.6, 'shuffle': 0}  # pixels: hulls of slanted corners


def run(make, batch, *seeds):
  step = jax.jit(lambda key, batch: make(key, batch, None))
  outs = [jax.tree.map(np.asarray, step(jax.random.key(seed), batch)) for seed in seeds or (0,)]
  return outs if seeds else outs[0]


@pytest.mark.parametrize('name', MAKES)
def test_targets_are_where_the_pixels_are_and_some_images_stay(name):
  out, other = run(MAKES[name], BATCH, 0, 1)
  assert (out['image'][..., 0] == out['mask'] * 80).all() and out['mask'].dtype == np.int32
  moved, moved_other = ((o['mask'] != MASK).any((1, 2)) for o in (out, other))
  assert 0.3 * COUNT < moved.sum() < (0.7 if name != 'flip' else 0.95) * COUNT and (moved != moved_other).any()
  assert len({image.tobytes() for image in out['image']}) >= (4 if name == 'flip' else 0.9 * moved.sum())
  for entry in BATCH:
    assert (out[entry][~moved] == np.asarray(BATCH[entry])[~moved]).all()
  assert out['boxes_valid'][~moved].all() and out['keypoints_valid'][~moved].all()

  checked = 0
  for i in np.nonzero(moved)[0]:
    for j, labels in enumerate(((1, 2), (2,), (3,))):
      rows, columns = np.nonzero(np.isin(out['mask'][i], labels))
      box = out['boxes'][i, j]
      if not len(rows) or not (box > 1).all() or not (box < SIDE - 1).all():
        continue  # cut off by the border
      seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
      grown = (box - seen) * [-1, -1, 1, 1]
      assert out['boxes_valid'][i, j] and grown.min() >= (-0.8 if SLACK[name] else 0) and grown.max() <= SLACK[name], (i, j)
      if j:
        centre = np.array([columns.mean(), rows.mean()]) + 0.5
        assert np.abs(out['keypoints'][i, j - 1] - centre).max() <= (0.9 if SLACK[name] else 0)
        assert out['keypoints_valid'][i, j - 1]
      checked += 1
  assert checked > 1.5 * moved.sum()


@pytest.mark.parametrize('name', ('affine', 'elastic'))
def test_images_without_targets_move_the_same_bit_for_bit(name):
  floats = {**BATCH, 'image': BATCH['image'] / np.float32(255)}
  full, bare = run(MAKES[name], floats), run(MAKES[name], {'image': floats['image']})
  assert set(bare) == {'image'} and (bare['image'] == full['image']).all() and (full['image'] != floats['image']).any()


def test_affine_draws_evenly_from_its_ranges():
  count, height, width = 2000, 3, 5
  points = np.array([[0, 0], [1, 0], [0, 1], [width / 2, height / 2]], np.float32)
  batch = {'image': jnp.zeros((count, height, width, 1)), 'keypoints': jnp.tile(points, (count, 1, 1))}
  out = run(augment.random_affine(30.0, 0.2, (0.5, 1.5), 20.0), batch)['keypoints']
  right, down, shift = out[:, 1] - out[:, 0], out[:, 2] - out[:, 0], out[:, 3] - points[3]
  scale = np.hypot(*right.T)
  turn = -np.degrees(np.arctan2(*right.T[::-1]))
  lean = np.degrees(np.arctan((right * down).sum(1) / scale**2))
  for seen, low, high in (
    (scale, 0.5, 1.5),
    (turn, -30, 30),
    (lean, -20, 20),
    *((s, -r, r) for s, r in zip(shift.T, (1, 0.6))),
  ):
    share = (seen - low) / (high - low)
    assert share.min() > -1e-4 and share.max() < 1 + 1e-4
    assert abs(share.mean() - 0.5) < 0.03 and abs(share.std() - 12**-0.5) < 0.02
  assert np.abs(np.corrcoef([scale, turn, lean, *shift.T]) - np.eye(5)).max() < 0.1


def test_perspective_moves_corners_inwards_and_elastic_as_far_as_it_says():
  corners = np.array([[0, 0], [8, 0], [8, 6], [0, 6]], np.float32)
  batch = {'image': jnp.zeros((500, 6, 8, 1)), 'keypoints': jnp.tile(corners, (500, 1, 1))}
  moved = np.abs(run(augment.random_perspective(0.6, 1.0), batch)['keypoints'] - corners) / [4, 3]
  assert moved.max() < 0.601 and abs(moved.mean() - 0.3) < 0.01
  grid = np.stack(np.meshgrid(np.arange(10, 26), np.arange(10, 26)), -1).reshape(-1, 2).astype(np.float32)
  batch = {'image': jnp.zeros((60, SIDE, SIDE, 1)), 'keypoints': jnp.tile(grid, (60, 1, 1))}
  moved = run(augment.elastic(20.0, 3.0), batch)['keypoints'] - grid
  assert abs(moved.std() / (20 / 18) - 1) < 0.1


def test_boxes_out_of_sight_are_flagged():
  away = augment.random_affine(0.0, 0.5, (1.0, 1.0), mask_fill=255, fill=9, visibility=0.6)
  out = run(away, BATCH)
  assert out['mask'].max() == 255 and (out['image'][out['mask'] == 255] == 9).all()
  whole = BOXES[0, 2:] - BOXES[0, :2]
  left = np.prod(out['boxes'][:, 0, 2:] - out['boxes'][:, 0, :2], axis=-1) / np.prod(whole)
  assert (out['boxes_valid'][:, 0] == (left >= 0.6)).all() and 0 < out['boxes_valid'][:, 0].sum() < COUNT
  none = {**BATCH, 'boxes_valid': jnp.zeros((COUNT, 3), bool), 'keypoints_valid': jnp.zeros((COUNT, 2), bool)}
  out = run(MAKES['flip'], none)
  assert not out['boxes_valid'].any() and not out['keypoints_valid'].any()


@pytest.mark.parametrize(
  'make, name',
  (
    (lambda: augment.random_flip(1.5), 'random_flip.horizontal: 1.5'),
    (lambda: augment.random_affine(-1.0), 'degrees -1'),
    (lambda: augment.random_affine(scale=(1.2, 1.0)), 'scale'),
    (lambda: augment.random_perspective(0.7), 'distortion: 0.7'),
    (lambda: augment.elastic(sigma=0.0), 'sigma 0'),
    (lambda: augment.elastic(probability=-1.0), 'elastic.probability: -1'),
    (lambda: augment.random_grid_shuffle(0), 'cells: 0'),
    (lambda: augment.random_flip(visibility=2.0), 'visibility: 2'),
    (lambda: run(augment.random_grid_shuffle(5), BATCH), 'cells: 5'),
  ),
)
def test_bad_arguments_are_named(make, name):
  with pytest.raises(InputError, match=name):
    make()
