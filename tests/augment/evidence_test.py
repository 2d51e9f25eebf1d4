"""SnapMix and TokenMix: labels follow the evidence; no evidence falls back to area."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, evaluate, models
from jaxaug.augment.cutmix import random_boxes
from jaxaug.augment.evidence import semantic_map
from jaxaug.augment.mix import share_of_own
from jaxaug.models import as_model
from jaxaug.types import InputError

COUNT = 10
BATCH = {
  'image': jnp.broadcast_to(jnp.arange(COUNT)[:, None, None, None] / COUNT, (COUNT, 8, 8, 1)),
  'label': jnp.eye(COUNT),
}
LEFT = jnp.zeros((8, 8)).at[:, :4].set(1)  # all evidence lies in the left half


def model(where):
  return as_model(
    lambda image: image.sum((1, 2)), lambda image: jnp.broadcast_to(where[None, :, :, None], (len(image), 8, 8, COUNT))
  )


def areas(image):
  whose = np.asarray(jnp.round(image[..., 0] * COUNT)).astype(int)
  return np.stack([np.bincount(row.ravel(), minlength=COUNT) for row in whose]), whose


def test_tokenmix_weighs_patches_by_evidence():
  out = augment.tokenmix(patch=2)(jax.random.key(1), BATCH, model(LEFT))
  _, whose = areas(out['image'])
  left = np.stack([np.bincount(row[:, :4].ravel(), minlength=COUNT) for row in whose]) / 32
  np.testing.assert_allclose(out['label'], left, atol=1e-5)


@pytest.mark.parametrize('where', (jnp.ones((8, 8)), jnp.zeros((8, 8)), jnp.full((8, 8), jnp.nan)))
def test_uniform_no_or_broken_evidence_is_area(where):
  out = augment.tokenmix(patch=2)(jax.random.key(1), BATCH, model(where))
  np.testing.assert_allclose(out['label'], areas(out['image'])[0] / 64, atol=1e-5)
  snap = augment.snapmix()(jax.random.key(1), BATCH, model(where))
  assert np.isfinite(snap['label']).all() and np.allclose(snap['label'].sum(-1), 1, atol=1e-5)


def test_snapmix_keeps_the_label_where_the_pasted_box_hides_nothing():
  out = augment.snapmix()(jax.random.key(2), BATCH, model(LEFT))
  _, whose = areas(out['image'])
  for i in range(COUNT):
    hidden = (whose[i] != i)[:, :4].sum()
    if hidden == 0 and (whose[i] != i).any():
      assert out['label'][i, i] >= 0.5 - 1e-5  # nothing lost, at most everything of the partner brought in
  assert any((row > 0).sum() == 2 for row in np.asarray(out['label']))


def test_snapmix_stretches_the_partners_box():
  ramp = jnp.broadcast_to(jnp.linspace(0, 1, 8)[None, None, :, None], (2, 8, 8, 1))
  batch = {'image': ramp, 'label': jnp.eye(2)}
  two = as_model(lambda image: image.sum((1, 2)), lambda image: jnp.ones((len(image), 8, 8, 2)))
  out = np.asarray(augment.snapmix(1.0)(jax.random.key(5), batch, two)['image'])
  changed = np.abs(out - np.asarray(ramp)).max((1, 3)) > 1e-5
  bent = np.abs(np.diff(out[..., 0], 2, axis=2)) > 1e-4  # a ramp stretched is a ramp but at the box's two edges
  assert changed.any() and bent.sum(2).max() <= 6 and out.min() >= 0 and out.max() <= 1


def test_same_label_pairs_keep_their_label():
  batch = {**BATCH, 'label': jnp.zeros((COUNT, COUNT)).at[:, 3].set(1.0)}
  for make in (augment.snapmix, augment.tokenmix):
    np.testing.assert_allclose(make()(jax.random.key(0), batch, model(LEFT))['label'], batch['label'], atol=1e-5)


def test_the_map_is_of_the_own_label_and_sums_to_one():
  weights = jnp.arange(COUNT)[None, None, None, :] * jnp.ones((COUNT, 8, 8, 1)) * LEFT[None, :, :, None]
  found = semantic_map(BATCH, as_model(lambda image: image, lambda image: weights), 8, 8, 'x')
  np.testing.assert_allclose(found.sum((1, 2)), 1, atol=1e-5)
  assert np.allclose(found[0], 1 / 64) and np.allclose(found[3][:, 4:], 0, atol=1e-6)


@pytest.mark.parametrize('make', (augment.snapmix, augment.tokenmix))
def test_a_model_without_evidence_is_refused(make):
  with pytest.raises(InputError, match='evidence'):
    make()(jax.random.key(0), BATCH, as_model(lambda image: image.sum((1, 2))))


def test_patches_that_do_not_fit_are_refused():
  with pytest.raises(InputError, match='tokenmix.patch: 3 does not divide images of 8 x 8'):
    augment.tokenmix(patch=3)(jax.random.key(0), BATCH, model(LEFT))


def test_snapmix_weighs_what_is_hidden_and_what_is_brought():
  """The own share is 1 - evidence under the box, the partner's the evidence inside ITS box; then scaled to 1."""
  key = jax.random.key(7)
  out = augment.snapmix()(jax.random.clone(key), BATCH, model(LEFT))
  key_into, key_out, key_box_into, key_box_out, key_partner = jax.random.split(key, 5)
  boxes = lambda key, key_box: random_boxes(key_box, 1 - share_of_own(key, 5.0, COUNT, True), 8, 8)
  into, brought = np.asarray(boxes(key_into, key_box_into)), np.asarray(boxes(key_out, key_box_out))
  partner = np.asarray(jax.random.permutation(key_partner, COUNT))
  in_left = lambda box: (box[2] - box[0]) * max(0, min(box[3], 4) - min(box[1], 4)) / 32  # share of the evidence
  told = 0
  for i in range(COUNT):
    own, other = 1 - in_left(into[i]), in_left(brought[i])
    expected = np.zeros(COUNT)
    expected[i] += own / (own + other)
    expected[partner[i]] += other / (own + other)
    np.testing.assert_allclose(out['label'][i], expected, atol=1e-5)
    told += partner[i] != i and abs(in_left(into[i]) - other) > 0.1
  assert told > 2


def test_networks_that_pool_offer_evidence_in_training():
  network = models.create('preact_resnet', COUNT, depth=8)
  variables = network.init(jax.random.key(0), BATCH['image'])
  frozen = evaluate.frozen(network, variables)
  np.testing.assert_allclose(frozen.evidence(BATCH).mean((1, 2)), frozen.logits(BATCH), rtol=1e-4, atol=1e-5)
  assert augment.snapmix()(jax.random.key(0), BATCH, frozen)['label'].shape == (COUNT, COUNT)
  cnn = models.create('cnn', COUNT, widths=(2, 2, 2, 2), hidden=3)
  assert evaluate.frozen(cnn, cnn.init(jax.random.key(0), BATCH['image'])).evidence is None
