"""Plasma, point by point."""

import jax
import numpy as np
import pytest

from jaxaug import ops
from jaxaug.types import InputError


def diamond_square(noise, decay):
  """One value at a time."""
  size = len(noise)
  cloud, step, amount = np.zeros_like(noise), size, 1.0
  while step > 1:
    half = step // 2
    around = lambda y, x, places: np.mean([cloud[(y + half * a) % size, (x + half * b) % size] for a, b in places])
    for y in range(half, size, step):
      for x in range(half, size, step):
        cloud[y, x] = around(y, x, ((-1, -1), (-1, 1), (1, -1), (1, 1))) + amount * noise[y, x]
    for first, second in ((0, half), (half, 0)):
      for y in range(first, size, step):
        for x in range(second, size, step):
          cloud[y, x] = around(y, x, ((-1, 0), (1, 0), (0, -1), (0, 1))) + amount * noise[y, x]
    step, amount = half, amount / decay**2
  return (cloud - cloud.min()) / np.ptp(cloud)


@pytest.mark.parametrize('size, decay', ((2, 2.0), (16, 1.4), (32, 3.0)))
def test_it_is_diamond_square(size, decay):
  noise = np.random.default_rng(size).uniform(-1, 1, (size, size))
  ours = np.asarray(jax.jit(lambda noise: ops.plasma(noise, decay))(noise.astype(np.float32)))
  assert np.abs(ours - diamond_square(noise, decay)).max() < 1e-5 and ours.min() == 0 and ours.max() == 1


def test_more_decay_is_smoother():
  noise = np.random.default_rng(0).uniform(-1, 1, (32, 32)).astype(np.float32)
  rough = [float(np.abs(np.diff(ops.plasma(noise, decay), axis=0)).mean()) for decay in (1.0, 1.5, 3.0)]
  assert rough[0] > 1.5 * rough[1] > 1.5 * 1.2 * rough[2]
  assert not np.isnan(ops.plasma(np.zeros((8, 8), np.float32), 2.0)).any()


@pytest.mark.parametrize('shape', ((8, 4), (12, 12)))
def test_a_bad_shape_is_named(shape):
  with pytest.raises(InputError, match='plasma.noise'):
    ops.plasma(np.zeros(shape, np.float32), 2.0)
