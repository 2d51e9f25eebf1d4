"""The table of norms: what `threat_model_test` does not ask."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks import NORMS

RNG = np.random.default_rng(0)


def test_sparse_steps_take_the_largest_hundredth_and_no_blocked_pixel():
  image = np.full((10, 20, 1), 0.5, np.float32)
  gradient = RNG.normal(size=image.shape).astype(np.float32)
  order = np.argsort(-np.abs(gradient).ravel())
  blocked = np.where(gradient > 0, 1.0, 0.0).ravel()[order[0]]
  image.ravel()[order[0]] = blocked
  step = np.asarray(NORMS['l1'].direction(jnp.asarray(gradient), jnp.asarray(image), (0.0, 1.0)))
  np.testing.assert_array_equal(np.flatnonzero(step), np.sort(order[1:3]))
  np.testing.assert_allclose(step.ravel()[order[1:3]], np.sign(gradient.ravel()[order[1:3]]) / 2)
  assert not NORMS['l1'].direction(jnp.zeros((3, 3, 1)), jnp.zeros((3, 3, 1)), (0.0, 1.0)).any()


def test_noise_lies_in_the_unit_ball():
  for norm in NORMS.values():
    noise = [norm.noise(jax.random.key(i), (4, 5, 2), jnp.float32) for i in range(20)]
    lengths = [float(norm.length(one)) for one in noise]
    assert max(lengths) <= 1 + 1e-5 and min(lengths) > 0.5
