"""Cutting off is NumPy's."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.ops.pixels import rounded

PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)


def test_uint8_is_cut_off_as_numpy_does_in_float64():
  assert (ops.truncated(lambda value: value, PIXELS) == PIXELS).all()
  line = jax.jit(lambda factor, shift: ops.truncated(lambda value: factor * value + shift, PIXELS))
  for factor, shift in ((0.3, 0.1), (1.0, 1 / 255), (0.999, 0.0), (1.7, -0.2)):
    ours = np.asarray(line(factor, shift))
    theirs = np.clip(factor * (PIXELS / 255.0) + shift, 0, 1) * 255
    assert ours.dtype == np.uint8 and (ours == np.uint8(theirs + 1e-6)).all()


def test_floats_are_left_to_the_function():
  value = jnp.linspace(-1, 2, 12).reshape(3, 4, 1)
  assert (ops.truncated(lambda value: 3 * value, value) == 3 * value).all()
  assert ops.truncated(lambda value: value.astype(jnp.float32), value.astype(jnp.bfloat16)).dtype == jnp.bfloat16


def test_exact_is_numpys_float64_to_the_bit():
  line = jax.jit(lambda factor, shift: ops.truncated(lambda value: rounded(factor * value) + shift, PIXELS, exact=True))
  for factor, shift in ((0.4, 0.3), (1.0, 1 / 255), (0.999, 0.0), (1.7, -0.2)):
    theirs = np.uint8(np.clip(factor * (PIXELS / 255.0) + shift, 0, 1) * 255)
    with jax.enable_x64(True):
      assert (np.asarray(line(np.float64(factor), np.float64(shift))) == theirs).all()
