"""Nothing drawn is nothing done; each section does its own; fields are refused by name."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from jaxaug import augment
from jaxaug.types import InputError

COUNT, HEIGHT, WIDTH = 6, 16, 20
RANDOM = np.random.default_rng(0)
OBJECT = np.zeros((COUNT, HEIGHT, WIDTH), bool)
OBJECT[:, 4:12, 5:16] = True
IMAGE = np.where(OBJECT[..., None], RANDOM.uniform(0.1, 1, (COUNT, HEIGHT, WIDTH, 3)), 0).astype(np.float32)
BATCH = {'image': jnp.asarray(IMAGE), 'label': jnp.eye(COUNT)}
OFF = dict(
  lighting=dict(gain=(1.0, 1.0), tint=0.0, gamma=(1.0, 1.0), gradient=0.0, spot=0.0),
  texture=dict(amount=(0.0, 0.0)),
  background=dict(probability=0.0),
  camera=dict(degrees=0.0, zoom=(1.0, 1.0), shift=0.0, tilt=0.0, defocus=(0.0, 0.0), exposure=0.0, noise=(0.0, 0.0)),
)
TEXTURED = jax.jit(lambda key, batch: augment.domain_randomization(background=dict(other=0.0))(key, batch, None))


def drawn(batch, **settings):
  make = augment.create(('domain_randomization',), domain_randomization=ConfigDict(OFF | settings))
  return np.asarray(jax.jit(lambda key: make(key, batch, None)['image'])(jax.random.key(0)))


def test_ranges_of_nothing_in_a_config_are_the_identity():
  noise = RANDOM.random(IMAGE.shape, np.float32)
  assert (drawn({'image': noise, 'mask': jnp.asarray(OBJECT * 1)}) == noise).all()


def test_without_a_mask_the_object_is_what_is_bright_at_first():
  found = TEXTURED(jax.random.key(0), BATCH)
  given = TEXTURED(jax.random.key(0), BATCH | {'mask': jnp.asarray(OBJECT * 1)})
  assert set(found) == {'image', 'label'} and (found['label'] == BATCH['label']).all()
  assert np.allclose(found['image'], given['image'], atol=1e-5)
  assert given['mask'].dtype == jnp.int32 and (given['mask'] != OBJECT).any((1, 2)).all()


def test_values_stay_in_range():
  pixels = np.asarray(TEXTURED(jax.random.key(0), BATCH)['image'])
  assert pixels.min() >= 0 and 0.5 < pixels.max() <= 1 and (pixels != IMAGE).any((1, 2, 3)).all()


@pytest.mark.parametrize('dtype', (jnp.uint8, jnp.float16, jnp.bfloat16, jnp.float32))
def test_dtype_and_shape_are_kept(dtype):
  batch = {'image': jax.ShapeDtypeStruct((3, 17, 21, 1), dtype)}
  out = jax.eval_shape(lambda batch: augment.domain_randomization()(jax.random.key(0), batch, None), batch)
  assert out == batch


def test_each_image_has_its_own_draws_and_sees_no_other():
  same = np.asarray(TEXTURED(jax.random.key(1), BATCH | {'image': jnp.tile(BATCH['image'][:1], (COUNT, 1, 1, 1))})['image'])
  assert all((same[i] != same[j]).mean() > 0.3 for i in range(COUNT) for j in range(i))
  run = lambda image: TEXTURED(jax.random.key(1), BATCH | {'image': image})['image']
  before, after = run(BATCH['image']), run(BATCH['image'].at[2].set(0.9))
  assert (np.asarray(before != after).any((1, 2, 3)) == (np.arange(COUNT) == 2)).all()


@pytest.mark.parametrize(
  'settings, words',
  (
    (dict(lightning={}), "augment.domain_randomization: 'lightning' is unknown. Did you mean 'lighting'"),
    (dict(lighting=dict(gian=1)), "domain_randomization.lighting: 'gian' is unknown. Did you mean 'gain'"),
    (dict(texture=dict(amont=1)), "domain_randomization.texture: 'amont' is unknown. Did you mean 'amount'"),
    (dict(texture=dict(threshold=0.1)), "domain_randomization.texture: 'threshold' is unknown"),
    (dict(background=dict(others=1)), "domain_randomization.background: 'others' is unknown. Did you mean 'other'"),
    (dict(camera=dict(degres=1)), "domain_randomization.camera: 'degres' is unknown. Did you mean 'degrees'"),
    (dict(camera=dict(zoom=1.5)), 'domain_randomization.camera.zoom: 1.5 is float, must be tuple'),
    (dict(camera=dict(zoom=(2.0, 1.0))), 'zoom'),
  ),
)
def test_mistakes_are_named(settings, words):
  with pytest.raises(InputError, match=words):
    augment.create((), domain_randomization=settings)
