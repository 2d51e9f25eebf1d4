"""Rotation, shear, translation: Pillow's pixels, bit for bit; float gradients."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings

from jaxaug import ops
from jaxaug.ops.affine import _by_table, _cosine_sine
from jaxaug.types import InputError
from tests.ops.pillow import AFFINE, SEEDS, images, mismatches, slopes_agree

BILINEAR = PIL.Image.Resampling.BILINEAR
RANDOM = np.random.default_rng
CASES = {
  'rotate': (
    lambda p, v: p.rotate(float(v)),
    lambda r: r.choice([r.uniform(-400, 400), r.integers(-180, 181), r.integers(-720, 720) / 16, 90 * r.integers(-4, 5)]),
  ),
  'shear_x': (lambda p, v: p.transform(p.size, AFFINE, (1, float(v), 0, 0, 1, 0)), lambda r: r.uniform(-1, 1)),
  'shear_y': (lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, float(v), 1, 0)), lambda r: r.integers(-10, 11) / 10),
  'translate_x': (
    lambda p, v: p.transform(p.size, AFFINE, (1, 0, float(v), 0, 1, 0)),
    lambda r: r.choice([r.uniform(-40, 40), r.integers(-9, 9) + 0.5]),
  ),
  'translate_y': (
    lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, 0, 1, float(v))),
    lambda r: r.choice([r.uniform(-40, 40), r.integers(-9, 9)]),
  ),
}
PILLOWS_BILINEAR = {
  'rotate': lambda p, v: p.rotate(float(v), BILINEAR),
  'shear_x': lambda p, v: p.transform(p.size, AFFINE, (1, float(v), 0, 0, 1, 0), BILINEAR),
  'shear_y': lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, float(v), 1, 0), BILINEAR),
  'translate_x': lambda p, v: p.transform(p.size, AFFINE, (1, 0, float(v), 0, 1, 0), BILINEAR),
  'translate_y': lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, 0, 1, float(v)), BILINEAR),
}
SMOOTH = jnp.asarray(np.outer(np.hanning(18), np.hanning(17))[..., None], jnp.float32)


@pytest.mark.parametrize('name', CASES)
@given(SEEDS)
@settings(max_examples=12)
def test_nearest_on_uint8_is_pillows(name, seed):
  pillow, value_of = CASES[name]
  random = RANDOM(seed)
  batch = images(random, 64)
  values = np.array([value_of(random) for _ in batch], np.float32)
  assert mismatches(getattr(ops, name), pillow, batch, values) == 0


@given(SEEDS)
@settings(max_examples=12)
def test_any_matrix_is_pillows(seed):
  random = RANDOM(seed)
  batch = images(random, 64)
  matrices = random.uniform([-2, -2, -20] * 2, [2, 2, 20] * 2, (64, 6)).astype(np.float32)
  pillow = lambda p, v: p.transform(p.size, AFFINE, [float(x) for x in v])
  assert mismatches(ops.affine, pillow, batch, matrices) == 0


@pytest.mark.parametrize('name', CASES)
@given(SEEDS)
@settings(max_examples=12)
def test_bilinear_on_uint8_is_pillows(name, seed):
  random = RANDOM(seed)
  batch = images(random, 64)
  values = np.array([CASES[name][1](random) for _ in batch], np.float32)
  assert (
    mismatches(functools.partial(getattr(ops, name), interpolation='bilinear'), PILLOWS_BILINEAR[name], batch, values) == 0
  )


@given(SEEDS)
@settings(max_examples=12)
def test_any_matrix_is_pillows_between_pixels(seed):
  random = RANDOM(seed)
  batch = images(random, 64)
  matrices = random.uniform([-2, -2, -20] * 2, [2, 2, 20] * 2, (64, 6)).astype(np.float32)
  pillow = lambda p, v: p.transform(p.size, AFFINE, [float(x) for x in v], BILINEAR)
  assert mismatches(functools.partial(ops.affine, interpolation='bilinear'), pillow, batch, matrices) == 0


@given(SEEDS)
@settings(max_examples=12)
def test_an_upright_matrix_is_pillows(seed):
  random = RANDOM(seed)
  batch = images(random, 64)
  wide = random.uniform([-2, 0, -20, 0, -2, -20], [2, 0, 20, 0, 2, 20], (64, 6))
  whole = random.integers([-9, 0, -9, 0, -9, -9], [9, 1, 9, 1, 9, 9], (64, 6)) / np.array([3, 1, 1, 1, 7, 1])
  matrices = np.where(random.random((64, 1)) < 0.5, wide, whole).astype(np.float32)
  pillow = lambda p, v: p.transform(p.size, AFFINE, [float(x) for x in v])
  assert mismatches(ops.affine, pillow, batch, matrices) == 0


@pytest.mark.parametrize('interpolation', ('nearest', 'bilinear'))
@pytest.mark.parametrize('name', (*CASES, 'affine'))
def test_numbers_of_float64_are_taken_as_they_are(name, interpolation):
  random = RANDOM(5)
  image = random.integers(0, 256, (64, 48, 1), np.uint8)
  for _ in range(12):
    value = (
      CASES[name][1](random) if name in CASES else tuple(random.uniform([0.5, -1, -9, -1, 0.5, -9], [2, 1, 9, 1, 2, 9]))
    )
    if name == 'affine':
      pillow = lambda p, v: p.transform(p.size, AFFINE, v, getattr(PIL.Image.Resampling, interpolation.upper()))
    else:
      pillow = PILLOWS_BILINEAR[name] if interpolation == 'bilinear' else CASES[name][0]
    theirs = np.asarray(pillow(PIL.Image.fromarray(image[..., 0]), value))
    assert (getattr(ops, name)(image, value, interpolation=interpolation)[..., 0] == theirs).all(), value


@pytest.mark.parametrize('name', CASES)
def test_zero_changes_nothing_and_float_nearest_follows_uint8(name):
  image = RANDOM(1).integers(0, 256, (9, 8, 3), np.uint8)
  op = getattr(ops, name)
  assert (op(image, 0.0) == image).all()
  assert np.allclose(op(jnp.asarray(image) / 255.0, 0.0), image / 255, atol=1e-6)
  moved = op(jnp.asarray(image) / 255.0, 0.4, interpolation='nearest')
  assert (np.asarray(moved * 255 + 0.5).astype(np.uint8) == op(image, 0.4)).all()


@pytest.mark.parametrize('name', CASES)
def test_gradients_in_value_and_image(name):
  op = getattr(ops, name)
  target = SMOOTH[::-1, :, :]
  value = {'rotate': 11.3}.get(name, 0.137)
  fn = jax.jit(lambda value: ((op(SMOOTH, value) - 0.3 * target) ** 2).sum())
  assert slopes_agree(fn, value)
  assert abs(jax.grad(fn)(value)) > 1e-4
  along = jax.random.normal(jax.random.key(0), SMOOTH.shape)
  assert slopes_agree(lambda t: (op(SMOOTH + t * along, value) ** 2).mean(), 0.0)


def test_sines_are_those_of_python_to_fifteen_digits():
  degrees = np.concatenate([RANDOM(0).uniform(-720, 720, 20_000), np.arange(-720, 721)])
  with jax.enable_x64(True):
    cosine, sine = jax.jit(jax.vmap(_cosine_sine))(degrees)
  angles, cosine, sine = [math.radians(angle % 360) for angle in degrees], np.asarray(cosine), np.asarray(sine)
  assert (cosine == np.array([round(math.cos(angle), 15) for angle in angles])).all()
  assert (sine == np.array([round(math.sin(angle), 15) for angle in angles])).all()


def test_the_table_is_as_near_as_its_docstring_says():
  angles = RANDOM(0).uniform(0, 2 * np.pi, 20_000)
  with jax.enable_x64(True):
    cosine, sine = map(np.asarray, jax.jit(jax.vmap(_by_table))(angles))
  assert max(np.abs(cosine - np.cos(angles)).max(), np.abs(sine - np.sin(angles)).max()) < 3e-16


def test_signs_are_pillows():
  image = np.zeros((5, 5, 1), np.uint8)
  image[2, 1] = 255
  assert ops.translate_x(image, 1)[2, 0, 0] == 255 and ops.translate_y(image, 1)[1, 1, 0] == 255
  assert ops.rotate(image, 90)[3, 2, 0] == 255  # counter-clockwise: what is left goes down
  assert ops.shear_x(image, 0.5)[2, 0, 0] == 255  # right of the corner moves left, further down further


def test_an_unknown_interpolation_is_named():
  with pytest.raises(InputError, match="interpolation: 'bilinar' is unknown. Did you mean 'bilinear'"):
    ops.rotate(np.zeros((2, 2, 1), np.uint8), 1.0, interpolation='bilinar')
