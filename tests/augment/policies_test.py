"""The named policies: what they hold, and pixels that stay Pillow's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, data
from jaxaug.types import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 12, 12, 3), np.uint8)
FACTORIES = {
  'randaugment': (augment.randaugment, augment.randaugment_policy()),
  'trivialaugment': (augment.trivialaugment, augment.trivialaugment_policy()),
  'autoaugment': (augment.autoaugment, augment.autoaugment_policy()),
}


@pytest.mark.parametrize('name', FACTORIES)
def test_floats_are_augmented_as_8_bit_pixels(name):
  make, policy = FACTORIES[name]
  key = jax.random.key(7)
  exact = augment.apply_policy(jax.random.clone(key), IMAGES, policy)
  batch = data.as_batch({'image': IMAGES, 'label': jnp.ones((16, 1))})
  done = jax.jit(lambda key, batch: make()(key, batch, None))(jax.random.clone(key), batch)
  assert (done['image'] == data.as_batch({'image': exact})['image']).all() and (exact != IMAGES).any()
  assert set(done) == set(batch) and (done['label'] == 1).all()
  assert (make()(jax.random.clone(key), {'image': IMAGES}, None)['image'] == exact).all()


def test_float_pixels_have_a_gradient():
  batch = data.as_batch({'image': IMAGES})
  augmented = lambda image: augment.randaugment(pixels='float', mode='iid')(jax.random.key(0), {'image': image}, None)[
    'image'
  ]
  slope = jax.grad(lambda image: augmented(image).sum())(batch['image'])
  assert np.isfinite(slope).all() and (np.asarray(slope) != 0).any(axis=(1, 2, 3)).all()


def test_what_the_policies_hold():
  policy = augment.randaugment_policy(3, 9)
  assert len(policy.sub_policies[0]) == 3 and len(policy.sub_policies[0][0].ops) == 14
  assert policy.sub_policies[0][0].low == policy.sub_policies[0][0].high == 0.3
  assert len(augment.randaugment_policy(2, 10, 'tpu').sub_policies[0][0].ops) == 16
  assert augment.trivialaugment_policy().source == 'trivialaugment'
  assert augment.trivialaugment_policy(wide=False).source == 'torchvision'
  assert augment.trivialaugment_policy().sub_policies[0][0].levels == 31
  for dataset in ('cifar10', 'svhn', 'imagenet'):
    policy = augment.autoaugment_policy(dataset)
    assert len(policy.sub_policies) == 25 and all(len(steps) == 2 for steps in policy.sub_policies)
  first = augment.autoaugment_policy('imagenet').sub_policies[0]
  assert [(s.ops, s.probability, s.low) for s in first] == [(('Posterize',), 0.4, 8 / 9), (('Rotate',), 0.6, 1.0)]
  assert augment.autoaugment_policy('cifar10', 'research').sub_policies[1][0].low == 0.2


def test_magnitude_zero_changes_next_to_nothing():
  done = augment.apply_policy(jax.random.key(0), IMAGES, augment.randaugment_policy(1, 0))
  draws = augment.draw(jax.random.key(0), len(IMAGES), augment.randaugment_policy(1, 0), 12)
  names = np.array(augment.op_names(augment.randaugment_policy(1, 0)))[np.asarray(draws.op[0])]
  quiet = ~np.isin(names, ('AutoContrast', 'Equalize', 'Solarize'))  # torchvision's solarize at 0 inverts 255
  assert (np.asarray(done)[quiet] == IMAGES[quiet]).all() and quiet.sum() > 5


@pytest.mark.parametrize(
  'make, message',
  (
    (lambda: augment.randaugment(0, 9), 'n, m = 0, 9'),
    (lambda: augment.randaugment(2, 31), 'from 0 to 30'),
    (lambda: augment.randaugment(2, 11, 'tpu'), 'from 0 to 10'),
    (lambda: augment.randaugment(source='tpus'), "policy.source: 'tpus'"),
    (lambda: augment.autoaugment('cifar'), "autoaugment.policy: 'cifar' is unknown. Did you mean 'cifar10'"),
    (lambda: augment.trivialaugment(pixels='int'), "pixels: 'int' is unknown"),
    (lambda: augment.trivialaugment(mode='both'), "mode: 'both' is unknown"),
  ),
)
def test_bad_arguments_are_named(make, message):
  with pytest.raises(InputError, match=message):
    make()
