"""An evaluation's attack keeps the shape it was described in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import evaluate, models
from jaxaug.types import InputError


def test_attacks_keep_the_ratio_of_step_to_radius():
  model = models.as_model(lambda image: jnp.stack([image.sum((1, 2, 3)), jnp.zeros(len(image))], -1))
  batch = {'image': np.full((1, 2, 2, 1), 0.5, np.float32), 'label': np.eye(2, dtype=np.float32)[:1]}
  make = evaluate.attack_of(dict(epsilon=0.1, step_size=0.05, steps=1, random_start=False))
  for epsilon in (0.1, 0.2):
    moved = make(epsilon)(jax.random.key(0), batch, model)['image']
    assert np.allclose(moved, 0.5 - epsilon / 2)
  with pytest.raises(InputError, match="'eps' is unknown"):
    evaluate.attack_of(dict(eps=0.1))


def test_descriptions_say_norm_radius_steps_and_restarts():
  assert (
    evaluate.describe(dict(norm='l2', epsilon=0.5, steps=20, step_size=0.1, restarts=2))
    == 'PGD-20, L2 0.5, step 0.1, 2 restarts'
  )


def test_descriptions_say_what_is_not_as_usual():
  told = evaluate.describe(dict(momentum=0.9, keep='last', random_start=False, loss='margin'))
  assert told == 'PGD-10, Linf 0.1, step 0.025, 1 restart, margin loss, momentum 0.9, last iterate, from the image'
  assert evaluate.describe(dict(noise=0.001)).endswith('from noise of 0.001')


def test_radius_zero_is_the_image_itself():
  model = models.as_model(lambda image: jnp.stack([image.sum((1, 2, 3)), jnp.zeros(len(image))], -1))
  batch = {'image': np.full((1, 2, 2, 1), 0.5, np.float32), 'label': np.eye(2, dtype=np.float32)[:1]}
  assert (
    evaluate.attack_of(dict(epsilon=0.0, steps=2))(0.0)(jax.random.key(0), batch, model)['image'] == batch['image']
  ).all()


def test_going_towards_the_true_class_is_no_attack():
  with pytest.raises(InputError, match='targeted'):
    evaluate.attack_of(dict(targeted=True))
