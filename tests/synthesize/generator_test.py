"""The small things generators share: a ramped average, keys of steps and devices, shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug.synthesize.generator import average, check_shape, evaluated, first_state, step_key
from jaxaug.types import InputError


def test_the_average_forgets_its_first_weights():
  held, decay = jnp.float32(1.0), 0.999
  run = jax.jit(lambda held: jax.lax.fori_loop(0, 2000, lambda n, a: average(a, jnp.float32(0.0), n, decay), held))
  assert run(held) < 1e-12  # without the ramp .999^2000 = .135
  assert average(held, jnp.float32(0.0), jnp.int32(10**6), decay) == np.float32(0.999)


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
