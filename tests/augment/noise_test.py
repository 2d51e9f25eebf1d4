"""Noise has the moments it claims."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

GREY = {'image': jnp.full((4, 60, 60, 3), 0.5)}


def drawn(make, batch=GREY):
  return np.asarray(jax.jit(lambda key: make(key, batch, None)['image'])(jax.random.key(0)))


def test_gaussian():
  noise = drawn(augment.gaussian_noise(0.08)) - 0.5
  assert abs(noise.mean()) < 2e-3 and abs(noise.std() - 0.08) < 2e-3
  assert (drawn(augment.gaussian_noise(0.0)) == 0.5).all()
  loud = augment.gaussian_noise(1.0, clip=False), augment.gaussian_noise(1.0)
  assert drawn(loud[0]).min() < 0 and drawn(loud[1]).min() == 0
  assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.05


def test_shot():
  noise = drawn(augment.shot_noise(25.0))
  assert abs(noise.mean() - 0.5) < 3e-3 and abs(noise.var() - 0.5 / 25) < 1e-3
  assert np.allclose(noise * 25, np.round(noise * 25), atol=1e-4)


def test_impulse():
  noise = drawn(augment.impulse_noise(0.2))
  assert abs((noise == 0).mean() - 0.1) < 0.01 and abs((noise == 1).mean() - 0.1) < 0.01
  assert ((noise == 0.5) | (noise == 0) | (noise == 1)).all()


def test_uint8_stays_uint8():
  pixels = {'image': jnp.full((2, 20, 20, 3), 100, jnp.uint8)}
  for make in (augment.gaussian_noise(), augment.shot_noise(), augment.impulse_noise()):
    out = drawn(make, pixels)
    assert out.dtype == np.uint8 and (out != 100).any() and abs(out.mean() - 100) < 6
  assert (drawn(augment.gaussian_noise(0.0), pixels) == 100).all()


@pytest.mark.parametrize(
  'make, name',
  (
    (lambda: augment.gaussian_noise(-1.0), 'sigma'),
    (lambda: augment.shot_noise(0.0), 'photons'),
    (lambda: augment.impulse_noise(2.0), 'amount'),
  ),
)
def test_bad_arguments_are_named(make, name):
  with pytest.raises(InputError, match=name):
    make()
