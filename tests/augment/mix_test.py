"""What mixings share: labels keep their mass, equal the pixels mixed, each image on its own where asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest

from jaxaug import augment
from jaxaug.augment.mix import mixed, share_of_own
from jaxaug.models import as_model
from jaxaug.types import InputError

SIZE = 12
# image i is the constant class i / SIZE, so that pixels tell whom they come from
LEVELS = jnp.arange(SIZE) / SIZE
BATCH = {
  'image': jnp.broadcast_to(LEVELS[:, None, None, None], (SIZE, 16, 16, 2)),
  'label': jnp.eye(SIZE),
  'id': jnp.arange(SIZE),
}
WEIGHTS = jax.random.normal(jax.random.key(9), (16 * 16 * 2, SIZE)) * 0.1
evidence = lambda image: jnp.abs(jnp.einsum('bhwc,hwck->bhwk', image + 0.1, WEIGHTS.reshape(16, 16, 2, SIZE)))
MODEL = as_model(lambda image: image.reshape(len(image), -1) @ WEIGHTS, evidence)
BY_AREA = {
  'cutmix': augment.cutmix(),
  'cutmix, per image': augment.cutmix(per_image=True),
  'gridmix': augment.gridmix(),
  'puzzlemix': augment.puzzlemix(),
  'puzzlemix, still': augment.puzzlemix(move=False),
}
MIXINGS = BY_AREA | {
  'mixup': augment.mixup(1.0),
  'mixup, per image': augment.mixup(1.0, per_image=True),
  'snapmix': augment.snapmix(),
  'tokenmix': augment.tokenmix(),
  'label_smoothing': augment.label_smoothing(),
  'samplepairing': augment.samplepairing(),
}


@pytest.mark.parametrize('name', MIXINGS)
def test_label_mass_and_other_entries_are_kept(name):
  run = jax.jit(lambda key: MIXINGS[name](key, BATCH, MODEL))
  for seed in range(3):
    out = run(jax.random.key(seed))
    np.testing.assert_allclose(out['label'].sum(-1), 1, atol=1e-5)
    assert out['label'].min() >= 0 and (out['id'] == BATCH['id']).all() and set(out) == set(BATCH)
    assert out['image'].shape == BATCH['image'].shape and out['image'].dtype == jnp.float32
    assert (out['image'] != BATCH['image']).any() or (out['label'] != BATCH['label']).any()


@pytest.mark.parametrize('name', BY_AREA)
def test_labels_are_the_area_that_is_really_there(name):
  out = jax.jit(lambda key: BY_AREA[name](key, BATCH, MODEL))(jax.random.key(4))
  whose = np.asarray(jnp.round(out['image'][..., 0] * SIZE)).astype(int)
  for i in range(SIZE):
    area = np.bincount(whose[i].ravel(), minlength=SIZE) / 256
    np.testing.assert_allclose(area, out['label'][i], atol=1e-5)


@pytest.mark.parametrize('make', (augment.mixup, augment.cutmix))
def test_one_share_a_batch_or_one_an_image(make):
  for per_image, kinds in ((False, 1), (True, SIZE)):
    label = make(1.0, per_image=per_image)(jax.random.key(3), BATCH, None)['label']
    own = np.round(np.diag(label)[np.diag(label) < 1 - 1e-6], 5)
    assert len(set(own)) <= kinds and (len(set(own)) == 1) == (not per_image)


def test_shares_are_beta():
  key_one, key_each = jax.random.split(jax.random.key(0))
  assert kstest(np.asarray(share_of_own(key_each, 2.0, 3000, True)), 'beta', (2, 2)).pvalue > 1e-3
  one = share_of_own(key_one, 2.0, 5, False)
  assert one.shape == (5,) and (one == one[0]).all()


def test_labels_that_were_mixed_before_mix_on():
  label = jnp.array([[0.5, 0.5, 0], [0, 0.25, 0.75]])
  own, image = jnp.array([0.8, 0.5]), jnp.zeros((2, 1, 1, 1))
  out = mixed({'label': label, 'image': image}, jnp.array([1, 0]), own, 1 - own, image, None, 'x')['label']
  np.testing.assert_allclose(out, [[0.4, 0.45, 0.15], [0.25, 0.375, 0.375]], atol=1e-6)


@pytest.mark.parametrize(
  'make', (augment.mixup, augment.cutmix, augment.gridmix, augment.puzzlemix, augment.snapmix, augment.tokenmix)
)
def test_bad_alpha_and_integer_images_are_refused(make):
  with pytest.raises(InputError, match='alpha: 0.0 must be above 0'):
    make(0.0)
  with pytest.raises(InputError, match='image is uint8'):
    make()(jax.random.key(0), {'image': np.zeros((2, 4, 4, 1), np.uint8), 'label': np.eye(2)}, MODEL)


@pytest.mark.parametrize('name', sorted(set(MIXINGS) - {'samplepairing'}))  # which does not touch labels
def test_labels_that_are_no_probabilities_are_refused(name):
  for bad in ({**BATCH, 'label': jnp.arange(SIZE)}, {'image': BATCH['image']}):
    with pytest.raises(InputError, match=r'label is .*probabilities \[B, K\]'):
      MIXINGS[name](jax.random.key(0), bad, MODEL)


@pytest.mark.parametrize('name', ('cutmix', 'gridmix', 'tokenmix', 'puzzlemix, still'))
def test_a_mask_is_mixed_as_the_pixels_are(name):
  mask = jnp.broadcast_to(jnp.arange(SIZE)[:, None, None], (SIZE, 16, 16))
  out = MIXINGS[name](jax.random.key(4), {**BATCH, 'mask': mask}, MODEL)
  assert (out['mask'] == jnp.round(out['image'][..., 0] * SIZE)).all() and (out['mask'] != mask).any()


@pytest.mark.parametrize('name, entry', (('mixup', 'mask'), ('snapmix', 'mask'), ('puzzlemix', 'mask'), ('cutmix', 'boxes')))
def test_what_cannot_be_mixed_is_refused(name, entry):
  with pytest.raises(InputError, match=f'{name}: cannot mix {entry}'):
    MIXINGS[name](jax.random.key(0), {**BATCH, entry: jnp.zeros((SIZE, 16, 16))}, MODEL)


@pytest.mark.parametrize('make', (augment.snapmix, augment.tokenmix))
def test_one_draw_a_batch_or_one_an_image(make):
  """Partners differ; what is drawn is the same for all where it is drawn once."""
  batch = {**BATCH, 'image': jnp.broadcast_to(jnp.arange(SIZE)[:, None, None, None] / SIZE, (SIZE, 16, 16, 1))}
  flat = as_model(lambda image: image.sum((1, 2)) * jnp.ones((1, SIZE)), lambda image: jnp.ones((len(image), 4, 4, SIZE)))
  for per_image in (False, True):
    label = np.asarray(make(1.0, per_image=per_image)(jax.random.key(3), batch, flat)['label'])
    own = np.round(np.diag(label)[np.diag(label) < 1 - 1e-6], 4)
    assert (len(set(own)) == 1) == (not per_image), make


def test_half_precision_stays():
  batch = {'image': BATCH['image'][..., :1].astype(jnp.bfloat16), 'label': BATCH['label']}
  for make in (augment.mixup, augment.cutmix, augment.samplepairing, augment.color_jitter):
    assert make()(jax.random.key(0), batch, MODEL)['image'].dtype == jnp.bfloat16
