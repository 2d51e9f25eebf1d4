"""Tables of 256 values: Pillow's, bit for bit; floats follow."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import ImageOps

from jaxaug import ops
from jaxaug.ops.tone import _stretch_table
from tests.ops.pillow import SEEDS, images, mismatches, slopes_agree

CASES = {
  'invert': (lambda i, v: ops.invert(i), lambda p, v: ImageOps.invert(p), lambda r: 0),
  'solarize': (ops.solarize, lambda p, v: ImageOps.solarize(p, float(v)), lambda r: r.choice([256, r.uniform(0, 256)])),
  'posterize': (ops.posterize, lambda p, v: ImageOps.posterize(p, int(v)), lambda r: r.integers(1, 9)),
  'autocontrast': (lambda i, v: ops.autocontrast(i), lambda p, v: ImageOps.autocontrast(p), lambda r: 0),
  'equalize': (lambda i, v: ops.equalize(i), lambda p, v: ImageOps.equalize(p), lambda r: 0),
}
ALL = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
FLOATS = jnp.asarray(ALL) / 255.0


@pytest.mark.parametrize('name', CASES)
@given(SEEDS)
@settings(max_examples=12)
def test_uint8_is_pillows(name, seed):
  op, pillow, value_of = CASES[name]
  random = np.random.default_rng(seed)
  batch = images(random, 64)
  assert mismatches(op, pillow, batch, np.array([value_of(random) for _ in batch], np.float32)) == 0


def test_autocontrast_is_pillows_for_every_range():
  random = np.random.default_rng(0)
  low, high = np.triu_indices(256, 1)
  batch = random.integers(low[:, None], high[:, None] + 1, (len(low), 62))
  batch = np.concatenate([low[:, None], batch, high[:, None]], 1).astype(np.uint8)[:, None, :, None]
  assert mismatches(lambda i, v: ops.autocontrast(i), lambda p, v: ImageOps.autocontrast(p), batch, np.zeros(len(low))) == 0


def test_the_table_holds_what_its_docstring_counts():
  patterns, pattern = _stretch_table()
  assert patterns[pattern].sum() == 12_094


def test_identities_and_ends():
  assert (ops.solarize(ALL, 256) == ALL).all() and (ops.posterize(ALL, 8) == ALL).all()
  assert (ops.posterize(ALL, 0) == 0).all() and (ops.solarize(ALL, 0) == 255 - ALL).all()
  assert (ops.solarize_add(ALL, 0) == ALL).all() and (ops.gamma(ALL, 1.0) == ALL).all()
  assert (ops.solarize_add(ALL, 110) == np.where(ALL < 128, np.minimum(ALL.astype(int) + 110, 255), ALL)).all()
  flat = np.full((4, 4, 3), 9, np.uint8)
  assert (ops.autocontrast(flat) == 9).all() and (ops.equalize(flat) == 9).all()


def test_floats_are_the_same_ops_on_another_scale():
  for name, value, scaled in (('invert', None, None), ('posterize', 3, 3), ('solarize', 100, 99.5 / 255)):
    args = lambda v: () if v is None else (v,)
    ours = getattr(ops, name)(FLOATS, *args(scaled))
    assert np.allclose(np.asarray(ours) * 255, getattr(ops, name)(ALL, *args(value)), atol=1e-3), name
  assert np.allclose(np.asarray(ops.equalize(FLOATS)) * 255, ops.equalize(ALL), atol=1e-3)
  assert np.allclose(np.asarray(ops.solarize_add(FLOATS, 50)) * 255, ops.solarize_add(ALL, 50), atol=1e-3)
  half = FLOATS * 0.5 + 0.1
  assert np.isclose(ops.autocontrast(half).min(), 0) and np.isclose(ops.autocontrast(half).max(), 1)


def test_gradients():
  weights = jax.random.normal(jax.random.key(0), FLOATS.shape)
  score = lambda op: lambda v: (weights * op(v)).mean()
  assert slopes_agree(score(lambda v: ops.gamma(FLOATS, v)), 1.7)
  assert slopes_agree(score(lambda v: ops.autocontrast(0.5 * FLOATS + v * jnp.square(FLOATS))), 0.2)
  assert slopes_agree(score(lambda v: ops.solarize(FLOATS * v, 2.0)), 0.9)
  for op in (ops.equalize, lambda image: ops.posterize(image, 3.0)):
    assert np.allclose(jax.grad(lambda image: (weights * op(image)).sum())(FLOATS), weights)
  assert np.isclose(jax.grad(lambda t: ops.solarize(FLOATS, t).sum())(0.5), FLOATS.size)
  mean_loss = lambda bits: float((jax.random.uniform(jax.random.key(1), (300, 300, 1)) - 0.5 / 2**bits).mean())
  assert np.isclose(jax.grad(lambda b: ops.posterize(FLOATS, b).mean())(3.0), mean_loss(4) - mean_loss(3), atol=0.02)


def test_histogram_counts():
  image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
  counts = ops.histogram(image)
  assert all((np.bincount(image[..., c].ravel(), minlength=256) == counts[c]).all() for c in range(3))
