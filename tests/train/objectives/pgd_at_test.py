"""PGD-AT against its parts."""

import jax
import numpy as np
import pytest

from jaxaug import augment, models
from jaxaug.evaluate import frozen
from jaxaug.train import erm, pgd_at
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
ATTACK = dict(epsilon=0.2, steps=3, step_size=0.1)
BATCH = {
  'image': np.random.default_rng(0).random((5, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]],
}


def attack_key(key):
  return jax.random.split(jax.random.split(key)[0])[0]


def losses(mix, **options):
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  return params, pgd_at(NETWORK, mix=mix, attack=ATTACK, **options)(params, {}, jax.random.key(1), BATCH)


def test_the_mix_is_linear_between_clean_and_adversarial():
  (_, (_, clean)), (_, (_, half)), (_, (_, worst)) = (losses(m) for m in (0.0, 0.3, 1.0))
  assert np.allclose(half.loss, 0.7 * clean.loss + 0.3 * worst.loss, atol=1e-5)
  assert (np.asarray(worst.loss) > np.asarray(clean.loss)).all()
  assert set(clean.metrics) == {'accuracy'} and set(worst.metrics) == {'robust_accuracy'}


def test_its_ends_are_erm_on_clean_and_on_attacked_images():
  params, (clean, _) = losses(0.0)
  assert np.isclose(clean, erm(NETWORK)(params, {}, jax.random.key(2), BATCH)[0], atol=1e-6)
  key_attack = attack_key(jax.random.key(1))
  moved = augment.create(('adversarial',), adversarial=ATTACK)(
    key_attack, BATCH, frozen(NETWORK, {'params': params, 'batch_stats': {}})
  )
  assert np.isclose(losses(1.0)[1][0], erm(NETWORK)(params, {}, jax.random.key(2), moved)[0], atol=1e-5)


def test_the_gradient_does_not_pass_through_the_attack():
  params, _ = losses(1.0)
  key_attack = attack_key(jax.random.key(1))
  moved = augment.create(('adversarial',), adversarial=ATTACK)(
    key_attack, BATCH, frozen(NETWORK, {'params': params, 'batch_stats': {}})
  )
  ours = jax.grad(lambda p: pgd_at(NETWORK, attack=ATTACK)(p, {}, jax.random.key(1), BATCH)[0])(params)
  theirs = jax.grad(lambda p: erm(NETWORK)(p, {}, jax.random.key(2), moved)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, theirs)


def test_a_mix_out_of_range_and_a_mistyped_attack_are_refused():
  with pytest.raises(InputError, match='objective.mix'):
    losses(1.5)
  with pytest.raises(InputError, match="'stepz' is unknown"):
    pgd_at(NETWORK, attack=dict(stepz=3))
