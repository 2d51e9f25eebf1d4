"""A policy as arrays draws what the policy draws; many at once are each one alone; a program is compiled once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.types import InputError

OPS = ('Identity', 'Rotate', 'Invert', 'Color', 'SamplePairing', 'Solarize')
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 40, 8, 9, 3), np.uint8)
MIXED = Policy(
  ((Step(('Rotate', 'Invert', 'Invert'), 0.5, 0.2, 0.8, 4), Step(('Color',), 1.0, 0.3, 0.9)), (Step(('Solarize',)),))
)
INVERT, NOTHING = Policy(((Step(('Invert',)),),)), Policy(((Step(('Rotate',), 0.0),),))


def stacked(*policies):
  return jax.tree.map(lambda *a: jnp.stack(a), *(augment.trace_policy(policy, OPS, (3, 2)) for policy in policies))


def test_draws_are_those_of_the_policy():
  count = 40_000
  draws = jax.jit(
    lambda key: augment.draw_traced(key, count, augment.trace_policy(MIXED, OPS, (3, 2)), OPS, 'torchvision', 32)
  )(jax.random.key(0))
  op, used, value = (np.asarray(entry) for entry in draws[:3])
  second = used[0] & (op[0] == OPS.index('Solarize'))  # sub-policy 2
  assert abs(second.mean() - 0.5) < 0.01 and not used[1][second].any() and (value[0][second] == 0).all()
  counts = [((op[0] == OPS.index(name)) & used[0] & ~second).sum() for name in ('Rotate', 'Invert')]
  idle = (~used[0]).sum()
  assert scipy.stats.chisquare([*counts, idle], np.array([1 / 12, 1 / 6, 1 / 4]) * 2 * (count - second.sum())).pvalue > 1e-3
  degrees = value[0][(op[0] == OPS.index('Rotate')) & used[0]]
  assert set(np.round(np.abs(degrees), 3)) == {6.0, 12.0, 18.0, 24.0} and abs((degrees > 0).mean() - 0.5) < 0.02
  colour = value[1][used[1]]
  assert (op[1][used[1]] == OPS.index('Color')).all()
  assert scipy.stats.kstest((np.abs(colour - 1) - 0.27) / 0.54, 'uniform').pvalue > 1e-3


def test_each_batch_has_its_policy_and_its_own_partners():
  run = jax.jit(lambda key, images, policies: augment.apply_policies(jax.random.split(key, 3), images, policies, OPS))
  done = np.asarray(run(jax.random.key(0), IMAGES, stacked(INVERT, NOTHING, MIXED)))
  assert (done[0] == 255 - IMAGES[0]).all() and (done[1] == IMAGES[1]).all() and (done[2] != IMAGES[2]).any()
  pairing = Policy(((Step(('SamplePairing',)),),))
  level = np.broadcast_to(np.array([0, 100, 200], np.uint8).reshape(3, 1, 1, 1, 1), IMAGES.shape)
  assert (np.asarray(run(jax.random.key(1), level, stacked(pairing, pairing, pairing))) == level).all()
  assert run._cache_size() == 1  # other policies, the same program


def test_one_of_many_is_one_alone():
  keys, policies = jax.random.split(jax.random.key(5), 3), stacked(MIXED, INVERT, MIXED)
  many = augment.apply_policies(jax.random.clone(keys), IMAGES, policies, OPS)
  for i in (0, 2):
    policy = jax.tree.map(lambda a: a[i], policies)
    draws = augment.draw_traced(jax.random.clone(keys[i]), 40, policy, OPS, 'torchvision', (8, 9))
    table = Policy(((Step(OPS),) * 2,), 'torchvision')
    assert (augment.run_draws(IMAGES[i], draws, table) == many[i]).all()
  assert (many == augment.apply_policies(jax.random.clone(keys), IMAGES, policies, OPS, form='switch')).all()


def test_what_does_not_fit_is_named():
  with pytest.raises(InputError, match=r"sub_policies\[0\]\[0\].ops: 'Cutout' is unknown"):
    augment.trace_policy(Policy(((Step(('Cutout',)),),)), OPS, (1, 1))
  with pytest.raises(InputError, match='2 sub-policies of up to 2 steps do not fit into 1 of 2'):
    augment.trace_policy(MIXED, OPS, (1, 2))
  with pytest.raises(InputError, match='7 names, 6 of them different'):
    augment.apply_policies(jax.random.split(jax.random.key(0), 3), IMAGES, stacked(MIXED), (*OPS, 'Invert'))
  with pytest.raises(InputError, match='3 batches, 1 policies'):
    augment.apply_policies(jax.random.split(jax.random.key(0), 3), IMAGES, stacked(MIXED), OPS)
