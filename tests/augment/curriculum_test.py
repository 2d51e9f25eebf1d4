"""An attack that grows with training."""

import jax
import numpy as np
import pytest

from jaxaug import augment, models
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).uniform(0.4, 0.6, (4, 3, 3, 1)).astype(np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]}
WEIGHT = np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32)
MODEL = models.as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)


def marks(step, **settings):
  adaptive = augment.curriculum(**settings)
  run = lambda step: adaptive.augment(adaptive.init(jax.random.key(0), BATCH), step)(jax.random.key(0), BATCH, None)
  return {name: np.asarray(v) for name, v in jax.jit(run)(step).items()}


def test_strength_rises_in_a_line_and_stays():
  for step, strength in ((0, 0.2), (50, 0.6), (100, 1.0), (500, 1.0)):
    assert np.allclose(marks(step, steps=100, start=0.2)['strength'], strength)
  for step, strength in ((30, 0.2), (80, 0.6), (130, 1.0)):
    assert np.allclose(marks(step, steps=100, start=0.2, warmup=30)['strength'], strength)
  assert 'steps' not in marks(0)


def test_steps_rise_alike():
  assert [marks(s, steps=10, first_steps=1, last_steps=7)['steps'][0] for s in (0, 5, 10, 99)] == [1, 4, 7, 7]


def test_rows_weigh_alike_for_a_while():
  assert [marks(s, even=10)['even'].all() for s in (0, 9, 10, 50)] == [True, True, False, False]
  assert 'even' not in marks(0)


def test_the_attack_follows():
  """On a linear model the steps add up: distance is the least of radius and steps times their size."""
  far = {}
  for step in (0, 5, 10):
    adaptive = augment.create_adaptive(
      ('curriculum', 'adversarial'),
      curriculum=dict(steps=10, start=0.5, first_steps=1, last_steps=4),
      adversarial=dict(epsilon=0.1, steps=4, step_size=0.03, random_start=False, keep='last'),
    )
    moved = jax.jit(
      lambda step: adaptive.augment(adaptive.init(jax.random.key(0), BATCH), step)(jax.random.key(1), BATCH, MODEL)
    )(step)
    far[step] = np.abs(np.asarray(moved['image']) - IMAGE).max()
  assert np.allclose(
    [far[0], far[5], far[10]], [0.015, 2 * 0.0225, 0.1], atol=1e-6
  )  # .5 x 1 step; .75 x 2 (of 2.5); 4 steps


def test_bad_values_are_refused():
  for settings, told in (
    (dict(steps=0), 'steps 0'),
    (dict(start=2.0), 'start 2.0'),
    (dict(first_steps=-1), 'first_steps -1'),
    (dict(warmup=-1), 'warmup -1'),
    (dict(even=-1), 'even -1'),
  ):
    with pytest.raises(InputError, match=told):
      augment.curriculum(**settings)
