"""SamplePairing and label smoothing, in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

BATCH = {'image': jnp.eye(6).reshape(6, 2, 3, 1), 'label': jnp.eye(6)}


def test_the_image_is_a_pair_and_the_label_stays():
  out = augment.samplepairing(0.3)(jax.random.key(1), BATCH, None)
  rows = np.asarray(out['image']).reshape(6, 6)
  assert (out['label'] == BATCH['label']).all() and np.allclose(rows.sum(1), 1) and np.allclose(rows.sum(0), 1)
  assert (np.diag(rows) >= 0.7 - 1e-6).all() and np.isclose(rows, 0.3).any()


def test_smoothing_is_uniform_mass():
  out = augment.label_smoothing(0.3)(jax.random.key(0), BATCH, None)['label']
  np.testing.assert_allclose(out, 0.7 * np.eye(6) + 0.05, atol=1e-6)


@pytest.mark.parametrize('make', (augment.samplepairing, augment.label_smoothing))
def test_shares_outside_are_refused(make):
  with pytest.raises(InputError, match=r'1.5 must be in \[0, 1\]'):
    make(1.5)
