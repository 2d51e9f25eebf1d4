"""Examples near the boundary that keep their label."""

import jax
import numpy as np
import pytest

from jaxaug import attacks, augment, models
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32)
MODEL = models.as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)
IMAGE = np.random.default_rng(0).uniform(0.3, 0.7, (20, 3, 3, 1)).astype(np.float32)
OWN = np.argmax(IMAGE.reshape(20, -1) @ WEIGHT, -1)


def run(label, **settings):
  batch = {'image': IMAGE, 'label': np.eye(3, dtype=np.float32)[label]}
  moved = jax.jit(lambda key: augment.boundary(**settings)(key, batch, MODEL))(jax.random.key(0))['image']
  distance = np.abs(np.asarray(moved) - IMAGE).max((1, 2, 3))
  return -np.asarray(attacks.margin(MODEL.logits({'image': moved}), batch['label'])), distance


@pytest.mark.parametrize('least', [0.0, 0.1])
def test_the_margin_falls_to_the_least_and_not_below(least):
  before = -np.asarray(attacks.margin(MODEL.logits({'image': IMAGE}), np.eye(3, dtype=np.float32)[OWN]))
  after, distance = run(OWN, epsilon=0.3, steps=40, step_size=0.02, least=least)
  clear = before > least
  assert (after[clear] >= least).all() and (distance <= 0.3).all()
  near = clear & (distance < 0.29)  # the ball did not stop these
  assert near.sum() > 5 and (after[near] < least + 0.05).all()


def test_what_is_wrong_stays_as_it_is():
  _, distance = run((OWN + 1) % 3)
  assert not distance.any()


def test_bad_values_are_refused():
  with pytest.raises(InputError, match='least -1'):
    augment.boundary(least=-1.0)
