"""Messages of the checks: the field is named, the type is said, a guess is made."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from jaxaug.types import InputError, call, check_name, fill, stored

DEFAULTS = {'steps': 10, 'rate': 0.1, 'name': 'sgd', 'nesterov': True, 'sizes': (1, 2), 'nested': {'a': 1}, 'anything': None}


def factory(first, second=0, *, steps: int = 3, rate: float = 0.5, sizes=(1,), nested: dict = {}):
  return first, second, steps, rate, sizes, nested


def test_a_known_name_passes_and_an_unknown_one_lists_all():
  check_name('b', ('a', 'b'), 'field')
  with pytest.raises(InputError, match=r"^field: 'zzz' is unknown. There are: alpha, beta$"):
    check_name('zzz', {'alpha': 1, 'beta': 2}, 'field')
  with pytest.raises(InputError, match=r"^field: 'alpa' is unknown. Did you mean 'alpha'\? There are: alpha, beta$"):
    check_name('alpa', ('alpha', 'beta'), 'field')
  with pytest.raises(InputError, match='field: 3 is unknown'):
    check_name(3, ('alpha', 'beta'), 'field')


def test_fill_overrides_defaults_and_leaves_them_alone():
  before = dict(DEFAULTS)
  assert fill({}, DEFAULTS, 'x') == DEFAULTS == before
  assert fill({'steps': 3, 'name': 'adam', 'nesterov': False}, DEFAULTS, 'x') == {
    **DEFAULTS,
    'steps': 3,
    'name': 'adam',
    'nesterov': False,
  }
  assert DEFAULTS == before and list(fill({'rate': 2.0}, DEFAULTS, 'x')) == list(DEFAULTS)


@pytest.mark.parametrize(
  'field, value, kept',
  (
    ('rate', 2, 2.0),
    ('sizes', [3, 4], (3, 4)),
    ('sizes', (), ()),
    ('anything', 'text', 'text'),
    ('anything', 3, 3),
    ('nested', {'b': 2}, {'b': 2}),
    ('nested', ConfigDict({'b': 2}), {'b': 2}),
  ),
)
def test_values_of_a_kindred_type_are_taken(field, value, kept):
  got = fill({field: value}, DEFAULTS, 'x')[field]
  assert got == kept and type(got) is type(kept)


def test_a_config_dict_is_filled_like_a_dict():
  assert fill(ConfigDict({'steps': 4, 'nested': {'b': 1}, 'sizes': (5,)}), DEFAULTS, 'x') == {
    **DEFAULTS,
    'steps': 4,
    'nested': {'b': 1},
    'sizes': (5,),
  }


@pytest.mark.parametrize(
  'field, value, words',
  (
    ('steps', True, 'True is bool, must be int'),
    ('steps', 2.5, '2.5 is float, must be int'),
    ('steps', '3', "'3' is str, must be int"),
    ('steps', None, 'None is NoneType, must be int'),
    ('rate', True, 'True is bool, must be float'),
    ('rate', '.1', "'.1' is str, must be float"),
    ('name', 3, '3 is int, must be str'),
    ('nesterov', 1, '1 is int, must be bool'),
    ('sizes', 'ab', "'ab' is str, must be tuple"),
    ('sizes', 3, '3 is int, must be tuple'),
    ('nested', 3, '3 is int, must be dict'),
    ('nested', [1], r'\[1\] is list, must be dict'),
  ),
)
def test_a_wrong_type_is_named_with_its_field(field, value, words):
  with pytest.raises(InputError, match=f'^train.{field}: {words}$'):
    fill({field: value}, DEFAULTS, 'train')


def test_an_unknown_field_is_named_with_a_suggestion():
  with pytest.raises(InputError, match=r"^train: 'stpes' is unknown. Did you mean 'steps'\? There are: steps, rate, name"):
    fill({'stpes': 3}, DEFAULTS, 'train')


def test_call_passes_arguments_and_checked_keywords():
  assert call(factory, {}, 'x', 'a') == ('a', 0, 3, 0.5, (1,), {})
  assert call(factory, ConfigDict({'rate': 2, 'nested': {'q': 1}}), 'x', 'a', 'b') == ('a', 'b', 3, 2.0, (1,), {'q': 1})


def test_call_hands_out_its_own_copy_of_a_default_dict():
  call(factory, {}, 'x', 'a')[-1]['left'] = 'behind'
  assert call(factory, {}, 'x', 'a')[-1] == {}


@pytest.mark.parametrize(
  'given, words',
  (
    ({'stepps': 1}, "attack: 'stepps' is unknown. Did you mean 'steps'"),
    ({'steps': 1.5}, 'attack.steps: 1.5 is float, must be int'),
    ({'first': 1}, "attack: 'first' is unknown"),
  ),
)
def test_call_names_a_wrong_field(given, words):
  with pytest.raises(InputError, match=words):
    call(factory, given, 'attack', 'a')


def test_an_input_error_is_a_value_error():
  assert issubclass(InputError, ValueError)


def test_what_is_stored_keeps_every_value():
  given = {'a': jnp.array([jnp.nan, 1e31, -jnp.inf]), 'b': jnp.arange(3), 'c': jnp.array([jnp.inf])}
  jax.tree.map(np.testing.assert_array_equal, jax.jit(stored)(given), given)
  assert stored(()) == () and stored([given['b']])[0] is given['b']
