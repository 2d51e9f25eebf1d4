"""Friendly PGD from plain values."""

import jax
import numpy as np
import pytest

from jaxaug import attacks, augment, models
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((6, 4, 4, 1), np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]}
WEIGHT = np.random.default_rng(1).normal(size=(16, 3)).astype(np.float32)
MODEL = models.as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)


def test_it_is_the_attack_and_follows_strength():
  make = augment.create(('friendly',), friendly=dict(epsilon=0.1, steps=4, step_size=0.05, patience=1))
  plain = attacks.friendly(attacks.threat_model('linf', 0.1), steps=4, step_size=0.05, patience=1)
  assert (
    make(jax.random.key(0), BATCH, MODEL)['image'] == plain(jax.random.split(jax.random.key(0), 1)[0], BATCH, MODEL)['image']
  ).all()
  strength = np.linspace(0, 1, 6, dtype=np.float32)
  moved = make(jax.random.key(0), {**BATCH, 'strength': strength}, MODEL)
  far = np.abs(np.asarray(moved['image']) - IMAGE).max((1, 2, 3))
  assert far[0] == 0 and (far <= 0.1 * strength + 1e-7).all()
  still = make(jax.random.key(0), {**BATCH, 'steps': np.array([0, 9, 9, 9, 9, 9], np.int32)}, MODEL)
  assert still['fooled_after'][0] == 0 and (still['fooled_after'] <= 4).all()


def test_it_may_start_near_the_image():
  make = augment.create(('friendly',), friendly=dict(epsilon=0.1, steps=0, noise=0.001))
  moved = np.abs(np.asarray(make(jax.random.key(0), BATCH, MODEL)['image']) - IMAGE)
  assert 0 < moved.max() < 0.005


def test_bad_values_are_refused_at_once():
  with pytest.raises(InputError, match='epsilon: -1'):
    augment.create(('friendly',), friendly=dict(epsilon=-1.0))
  with pytest.raises(InputError, match='noise: 0.1 is a random start'):
    augment.create(('friendly',), friendly=dict(noise=0.1, random_start=False))
