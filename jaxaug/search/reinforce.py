"""Reinforcement learning: a controller is rewarded with the scores of the policies that it writes; REINFORCE and PPO are one code path."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tqdm import tqdm

from jaxaug.augment import Policy
from jaxaug.search.controller import init_controller, make_controller, read, tokens_of, write
from jaxaug.search.objective import Objective
from jaxaug.search.result import SearchResult, affordable, best, evaluated
from jaxaug.search.space import Space, decode
from jaxaug.types import Array, InputError, Key, PyTree

ALGORITHMS = ('reinforce', 'ppo')


def policy_gradient_loss(
  controller, params: PyTree, tokens: Array, before: Array, advantage: Array, clip: float, entropy: float
) -> Array:
  """- mean_p sum_t min(r A, clip(r, 1 - e, 1 + e) A) - beta mean H, with r = pi(token) / pi_before(token)

  At r = 1 its gradient is that of REINFORCE, - mean_p A grad sum_t log pi(token).

  Args:
    controller: the network.
    params: its weights, what is differentiated.
    tokens: int32 [P, T].
    before: [P, T] log-probabilities of the tokens when they were written.
    advantage: A [P].
    clip: e; infinity clips nothing.
    entropy: beta.

  Returns:
    Scalar.

  Source: Schulman et al., Proximal Policy Optimization Algorithms, 2017, equations 7 and 9; Williams, Simple Statistical
  Gradient-Following Algorithms, 1992.
  """
  logs, entropies = jax.vmap(lambda row: read(controller, params, row))(tokens)
  ratio, gain = jnp.exp(logs - before), advantage[:, None]
  clipped = jnp.clip(ratio, 1 - clip, 1 + clip)
  return -jnp.minimum(ratio * gain, clipped * gain).sum(1).mean() - entropy * entropies.mean()


def reinforcement(
  objective: Objective,
  space: Space,
  budget: int,
  key: Key,
  *,
  algorithm: str = 'ppo',
  learning_rate: float = 0.02,
  epochs: int = 4,
  clip: float = 0.2,
  entropy: float = 0.01,
  decay: float = 0.8,
  width: int = 64,
  top: int = 5,
) -> SearchResult:
  """The controller writes as many policies as are evaluated at once, and is updated from their scores, until the budget is spent.

  Args:
    objective: asked.
    space: of the policies.
    budget: child-steps.
    key: of the controller, its draws and the children.
    algorithm: 'reinforce' (one update a generation) or 'ppo' (`epochs` of them, with clipped ratios).
    learning_rate: of Adam. The paper's 3.5e-4 is for 15,000 trials.
    epochs: of PPO.
    clip: of PPO.
    entropy: weight of the entropy.
    decay: of the moving mean of scores that is the baseline.
    width: of the controller.
    top: how many of the best policies are joined, as in the paper.

  Returns:
    SearchResult.

  Raises:
    InputError: a budget below one trial, an unknown algorithm, top or epochs below 1.
    FloatingPointError: every child diverged.

  Source: Cubuk et al., AutoAugment, 2019, section 3; Zoph and Le, Neural Architecture Search with Reinforcement Learning, 2017.
  """
  if algorithm not in ALGORITHMS:
    raise InputError(f'rl.algorithm: {algorithm!r} is unknown; there are {", ".join(ALGORITHMS)}')
  for field, value in (('epochs', epochs), ('top', top)):
    if value < 1:
      raise InputError(f'rl.{field}: {value} must be at least 1')
  rounds, ratio = (epochs, clip) if algorithm == 'ppo' else (1, np.inf)
  key_init, key_write, key_children = jax.random.split(key, 3)
  controller, length = make_controller(space, width), space.sub_policies * space.steps * 3
  params = init_controller(controller, key_init)
  optimizer = optax.adam(learning_rate)
  opt_state, history, baseline = optimizer.init(params), [], None
  draw = jax.jit(jax.vmap(lambda params, key: write(controller, params, key, length), (None, 0)))
  logs_of = jax.jit(jax.vmap(lambda params, row: read(controller, params, row)[0], (None, 0)))

  @jax.jit
  def update(params, opt_state, tokens, before, advantage):
    loss = lambda params: policy_gradient_loss(controller, params, tokens, before, advantage, ratio, entropy)
    steps, opt_state = optimizer.update(jax.grad(loss)(params), opt_state)
    return optax.apply_updates(params, steps), opt_state

  left = affordable(objective, budget)
  bar = tqdm(total=left, desc=algorithm, unit='policy', leave=False, disable=None)
  generation = 0
  while left:
    keys = jax.random.split(jax.random.fold_in(key_write, generation), objective.children)
    tokens = draw(params, keys)[: min(left, objective.children)]
    scores = evaluated(
      objective, [decode(tokens_of(row, space), space) for row in tokens], jax.random.clone(key_children), history
    )
    left, generation = left - len(tokens), generation + 1
    whole = np.isfinite(scores)
    if whole.any() and len(tokens) == objective.children:
      mean = scores[whole].mean()
      baseline = mean if baseline is None else decay * baseline + (1 - decay) * mean
      worth = np.where(whole, scores, scores[whole].min())  # a child that diverged is as good as the worst
      advantage = jnp.asarray((worth - baseline) / max(worth.std(), 1e-6), jnp.float32)
      before = logs_of(params, tokens)
      for _ in range(rounds):
        params, opt_state = update(params, opt_state, tokens, before, advantage)
    bar.update(len(tokens))
    bar.set_postfix_str(f'best {max(row["score"] for row in history):.3f}')
  joined = tuple(steps for policy in best(history, top) for steps in policy.sub_policies)
  return SearchResult(Policy(joined, space.source), history, objective.cost())
