"""The spatial attack finds what was planted, stays inside its limits, and does not look at its neighbours."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from jaxaug import augment, ops
from jaxaug.augment.spatial import rotate_translate
from jaxaug.types import InputError, Model

SIDE, COUNT = 20, 6
Y, X = np.mgrid[:SIDE, :SIDE]
PHASES = np.arange(COUNT)[:, None, None]
SMOOTH = np.stack(
  [0.5 + 0.3 * np.sin(X / 3 + PHASES) * np.cos(Y / 4 - PHASES), 0.5 + 0.3 * np.cos(X / 4 + Y / 3 + PHASES)], -1
)
IMAGE = jnp.asarray(SMOOTH, jnp.float32)
RAMPS = jnp.tile(jnp.asarray(np.stack([X, Y], -1) / 100.0 + 0.3, jnp.float32), (COUNT, 1, 1, 1))
ID = jnp.arange(COUNT)
TARGET = IMAGE[:, ::-1]
MODEL = Model(None, lambda batch: -jnp.square(batch['image'] - batch['target'])[:, 7:-7, 7:-7].sum((1, 2, 3)))
warp = jax.jit(jax.vmap(lambda image, transform: rotate_translate(transform, SIDE, SIDE).pixels(image, 0.0)))


@functools.cache
def compiled(k, steps, grid):
  def attack(key, batch, degrees, pixels, step_size):
    return augment.spatial_attack(degrees, pixels, k, steps, step_size, grid)(key, batch, MODEL)['image']

  return jax.jit(attack)


def run(image=IMAGE, target=TARGET, id=ID, *, k=1, steps=0, grid=(), degrees=30.0, pixels=3.0, step_size=0.1):
  """What the attack makes of images whose loss is highest where they look, around the centre, like the targets."""
  batch = {'image': image, 'target': target, 'id': id}
  return compiled(k, steps, grid)(jax.random.key(1), batch, degrees, pixels, step_size)


def loss(image, target=TARGET):
  return np.asarray(MODEL.loss({'image': image, 'target': target}))


def transforms_of(ramps):
  """float [B, 3]: degrees, across, down, read off what became of RAMPS around the centre."""
  rows = (np.asarray(ramps, np.float64) - 0.3) * 100
  middle = slice(SIDE // 2 - 2, SIDE // 2 + 2)
  center = rows[:, middle, middle].mean((1, 2)) - (SIDE - 1) / 2  # R (across, down) for rotation R
  over = rows[:, SIDE // 2, SIDE // 2] - rows[:, SIDE // 2, SIDE // 2 - 1]
  angle = np.arctan2(over[:, 1], over[:, 0])
  across = np.cos(angle) * center[:, 0] + np.sin(angle) * center[:, 1]
  down = -np.sin(angle) * center[:, 0] + np.cos(angle) * center[:, 1]
  return np.stack([np.degrees(angle), across, down], 1)


def test_the_warp_is_scipys():
  degrees, across, down = 17.0, 1.3, -2.4
  angle, center = np.radians(degrees), (SIDE - 1) / 2
  turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # of (row, column)
  offset = center + turn @ (np.array([down, across]) - center)
  read = lambda channel: ndimage.affine_transform(channel, turn, offset, order=1, cval=np.nan)
  theirs = np.stack([read(SMOOTH[0, ..., i]) for i in (0, 1)], -1)
  known = np.isfinite(theirs)
  ours = warp(IMAGE, jnp.tile(jnp.array([degrees, across, down]), (COUNT, 1)))[0]
  np.testing.assert_allclose(ours[known], theirs[known], atol=2e-5)
  assert known.mean() > 0.5


def test_it_turns_as_rotate_and_shifts_as_translate():
  at = lambda *transform: warp(IMAGE, jnp.tile(jnp.float32(transform), (COUNT, 1)))
  turned, both = at(25, 0, 0), at(25, 2, -3)
  np.testing.assert_allclose(turned, jax.jit(jax.vmap(lambda image: ops.rotate(image, 25.0)))(IMAGE), atol=1e-6)
  np.testing.assert_allclose(both[:, 3:, :-2], turned[:, :-3, 2:], atol=1e-5)  # translated after it was turned
  np.testing.assert_array_equal(at(0, 0, 0), IMAGE)


def test_the_grid_finds_what_was_planted():
  planted = jnp.asarray([[30, 3, -3], [-30, 0, 0], [0, 0, 0], [15, -3, 3], [-15, 3, 3], [0, 0, -3]], jnp.float32)
  targets = warp(IMAGE, planted)
  np.testing.assert_allclose(run(target=targets, grid=(5, 3, 3)), targets, atol=1e-6)


def test_the_grid_is_the_best_of_its_points():
  points = [jnp.tile(jnp.float32([degrees, 0, down]), (COUNT, 1)) for degrees in (-20, 20) for down in (-1, 1)]
  candidates = [warp(IMAGE, point) for point in points]
  losses = np.stack([loss(candidate) for candidate in candidates])
  expected = np.stack([candidates[best][row] for row, best in enumerate(losses.argmax(0))])
  np.testing.assert_allclose(run(degrees=20.0, pixels=1.0, grid=(2, 1, 2)), expected, atol=1e-6)
  assert len(set(losses.argmax(0).tolist())) > 1


def test_an_odd_grid_holds_the_image_itself():
  np.testing.assert_array_equal(run(target=IMAGE, grid=(5, 3, 3)), IMAGE)
  assert (loss(run(target=IMAGE, grid=(2, 1, 2)), IMAGE) < -0.01).all()


def test_random_transforms_are_uniform_inside_the_limits():
  many = jnp.tile(RAMPS[:1], (400, 1, 1, 1))
  drawn = transforms_of(run(many, many, jnp.arange(400), degrees=20.0, pixels=2.0))
  limits = np.array([20.0, 2.0, 2.0])
  assert (np.abs(drawn) <= limits + 0.01).all() and (np.abs(drawn).max(0) > 0.95 * limits).all()
  assert (np.abs(drawn.mean(0)) < 0.12 * limits).all() and np.allclose(drawn.std(0) / limits, 3**-0.5, atol=0.05)
  assert np.abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 0.15


def test_more_draws_and_more_steps_never_lower_the_loss():
  one, more, climbed = (loss(run(k=k, steps=steps, step_size=0.03)) for k, steps in ((1, 0), (6, 0), (6, 4)))
  assert (more >= one - 1e-5).all() and (climbed >= more - 1e-5).all()
  assert one.mean() + 0.01 < more.mean() and more.mean() + 0.001 < climbed.mean()


def test_ascent_ends_at_the_planted_transform():
  planted = jnp.asarray(np.random.default_rng(3).uniform(-1, 1, (COUNT, 3)) * [12, 1.5, 1.5], jnp.float32)
  found = run(RAMPS, warp(RAMPS, planted), steps=120, degrees=15.0, pixels=2.0, step_size=0.01)
  assert (np.abs(transforms_of(found) - planted) < [1.0, 0.1, 0.1]).all()  # a step is 0.3 degrees, 0.04 pixels


def test_ascent_stops_at_the_limit():
  further_right = RAMPS + jnp.array([0.1, 0])[None, None, None]  # than it may go, by 7.5 pixels
  found = transforms_of(run(RAMPS, further_right, steps=120, degrees=0.0, pixels=2.5))
  np.testing.assert_allclose(found[:, :2], [[0, 2.5]] * COUNT, atol=1e-3)


@pytest.mark.parametrize('settings', ({'k': 6}, {'grid': (5, 3, 3)}, {'k': 6, 'steps': 4}))
def test_no_room_is_no_change(settings):
  np.testing.assert_array_equal(run(degrees=0.0, pixels=0.0, **settings), IMAGE)


def test_an_image_does_not_depend_on_its_neighbours():
  order = jnp.array([4, 2, 0, 5, 1, 3])
  whole = run(k=6, steps=4)
  np.testing.assert_array_equal(run(IMAGE[order], TARGET[order], ID[order], k=6, steps=4), whole[order])
  assert (np.abs(run(id=ID + 50, k=6, steps=4) - whole).max((1, 2, 3)) > 1e-3).any()
  few = order[:2]
  np.testing.assert_array_equal(run(IMAGE[few], TARGET[few], ID[few]), run()[few])


def test_it_vmaps_over_limits_and_no_gradient_flows():
  def turned(degrees, image):
    batch = {'image': image, 'target': image}
    return augment.spatial_attack(degrees, 0.0, 1)(jax.random.key(0), batch, MODEL)['image']

  small, large = jax.jit(jax.vmap(turned, (0, None)))(jnp.array([1.0, 30.0]), RAMPS)
  np.testing.assert_allclose(30 * transforms_of(small)[:, 0], transforms_of(large)[:, 0], atol=0.05)
  assert not jax.jit(jax.grad(lambda image: turned(5.0, image).sum()))(RAMPS).any()


def test_by_name():
  made = augment.create(('spatial_attack',), spatial_attack={'k': 2, 'grid': [1, 2, 1]})
  batch = {'image': IMAGE, 'target': TARGET}
  out = jax.jit(lambda key: made(key, batch, MODEL))(jax.random.key(0))
  assert set(out) == set(batch) and (out['image'] != IMAGE).any((1, 2, 3)).all()


@pytest.mark.parametrize(
  'values, words',
  (
    (dict(degrees=-1.0), 'spatial_attack.degrees: -1.0'),
    (dict(pixels=-1.0), 'spatial_attack.pixels: -1.0'),
    (dict(k=0), 'spatial_attack.k: 0'),
    (dict(steps=-1), 'spatial_attack.steps: -1'),
    (dict(step_size=-0.1), 'spatial_attack.step_size'),
    (dict(grid=(3, 3)), r'spatial_attack.grid: \(3, 3\)'),
    (dict(grid=(3, 0, 3)), 'spatial_attack.grid'),
    (dict(grid=(3, 1.5, 3)), 'spatial_attack.grid'),
  ),
)
def test_bad_arguments_are_named(values, words):
  with pytest.raises(InputError, match=words):
    augment.spatial_attack(**values)


def test_bytes_are_refused():
  with pytest.raises(InputError, match='image is uint8'):
    augment.spatial_attack()(jax.random.key(0), {'image': jnp.zeros((2, 4, 4, 3), jnp.uint8)}, MODEL)


def test_masks_boxes_and_keypoints_go_along_and_the_loss_sees_them():
  mask = jnp.zeros((2, SIDE, SIDE), jnp.int32).at[:, 4:7, 9:15].set(1)
  boxes = jnp.tile(jnp.array([9.0, 4, 15, 7]), (2, 1, 1))
  batch = {'image': mask[..., None].astype(jnp.float32), 'mask': mask, 'boxes': boxes, 'keypoints': boxes[..., :2]}
  on_the_left = Model(None, lambda batch: -batch['boxes'][:, 0, 2])
  attack = augment.spatial_attack(90.0, 2.0, grid=(3, 2, 1))
  out = jax.jit(lambda key: attack(key, batch, on_the_left))(jax.random.key(0))
  turned = jnp.roll(jnp.rot90(mask, 1, (1, 2)), -2, 2)  # counter-clockwise, then 2 pixels to the left
  np.testing.assert_array_equal(out['mask'], turned)
  np.testing.assert_allclose(out['image'][..., 0], turned, atol=1e-4)
  np.testing.assert_allclose(out['boxes'], jnp.tile(jnp.array([2.0, 5, 5, 11]), (2, 1, 1)), atol=1e-4)
  np.testing.assert_allclose(out['keypoints'], jnp.tile(jnp.array([2.0, 11]), (2, 1, 1)), atol=1e-4)
  assert out['boxes_valid'].all() and out['keypoints_valid'].all()
