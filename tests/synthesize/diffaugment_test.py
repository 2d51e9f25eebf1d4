"""DiffAugment: nothing at probability 0, each transformation's formula, gradients; ADA's controller."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.synthesize import diffaugment
from jaxaug.synthesize.diffaugment import follow_overfitting
from jaxaug.types import InputError

IMAGES = np.random.default_rng(0).uniform(-1, 1, (64, 8, 12, 3)).astype(np.float32)
NOTHING = dict(brightness=0.0, saturation=0.0, contrast=0.0, translation=0.0, cutout=0.0)


def only(**how):
  return np.asarray(jax.jit(lambda key: diffaugment(key, IMAGES, **{**NOTHING, **how}))(jax.random.key(0)))


def test_nothing_happens_at_probability_0_or_strength_0():
  fn = jax.jit(lambda key, probability: diffaugment(key, IMAGES, probability=probability))
  assert (fn(jax.random.key(0), 0.0) == IMAGES).all()
  np.testing.assert_allclose(only(), IMAGES, atol=1e-6)
  changed = (np.asarray(fn(jax.random.key(0), 0.2)) != IMAGES).any((1, 2, 3)).mean()
  assert 0.45 < changed < 0.9  # 1 - .8^5 = .67


def test_brightness_shifts_and_saturation_and_contrast_scale_around_their_means():
  shift = only(brightness=0.5) - IMAGES
  np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1, :1, :1], shift.shape), atol=1e-6)
  assert shift.min() < -0.4 and shift.max() > 0.4 and np.abs(shift).max() <= 0.5
  for how, middle, reach in (
    (dict(saturation=1.0), IMAGES.mean(3, keepdims=True), 1.0),
    (dict(contrast=0.5), IMAGES.mean((1, 2, 3), keepdims=True), 0.5),
  ):
    factor = (only(**how) - middle)[:, 0, 0, 0] / (IMAGES - middle)[:, 0, 0, 0]
    np.testing.assert_allclose(only(**how) - middle, factor[:, None, None, None] * (IMAGES - middle), atol=1e-3)
    assert 1 - reach <= factor.min() + 1e-3 < 1 - 0.8 * reach and 1 + 0.8 * reach < factor.max() - 1e-3 <= 1 + reach


def test_translation_moves_whole_pixels_and_leaves_grey():
  moved, seen = only(translation=1 / 8), set()
  padded = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)))
  for row in range(64):
    shifts = [(i, j) for i in range(5) for j in range(5) if (moved[row] == padded[row, i : i + 8, j : j + 12]).all()]
    assert len(shifts) == 1
    seen.add(shifts[0])
  assert {i for i, _ in seen} == {1, 2, 3} and {j for _, j in seen} == {0, 1, 2, 3, 4}  # 8/8 and 12/8, rounded


def test_cutout_leaves_a_grey_rectangle():
  made = only(cutout=0.5)
  hole = (made == 0).all(3)
  assert (made[~hole] == IMAGES[~hole]).all()
  heights, widths = hole.any(2).sum(1), hole.any(1).sum(1)
  assert (hole.sum((1, 2)) == heights * widths).all() and heights.max() == 4 and widths.max() == 6
  assert heights.min() >= 2 and widths.min() >= 3  # cut at the border


def test_gradients_are_those_of_finite_differences():
  x = jnp.asarray(IMAGES[:2])
  fn = jax.jit(lambda x: (diffaugment(jax.random.key(3), x) ** 2).sum())
  way = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
  slope = (jax.grad(fn)(x) * way).sum()
  np.testing.assert_allclose((fn(x + 1e-2 * way) - fn(x - 1e-2 * way)) / 2e-2, slope, rtol=1e-2)
  assert np.abs(slope) > 0.1


def test_bad_input_is_told():
  with pytest.raises(InputError, match=r'diffaugment.cutout: 2 must be in \[0, 1\]'):
    diffaugment(jax.random.key(0), IMAGES, cutout=2)
  with pytest.raises(InputError, match='must be images'):
    diffaugment(jax.random.key(0), IMAGES[0])


def test_ada_goes_up_while_the_discriminator_is_sure_and_down_again():
  memory = {'probability': jnp.float32(0), 'signs': jnp.float32(0)}
  follow = jax.jit(lambda memory, sign, step: follow_overfitting(memory, sign, step, target=0.6, pace=0.05))
  path = []
  for step in range(24):
    memory = follow(memory, 1.0 if step < 12 else 0.3, step)
    path.append(float(memory['probability']))
  np.testing.assert_allclose(path, [0] * 3 + [0.2] * 4 + [0.4] * 4 + [0.6] * 4 + [0.4] * 4 + [0.2] * 4 + [0], atol=1e-6)
  always = {'probability': jnp.float32(0.99), 'signs': jnp.float32(3.0)}
  assert follow(always, 1.0, 3)['probability'] == 1.0
