"""The inner problem: what is attacked, by which statistics, for how long."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import attacks, models
from jaxaug.train.objectives import OBJECTIVES, adversary, against
from jaxaug.train.objectives.trades import agreement_adversary
from jaxaug.types import Aux, InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
ATTACK = dict(epsilon=0.2, steps=3, step_size=0.1)
BATCH = {
  'image': np.random.default_rng(0).random((8, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1, 2, 3]],
}
PARAMS = NETWORK.init(jax.random.key(0), BATCH['image'])['params']


def changed(batch):
  return np.abs(np.asarray(batch['image']) - BATCH['image']).max((1, 2, 3)) > 0


def test_a_fraction_is_the_rows_of_least_margin():
  moved = adversary(NETWORK, ATTACK, fraction=0.5)(PARAMS, {}, jax.random.key(1), BATCH)
  margin = attacks.margin(NETWORK.apply({'params': PARAMS}, BATCH['image']), BATCH['label'])
  assert set(np.flatnonzero(changed(moved))) == set(np.argsort(-np.asarray(margin))[:4].tolist())
  assert changed(adversary(NETWORK, ATTACK)(PARAMS, {}, jax.random.key(1), BATCH)).all()
  agreeing = agreement_adversary(NETWORK, ATTACK, dict(fraction=0.5))(PARAMS, {}, jax.random.key(1), BATCH)  # of TRADES
  assert (changed(agreeing) == changed(moved)).all() and set(agreeing) == set(BATCH)
  assert (agreeing['label'] == BATCH['label']).all()


def test_with_patience_the_batch_says_when_each_row_was_fooled():
  moved = adversary(NETWORK, ATTACK, patience=0)(PARAMS, {}, jax.random.key(1), BATCH)
  assert moved['fooled_after'].shape == (8,) and np.abs(moved['image'] - BATCH['image']).max() <= 0.2


def test_batch_statistics_are_those_of_training_only_when_asked_for():
  network = models.create('wide_resnet', 4, depth=10, width=1)
  image = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)
  batch = {**BATCH, 'image': image}
  variables = network.init(jax.random.key(0), image)
  found = {}
  for statistics in ('running', 'batch'):
    for rows in (8, 4):
      inner = adversary(network, dict(ATTACK, random_start=False), statistics=statistics)
      few = jax.tree.map(lambda a: a[:rows], batch)
      found[statistics, rows] = np.asarray(
        jax.jit(inner)(variables['params'], variables['batch_stats'], jax.random.key(1), few)['image']
      )[:4]
  assert (found['running', 8] == found['running', 4]).all()  # a row's attack does not depend on the others
  assert (found['batch', 8] != found['batch', 4]).any() and (found['batch', 8] != found['running', 8]).any()


def test_the_outer_loss_sees_both_images_and_no_gradient_comes_back():
  def outer(params, batch_stats, key, batch):
    loss = (batch['adversarial'] - batch['image']).sum() * jax.tree.leaves(params)[0].sum()
    return loss, Aux(batch_stats, jnp.zeros(8), {})

  both = against(adversary(NETWORK, ATTACK), outer)
  gradient = jax.grad(both, has_aux=True)(PARAMS, {}, jax.random.key(1), BATCH)[0]
  moved = adversary(NETWORK, ATTACK)(PARAMS, {}, jax.random.split(jax.random.key(1))[0], BATCH)
  leaves = jax.tree.leaves(gradient)
  np.testing.assert_allclose(leaves[0], (moved['image'] - BATCH['image']).sum(), rtol=1e-4)
  assert not any(np.any(leaf) for leaf in leaves[1:])


def test_bad_knobs_are_named():
  for knobs, told in (
    (dict(fraction=0.0), 'fraction: 0.0'),
    (dict(patience=-2), 'patience: -2'),
    (dict(statistics='x'), "'x' is unknown"),
  ):
    with pytest.raises(InputError, match=told):
      adversary(NETWORK, ATTACK, **knobs)
  with pytest.raises(InputError, match="'restarts' is unknown"):
    adversary(NETWORK, dict(ATTACK, restarts=2), patience=0)


@pytest.mark.parametrize('name', ('pgd_at', 'trades', 'mart', 'awp'))
def test_every_adversarial_objective_can_be_friendly(name):
  attack = dict(norm='linf', epsilon=0.1, steps=2, step_size=0.05, restarts=1, keep='best')
  assert callable(OBJECTIVES[name](models.create('mlp', 3, hidden=(4,)), attack=attack, inner=dict(patience=0)))


def test_rows_that_are_not_attacked_are_not_fooled():
  network = models.create('mlp', 3, hidden=(4,))
  image, label = np.random.default_rng(0).random((6, 4, 4, 1), np.float32), np.eye(3, dtype=np.float32)[np.arange(6) % 3]
  variables = jax.jit(network.init)(jax.random.key(0), image)
  inner = adversary(network, dict(epsilon=0.3, steps=5, step_size=0.1), fraction=0.5, patience=5)
  moved = inner(variables['params'], {}, jax.random.key(1), {'image': image, 'label': label})
  still = (np.asarray(moved['image']) == image).all((1, 2, 3))
  assert still.sum() == 3 and (np.asarray(moved['fooled_after'])[still] == 5).all()


def test_going_towards_the_true_class_is_no_attack():
  with pytest.raises(InputError, match='targeted'):
    adversary(models.create('mlp', 3, hidden=(4,)), dict(targeted=True))
