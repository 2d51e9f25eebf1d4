"""Rotation, shear, translation: Pillow's pixels, bit for bit; float gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings

from jaxaug import ops
from jaxaug.ops.affine import _cosine_sine
from jaxaug.types import InputError
from tests.ops.pillow import AFFINE, SEEDS, images, mismatches, slopes_agree

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
@pytest.mark.parametrize('fill', (0, 128))
def test_bilinear_on_uint8_is_pillows_within_one(name, fill):
  import PIL.Image

  random = RANDOM(0)
  image = random.integers(0, 256, (40, 31, 1), np.uint8)
  for value in (0.0, 0.3, -7.25):
    options = dict(resample=PIL.Image.Resampling.BILINEAR, fillcolor=fill)
    matrix = {
      'shear_x': (1, value, 0, 0, 1, 0),
      'shear_y': (1, 0, 0, value, 1, 0),
      'translate_x': (1, 0, value, 0, 1, 0),
      'translate_y': (1, 0, 0, 0, 1, value),
    }.get(name)
    picture = PIL.Image.fromarray(image[..., 0])
    theirs = picture.transform(picture.size, AFFINE, matrix, **options) if matrix else picture.rotate(value, **options)
    ours = getattr(ops, name)(image, value, interpolation='bilinear', fill=fill)[..., 0]
    different = np.abs(np.asarray(ours).astype(int) - np.asarray(theirs).astype(int))
    assert (different > 1).mean() <= 0.001, (value, different.max())  # a border place may fall in or out


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


def test_sines_are_as_near_as_their_docstring_says():
  degrees = RANDOM(0).uniform(0, 360, 20_000).astype(np.float32)
  pairs = jax.jit(jax.vmap(_cosine_sine))(degrees)
  angle = np.radians(degrees.astype(np.float64))
  for (whole, part), exact in zip(pairs, (np.cos(angle), np.sin(angle))):
    assert np.abs(np.asarray(whole, np.float64) + np.asarray(part, np.float64) - 65536 * exact).max() < 1e-5


def test_signs_are_pillows():
  image = np.zeros((5, 5, 1), np.uint8)
  image[2, 1] = 255
  assert ops.translate_x(image, 1)[2, 0, 0] == 255 and ops.translate_y(image, 1)[1, 1, 0] == 255
  assert ops.rotate(image, 90)[3, 2, 0] == 255  # counter-clockwise: what is left goes down
  assert ops.shear_x(image, 0.5)[2, 0, 0] == 255  # right of the corner moves left, further down further


def test_an_unknown_interpolation_is_named():
  with pytest.raises(InputError, match="interpolation: 'bilinar' is unknown. Did you mean 'bilinear'"):
    ops.rotate(np.zeros((2, 2, 1), np.uint8), 1.0, interpolation='bilinar')
