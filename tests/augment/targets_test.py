"""Masks, boxes and keypoints follow the pixels through a policy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.augment.targets import MATRICES
from jaxaug.types import InputError

COUNT, SIDE = 24, 48
MASK = np.zeros((COUNT, SIDE, SIDE), np.int32)
for i in range(COUNT):
  MASK[i, 14 : 22 + i % 5, 18 : 30 - i % 4] = 1
BOXES = np.array([[[18, 14, 30 - i % 4, 22 + i % 5]] for i in range(COUNT)], np.float32)
POINTS = BOXES.reshape(COUNT, 2, 2)  # two corners
BATCH = {
  'image': jnp.asarray(np.repeat(MASK[..., None] * 255, 3, -1).astype(np.uint8)),
  'mask': jnp.asarray(MASK),
  'boxes': jnp.asarray(BOXES),
  'keypoints': jnp.asarray(POINTS),
}
MOVING = Policy(((Step(tuple(MATRICES), 1.0, 0.2, 0.7),) * 2,), 'autoaugment')
UPRIGHT = Policy(((Step(('TranslateX', 'TranslateY'), 0.8, 0.0, 0.6),) * 2,), 'torchvision')


@pytest.mark.parametrize('policy', (MOVING, UPRIGHT))
def test_the_mask_is_the_image(policy):
  out = jax.jit(lambda key: augment.policy(policy)(key, BATCH, None))(jax.random.key(0))
  assert (np.asarray(out['image'][..., 0] == 255) == np.asarray(out['mask'] == 1)).all()
  assert (np.asarray(out['mask']) != MASK).any((1, 2)).sum() > 15 and out['mask'].dtype == jnp.int32


def test_boxes_are_around_what_is_seen():
  for policy, slack in ((UPRIGHT, 1e-4), (MOVING, 9.0)):  # after two turns the hull of a hull is larger
    out = augment.policy(policy)(jax.random.key(1), BATCH, None)
    for i in range(COUNT):
      rows, columns = np.nonzero(np.asarray(out['mask'][i]))
      box = np.asarray(out['boxes'][i, 0])
      if len(rows) and out['boxes_valid'][i, 0]:
        seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        grown = (box - seen) * [-1, -1, 1, 1]
        assert (grown >= -1.01).all() and (grown <= slack + 1e-3).all(), (i, box, seen)
      assert bool(out['boxes_valid'][i, 0]) <= (len(rows) > 0)


def test_keypoints_are_the_corners_of_what_is_seen():
  out = augment.policy(UPRIGHT)(jax.random.key(2), BATCH, None)
  for i in range(COUNT):
    rows, columns = np.nonzero(np.asarray(out['mask'][i]))
    if out['keypoints_valid'][i].all():
      seen = [[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]]
      assert np.allclose(out['keypoints'][i], seen, atol=1e-3)
  assert out['keypoints_valid'].any()


def test_what_leaves_is_flagged_and_stays_so():
  away = Policy(((Step(('TranslateX',)),),), 'autoaugment')  # 21.75 pixels, either way
  far = {**BATCH, 'boxes': jnp.tile(jnp.array([40.0, 10, 46, 20]), (COUNT, 1, 1)), 'boxes_valid': jnp.ones((COUNT, 1), bool)}
  out = augment.policy(away)(jax.random.key(0), far, None)
  gone = np.asarray(out['boxes'][:, 0, 0] >= SIDE - 1e-3)
  assert (np.asarray(out['boxes_valid'][:, 0]) == ~gone).all() and 0 < gone.sum() < COUNT
  none = {**BATCH, 'boxes_valid': jnp.zeros((COUNT, 1), bool)}
  assert not augment.policy(UPRIGHT)(jax.random.key(0), none, None)['boxes_valid'].any()


def test_colours_leave_targets_alone_and_absent_ones_absent():
  still = Policy(((Step(('Invert', 'Color', 'Equalize')),),))
  out = augment.policy(still)(jax.random.key(0), BATCH, None)
  assert all((out[name] == BATCH[name]).all() for name in ('mask', 'boxes', 'keypoints')) and out['boxes_valid'].all()
  assert set(augment.policy(still)(jax.random.key(0), {'image': BATCH['image']}, None)) == {'image'}


def test_what_comes_in_from_outside_has_its_own_label():
  draws = augment.draw(jax.random.key(0), COUNT, UPRIGHT, SIDE)
  moved = augment.carry({'image': BATCH['image'], 'mask': BATCH['mask']}, draws, UPRIGHT, 'loop', mask_fill=255)
  assert set(moved) == {'mask'} and set(np.unique(moved['mask'])) == {0, 1, 255}


def test_a_box_counts_by_what_is_left_of_it_at_the_end():
  """Two moves that each leave 3 / 8 of it leave 9 / 64."""
  twice = Policy(((Step(('TranslateX',)),) * 2,), 'research')  # 10 pixels, either way
  batch = {'image': jnp.zeros((200, 20, 32, 1)), 'boxes': jnp.tile(jnp.array([0.0, 4, 16, 12]), (200, 1, 1))}
  draws = {}
  for visibility in (0.05, 0.15, 0.4):
    out = augment.policy(twice, visibility=visibility)(jax.random.key(0), batch, None)
    draws[visibility] = np.asarray(out['boxes_valid'][:, 0])
    left = np.asarray(out['boxes'][:, 0, 2] - out['boxes'][:, 0, 0])
  gone = left == 0
  assert gone.any() and (~draws[0.05] == gone).all()  # twice to the left: 16 wide, then 6, then none
  assert (draws[0.15] == draws[0.05]).all() and draws[0.4].sum() < draws[0.15].sum()
  small = {**batch, 'boxes': jnp.tile(jnp.array([0.0, 4, 21, 12]), (200, 1, 1))}  # twice to the left: 1 of 21 left
  kept = [
    np.asarray(augment.policy(twice, visibility=v)(jax.random.key(0), small, None)['boxes_valid'][:, 0]) for v in (0.02, 0.1)
  ]
  assert kept[0].all() and (~kept[1] == gone).all()


def test_a_mask_keeps_its_dtype():
  for dtype in (bool, np.uint8):
    out = augment.policy(UPRIGHT)(jax.random.key(0), {'image': BATCH['image'], 'mask': MASK.astype(dtype)}, None)
    assert out['mask'].dtype == dtype


def test_a_motion_moves_one_image_and_what_lies_on_it():
  half = augment.by_matrix(lambda image, fill: image[:, 3:], jnp.array([1.0, 0, 3, 0, 1, 0]))  # 6 columns become 3
  targets = {
    'mask': jnp.arange(12).reshape(2, 6),
    'boxes': jnp.array([[0.0, 0, 3, 2], [1, 0, 5, 2], [2, 0, 6, 1]]),
    'keypoints': jnp.array([[2.5, 1], [3.5, 1]]),
  }
  moved = augment.move_targets(targets, half, 2, 3, visibility=0.6)
  assert moved['mask'].tolist() == [[3, 4, 5], [9, 10, 11]]
  assert moved['boxes'].tolist() == [[0, 0, 0, 2], [0, 0, 2, 2], [0, 0, 3, 1]]
  assert moved['boxes_valid'].tolist() == [False, False, True]  # 0, 1/2 and 3/4 of them are left
  assert moved['keypoints'].tolist() == [[-0.5, 1], [0.5, 1]] and moved['keypoints_valid'].tolist() == [False, True]
  flagged = {**targets, 'boxes_valid': jnp.zeros(3, bool), 'keypoints_valid': jnp.zeros(2, bool)}
  moved = augment.move_targets(flagged, half, 2, 3)
  assert not moved['boxes_valid'].any() and not moved['keypoints_valid'].any()
  with pytest.raises(InputError, match='visibility: 1.5'):
    augment.moving(lambda key, height, width: half, visibility=1.5)


def test_everything_that_moves_takes_targets_through_one_batch():
  steps = augment.compose(augment.standard(4), augment.policy(UPRIGHT), augment.cutout(8), augment.random_resized_crop(0.5))
  out = jax.jit(lambda key: steps(key, BATCH, None))(jax.random.key(3))
  kept = np.asarray(out['boxes_valid'][:, 0])
  assert kept.mean() > 0.5
  for i in np.nonzero(kept)[0]:
    rows, columns = np.nonzero(np.asarray(out['mask'][i]))
    seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(np.asarray(out['boxes'][i, 0]) - seen).max() < 1.0
