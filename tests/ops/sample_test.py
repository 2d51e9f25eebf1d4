"""Nearest and bilinear reading of an image, against SciPy."""

import jax.numpy as jnp
import numpy as np
import scipy.ndimage

from jaxaug import ops

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.random((9, 7, 2)).astype(np.float32)
Y, X = RANDOM.uniform(0.5, 8.4, (5, 6)).astype(np.float32), RANDOM.uniform(0.5, 6.4, (5, 6)).astype(np.float32)


def test_bilinear_inside_is_scipys():
  for channel in range(2):
    theirs = scipy.ndimage.map_coordinates(IMAGE[..., channel], [Y - 0.5, X - 0.5], order=1)
    assert np.allclose(ops.bilinear(IMAGE, Y, X)[..., channel], theirs, atol=1e-5)


def test_outside_is_filled_and_the_border_goes_on():
  places = jnp.array([[-0.1, 0.1, 8.9, 9.0]])
  got = ops.bilinear(IMAGE, places, jnp.full((1, 4), 3.5), fill=7)
  assert (got[0, 0] == 7).all() and (got[0, 3] == 7).all()
  assert np.allclose(got[0, 1], IMAGE[0, 3]) and np.allclose(got[0, 2], IMAGE[8, 3])


def test_nearest_reads_and_fills():
  rows, columns = jnp.array([[0, 8, -1, 9, 4]]), jnp.array([[6, 0, 0, 0, 7]])
  got = ops.nearest(IMAGE, rows, columns, fill=5)
  assert (got[0, 0] == IMAGE[0, 6]).all() and (got[0, 1] == IMAGE[8, 0]).all() and (got[0, 2:] == 5).all()
