"""Policies of a space: whole numbers, numbers in [0, 1] and back; what is drawn is drawn evenly."""

import jax
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from jaxaug import augment, search
from jaxaug.augment import Policy, Step
from jaxaug.types import InputError

SMALL = search.Space(('Rotate', 'Invert', 'Color'), 2, 2)
SPACES = st.builds(
  search.Space,
  st.lists(st.sampled_from(search.OPS), min_size=1, unique=True).map(tuple),
  st.integers(1, 6),
  st.integers(1, 3),
  st.integers(2, 12),
  st.integers(2, 31),
  st.sampled_from(('torchvision', 'tpu')),
)


@given(SPACES, st.integers(0, 2**32 - 1))
def test_tokens_and_policies_are_one_another(space, seed):
  tokens = np.random.default_rng(seed).integers(0, search.choices(space), (space.sub_policies, space.steps, 3))
  policy = augment.check_policy(search.decode(tokens, search.check_space(space)))
  assert (search.encode(policy, space) == tokens).all()
  numbers = (tokens + [0.5, 0, 0]) / (np.array(search.choices(space)) - [0, 1, 1])
  assert search.from_unit(numbers.reshape(-1), space) == policy


def test_random_policies_are_even_and_of_their_key():
  space = search.Space()
  policies = search.random_policies(jax.random.key(0), 400, space)
  tokens = np.stack([search.encode(policy, space) for policy in policies]).reshape(-1, 3)
  for column, most in zip(tokens.T, search.choices(space)):
    assert scipy.stats.chisquare(np.bincount(column, minlength=most)).pvalue > 1e-3
  assert policies[0] != policies[1] and policies == search.random_policies(jax.random.key(0), 400, space)


def test_shares_are_of_what_is_done():
  policy = Policy(((Step(('Rotate',), 0.5), Step(('Invert',), 0.25)), (Step(('Rotate', 'Color'), 1.0),)))
  np.testing.assert_allclose(search.op_shares(policy, SMALL.ops), [1.0 / 1.75, 0.25 / 1.75, 0.5 / 1.75])
  nothing = Policy(((Step(('Rotate',), 0.0),),))
  assert (search.op_shares(nothing, SMALL.ops) == 0).all()
  np.testing.assert_allclose(search.op_shares([policy, nothing], SMALL.ops), search.op_shares(policy, SMALL.ops))


@pytest.mark.parametrize(
  'changes, message',
  (
    (dict(ops=()), 'space.ops: must be a list of at least one name'),
    (dict(ops=('Rotat',)), "space.ops: 'Rotat' is unknown. Did you mean 'Rotate'"),
    (dict(ops=('Rotate', 'Rotate')), 'space.ops: a name stands there twice'),
    (dict(sub_policies=0), 'space.sub_policies: 0 must be a whole number from 1'),
    (dict(magnitudes=1), 'space.magnitudes: 1 must be a whole number from 2'),
    (dict(steps=1.5), 'space.steps: 1.5 must be a whole number'),
    (dict(source='torch'), "space.source: 'torch' is unknown"),
  ),
)
def test_a_bad_space_is_named(changes, message):
  with pytest.raises(InputError, match=message):
    search.check_space(SMALL._replace(**changes))


def test_what_is_not_of_the_space_is_named():
  with pytest.raises(InputError, match=r'tokens: must be whole numbers \[2, 2, 3\] below \(3, 11, 10\)'):
    search.decode(np.full((2, 2, 3), 3) * [1, 0, 0], SMALL)
  with pytest.raises(InputError, match='must have 2 sub-policies of 2 steps'):
    search.encode(augment.randaugment_policy(), SMALL)
  several = Policy(((Step(('Rotate', 'Color')), Step(('Color',))),) * 2)
  with pytest.raises(InputError, match='has several ops or magnitudes'):
    search.encode(several, SMALL)
  with pytest.raises(InputError, match=r"\[0\]\[1\].ops: 'Cutout' is unknown"):
    search.encode(Policy(((Step(('Rotate',)), Step(('Cutout',))),) * 2), SMALL)
  with pytest.raises(InputError, match=r'numbers: must be 12 in \[0, 1\]'):
    search.from_unit(np.full(12, np.nan), SMALL)
