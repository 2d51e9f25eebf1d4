"""Predictions do not depend on how the examples are cut into batches."""

import jax
import numpy as np
import pytest

from jaxaug import models, parallel
from jaxaug.augment import adversarial
from jaxaug.evaluate import Predictor, attacked, clean

NETWORK = models.create('mlp', 3, hidden=(8,))
EXAMPLES = {
  'image': np.random.default_rng(0).integers(0, 256, (21, 4, 4, 1), np.uint8),
  'id': np.arange(21, dtype=np.int32),
  'label': np.eye(3, dtype=np.float32)[np.arange(21) % 3],
}


@pytest.fixture(scope='module')
def variables():
  return parallel.replicate(NETWORK.init(jax.random.key(0), EXAMPLES['image'][:1] / np.float32(255)))


def test_padding_is_cut_off_and_rows_keep_their_order(variables):
  expected = NETWORK.apply(variables, EXAMPLES['image'] / np.float32(255))
  for size in (1, 8, 64):  # rounded up to two devices
    logits = Predictor(clean(NETWORK), size)(variables, jax.random.key(1), EXAMPLES)['logits']
    assert logits.shape == (21, 3) and np.allclose(logits, expected, atol=1e-6)


def test_an_attack_does_not_depend_on_the_batch(variables):
  make = lambda epsilon: adversarial(epsilon=epsilon, step_size=0.02, steps=3, restarts=2)
  at = (variables, parallel.replicate(np.float32(0.1)))
  small, large = (Predictor(attacked(NETWORK, make, images=True), size)(at, jax.random.key(1), EXAMPLES) for size in (4, 32))
  assert np.abs(small['image'] - large['image']).max() <= 1e-6
  change = np.abs(large['image'] - EXAMPLES['image'] / np.float32(255))
  assert 0 < change.max() <= np.float32(0.1)
