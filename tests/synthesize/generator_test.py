"""The small things generators share: keys of steps and devices, shapes."""

import jax
import jax.numpy as jnp
import optax
import pytest

from jaxaug.synthesize.generator import check_shape, evaluated, first_state, step_key
from jaxaug.types import InputError


def test_a_state_starts_with_its_weights_as_their_average():
  params = {'w': jnp.ones(3)}
  state = first_state(jax.random.key(0), params, optax.adam(0.1), {'mean': jnp.zeros(1)})
  assert evaluated(state) == {'params': params, 'batch_stats': state.batch_stats} and state.step == 0
  later = state._replace(step=jnp.int32(1))
  assert step_key(state, None) != step_key(later, None)


@pytest.mark.parametrize('shape', ((), (0,), (1, 2, 3, 4)))
def test_shapes(shape):
  check_shape((3, 4, 1), 'x')
  with pytest.raises((InputError, ValueError)):
    check_shape(shape, 'x')
