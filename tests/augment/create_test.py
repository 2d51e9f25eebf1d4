"""Augmentations by name: what is refused, and that order counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from jaxaug.augment import AUGMENTS, compose, create, cutout, identity, mixup, standard
from jaxaug.types import InputError, Model

IMAGE = np.random.default_rng(0).random((4, 3, 3, 1), np.float32)
BATCH = {'image': IMAGE, 'label': np.eye(4, dtype=np.float32)}


def test_it_composes_what_is_named_with_its_keywords():
  settings = {'standard': {'padding': 1}, 'cutout': {'size': 2, 'fill': 0.5}, 'mixup': {'alpha': 2.0}}
  batch = jax.tree.map(jnp.asarray, BATCH)
  ours, theirs = (
    jax.jit(lambda key: augment(key, batch, None))(jax.random.key(0))
    for augment in (  # noqa: B023
      create(('standard', 'cutout', 'mixup'), **settings),
      compose(standard(1), cutout(2, 0.5), mixup(2.0)),
    )
  )
  assert all((ours[name] == theirs[name]).all() for name in BATCH) and (ours['image'] != IMAGE).any()


def test_no_names_are_the_identity_and_unused_settings_wait():
  assert create(()) is identity and create([], mixup={'alpha': 0.1}) is identity
  sections = ConfigDict({'mixup': {'alpha': 0.1}, 'standard': {'padding': 2}})
  assert callable(create(('standard',), **sections)) and all(callable(make) for make in AUGMENTS.values())


def test_an_attack_after_mixup_sees_mixed_labels_and_one_before_does_not():
  seen = []

  def loss(batch):
    jax.debug.callback(lambda label: seen.append(np.asarray(label)), batch['label'])
    return batch['image'].sum((1, 2, 3))

  model = Model(logits=None, loss=loss)
  settings = dict(mixup={'alpha': 5.0}, adversarial={'steps': 1})
  mixed = create(('mixup', 'adversarial'), **settings)(jax.random.key(1), BATCH, model)
  jax.effects_barrier()
  assert seen and all((label == mixed['label']).all() for label in seen) and (mixed['label'] != BATCH['label']).any()
  seen.clear()
  create(('adversarial', 'mixup'), **settings)(jax.random.key(1), BATCH, model)
  jax.effects_barrier()
  assert seen and all((label == BATCH['label']).all() for label in seen)


def test_the_attack_comes_last_when_it_is_named_last():
  model = Model(logits=None, loss=lambda batch: batch['image'].sum((1, 2, 3)))
  settings = dict(cutout={'size': 20}, adversarial={'steps': 10, 'step_size': 0.1, 'epsilon': 0.25})
  last = create(('cutout', 'adversarial'), **settings)(jax.random.key(0), BATCH, model)['image']
  first = create(('adversarial', 'cutout'), **settings)(jax.random.key(0), BATCH, model)['image']
  np.testing.assert_allclose(last, jnp.full_like(last, 0.25), atol=1e-6)
  assert not first.any()


@pytest.mark.parametrize(
  'names, settings, words',
  (
    (('standrd',), {}, "augment: 'standrd' is unknown. Did you mean 'standard'.*adversarial, .*mixup, .*standard"),
    ((), {'mixupp': {}}, "augment: 'mixupp' is unknown. Did you mean 'mixup'"),
    (('mixup',), {'mixup': {'alhpa': 1.0}}, "augment.mixup: 'alhpa' is unknown. Did you mean 'alpha'"),
    ((), {'adversarial': {'epsilonn': 1.0}}, "augment.adversarial: 'epsilonn' is unknown. Did you mean 'epsilon'"),
    (('mixup',), {'mixup': {'alpha': -1.0}}, 'mixup.alpha'),
    ('mixup', {}, r"'mixup' must be a tuple of names, like \('mixup',\)"),
  ),
)
def test_mistakes_are_named(names, settings, words):
  with pytest.raises(InputError, match=words):
    create(names, **settings)
