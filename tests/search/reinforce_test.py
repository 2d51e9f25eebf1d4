"""PPO at ratio 1 is REINFORCE; the controller finds the best arm of a known table, and more of it than random search."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import search
from jaxaug.search.controller import init_controller, make_controller, read
from jaxaug.search.reinforce import policy_gradient_loss, reinforcement
from jaxaug.types import InputError
from tests.search.toy import SPACE, toy

WORTH = {'Rotate': 1.0, 'Invert': -1.0}


def test_ppo_at_ratio_1_is_reinforce():
  controller = make_controller(SPACE, 8)
  params = init_controller(controller, jax.random.key(0))
  tokens = jax.random.randint(jax.random.key(1), (5, 12), 0, 4)
  advantage = jax.random.normal(jax.random.key(2), (5,))
  logs = lambda params: jax.vmap(lambda row: read(controller, params, row)[0])(tokens)
  ppo = jax.grad(lambda p: policy_gradient_loss(controller, p, tokens, logs(params), advantage, 0.2, 0.0))(params)
  plain = jax.grad(lambda p: -(advantage * logs(p).sum(1)).mean())(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), ppo, plain)
  moved = jax.tree.map(lambda p: 30 * p, params)  # ratios far from 1 are clipped
  clipped = jax.grad(lambda p: policy_gradient_loss(controller, p, tokens, logs(params), advantage, 0.2, 0.0))(moved)
  free = jax.grad(lambda p: policy_gradient_loss(controller, p, tokens, logs(params), advantage, np.inf, 0.0))(moved)
  assert max(jnp.abs(a - b).max() for a, b in zip(jax.tree.leaves(clipped), jax.tree.leaves(free))) > 1e-4


@pytest.mark.parametrize('algorithm', ('reinforce', 'ppo'))
def test_it_finds_the_best_arm_of_a_known_table(algorithm):
  found = reinforcement(toy(WORTH, noise=0.05, children=16), SPACE, 10 * 640, jax.random.key(0), algorithm=algorithm, top=1)
  last = [row['policy'] for row in found.history[-64:]]
  shares = search.op_shares(last, SPACE.ops)
  assert shares[0] > 0.5 and shares[1] < 0.1, shares
  assert len(found.history) == 640 and search.op_shares(found.policy, SPACE.ops)[0] > 0.8


def test_children_that_diverge_teach_to_keep_away():
  objective = toy({'Rotate': 1.0}, children=16, fails='Invert')
  found = reinforcement(objective, SPACE, 10 * 480, jax.random.key(0))
  failed = np.array([row['failed'] for row in found.history])
  assert failed[:64].mean() > 2 * failed[-64:].mean()


def test_bad_settings_are_named():
  for given, message in (
    (dict(algorithm='a2c'), "rl.algorithm: 'a2c' is unknown"),
    (dict(epochs=0), 'rl.epochs: 0'),
    (dict(top=0), 'rl.top: 0'),
  ):
    with pytest.raises(InputError, match=message):
      reinforcement(toy({}), SPACE, 100, jax.random.key(0), **given)
