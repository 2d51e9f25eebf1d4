"""Between the two kinds of pixels."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import data, ops

ALL = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)


def test_every_pixel_comes_back_from_its_float():
  floats = jax.jit(lambda image: data.as_batch({'image': image})['image'])(ALL)
  assert ops.is_float(floats) and not ops.is_float(ALL)
  assert (jax.jit(ops.to_uint8)(floats) == ALL).all() and ops.to_uint8(ALL) is ALL
  assert ops.to_uint8(jnp.array([-1.0, 0.501 / 255, 0.499 / 255, 2.0])).tolist() == [0, 1, 0, 255]


def test_a_function_of_floats_runs_on_both():
  halve = lambda image: image * 0.5
  assert (ops.on_floats(halve, ALL) == (ALL.astype(int) + 1) // 2).all()
  assert (ops.on_floats(halve, jnp.array([0.4])) == 0.2).all()
