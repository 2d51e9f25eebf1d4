"""Generated rows: as many as asked for, of the right labels, and the rest untouched."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError


def batch(rows=8):
  image = np.random.default_rng(0).random((rows, 2, 2, 1)).astype(np.float32)
  return {'image': jnp.asarray(image), 'label': jnp.eye(4)[np.arange(rows) % 4], 'id': jnp.arange(rows)}


def test_a_share_of_rows_is_drawn_with_their_own_labels():
  def sample(key, label):  # an image that shows its class
    return jnp.broadcast_to(10.0 + label.argmax(-1)[:, None, None, None], (len(label), 2, 2, 1))

  before, run = batch(), jax.jit(lambda key, batch: augment.synthetic(sample, ratio=0.5)(key, batch, None))
  after = run(jax.random.key(0), before)
  new = np.asarray(after['image'][:, 0, 0, 0] >= 10)
  assert new.sum() == 4 and (np.asarray(after['id'])[new] == -1).all()
  np.testing.assert_array_equal(after['image'][new][:, 0, 0, 0] - 10, after['label'][new].argmax(-1))
  for name in before:
    np.testing.assert_array_equal(after[name][~new], before[name][~new])
  np.testing.assert_array_equal(after['label'], before['label'])
  assert (np.asarray(run(jax.random.key(1), before)['id']) != np.asarray(after['id'])).any()


def test_stored_rows_bring_their_labels():
  image, label = np.full((3, 2, 2, 1), 5.0), np.eye(4)[[3, 3, 3]]
  after = augment.synthetic_stored(image, label, ratio=0.25)(jax.random.key(0), batch(), None)
  new = np.asarray(after['id']) == -1
  assert new.sum() == 2 and (after['image'][new] == 5).all() and (after['label'][new].argmax(-1) == 3).all()
  none = augment.synthetic_stored(image, label, ratio=0.0)(jax.random.key(0), batch(), None)
  np.testing.assert_array_equal(none['image'], batch()['image'])


def test_bad_input_is_told():
  with pytest.raises(InputError, match='synthetic.ratio: 2'):
    augment.synthetic(None, ratio=2)
  with pytest.raises(InputError, match='0 images and 0 labels'):
    augment.synthetic_stored(np.zeros((0, 2, 2, 1)), np.zeros((0, 4)))
  with pytest.raises(InputError, match=r'generated images are \(3, 3, 1\), these are \(2, 2, 1\)'):
    augment.synthetic_stored(np.zeros((1, 3, 3, 1)), np.eye(4)[:1])(jax.random.key(0), batch(), None)
