"""Free adversarial training against its algorithm written out with plain SGD."""

import jax
import numpy as np
import optax
import pytest

from jaxaug import attacks, augment, models
from jaxaug.train import init_state, make_step
from jaxaug.train.objectives import free
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
BATCH = {
  'image': np.random.default_rng(0).random((5, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]],
}
ADAPTIVE = augment.fixed(augment.identity)


def test_a_step_is_the_algorithm():
  optimizer, objective = optax.sgd(0.5), free(NETWORK, replays=3, epsilon=0.1, step=0.5)
  state = init_state(NETWORK, optimizer, ADAPTIVE, jax.random.key(0), (3, 3, 1), 0.0)
  after, metrics = jax.jit(make_step(NETWORK, optimizer, objective, ADAPTIVE))(state, BATCH)

  key_start = jax.random.split(jax.random.fold_in(state.key, 0), 3)[1]
  image = jax.vmap(attacks.threat_model('linf', 0.1).init)(attacks.example_keys(key_start, BATCH), BATCH['image'])
  params, losses = state.params, []
  loss = lambda params, image: optax.softmax_cross_entropy(NETWORK.apply({'params': params}, image), BATCH['label']).mean()
  for _ in range(3):
    losses.append(loss(params, image))
    for_weights, for_images = jax.grad(loss, (0, 1))(params, image)
    params = jax.tree.map(lambda w, g: w - 0.5 * g, params, for_weights)
    image = np.clip(image + 0.05 * np.sign(for_images), BATCH['image'] - 0.1, BATCH['image'] + 0.1).clip(0, 1)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), after.params, params)
  assert np.isclose(metrics['loss'], np.mean(losses), atol=1e-5) and after.step == 1


def test_pieces_and_no_replays_are_refused():
  with pytest.raises(InputError, match='train.accumulate: 2'):
    make_step(NETWORK, optax.sgd(0.1), free(NETWORK), ADAPTIVE, accumulate=2)
  with pytest.raises(InputError, match='objective.replays: 0'):
    free(NETWORK, replays=0)


def test_a_curriculum_is_refused():
  with pytest.raises(InputError, match='augment.curriculum'):
    free(NETWORK).start(jax.random.key(0), BATCH | {'strength': np.ones(5, np.float32)})
