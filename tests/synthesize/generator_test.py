"""The small things generators share: keys of steps and devices, shapes."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import augment, models
from jaxaug.synthesize import gan
from jaxaug.synthesize.generator import check_shape, evaluated, first_state, step_key
from jaxaug.train import erm, init_state, make_step
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


def test_a_live_generator_stands_in_a_training_step():
  """Half of the rows that the step learns from are drawn in it: the same weights as from a batch into which they were put by hand."""
  made = gan((4, 4, 1), 3, width=2, latent=4)
  variables = evaluated(jax.jit(made.init)(jax.random.key(0)))
  sample = lambda key, label: (made.sample(variables, key, label) + 1) / 2
  network, optimizer = models.create('mlp', 3, hidden=(5,)), optax.sgd(0.1)
  batch = {'image': jax.random.uniform(jax.random.key(1), (8, 4, 4, 1)), 'label': jnp.eye(3)[jnp.arange(8) % 3]}
  mixed, plain = (augment.fixed(one) for one in (augment.synthetic(sample, ratio=0.5), augment.identity))
  state = init_state(network, optimizer, mixed, jax.random.key(2), (4, 4, 1), 0.0)
  found, _ = jax.jit(make_step(network, optimizer, erm(network), mixed))(state, batch)
  (piece,) = jax.random.split(jax.random.fold_in(state.key, 0), 1)
  key, _ = jax.random.split(piece)
  by_hand = jax.jit(lambda key: augment.synthetic(sample, ratio=0.5)(key, batch, None))(key)
  assert (by_hand['image'] != batch['image']).any((1, 2, 3)).sum() == 4
  wanted, _ = jax.jit(make_step(network, optimizer, erm(network), plain))(state, by_hand)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), found.params, wanted.params)
