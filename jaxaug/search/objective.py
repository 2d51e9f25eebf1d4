"""What a search asks: how good are these policies? Answered by children trained side by side, remembered, and paid for."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxaug.augment import Policy, check_policy
from jaxaug.search.children import make_children, rows_of, sections, stack
from jaxaug.search.space import Space, check_space
from jaxaug.types import Array, InputError, Key, check_name, fill

DEFAULTS = dict(
  children=16,  # trained at once; fewer are filled up, so that there is one program
  seeds=1,  # trainings of each policy
  metric='accuracy',  # of METRICS
)
METRICS = ('accuracy', 'loss', 'worst_class')


class Scores(NamedTuple):
  """Of P policies; larger is better."""

  value: np.ndarray  # [P], mean over seeds; NaN where a child diverged
  error: np.ndarray  # [P], standard error over validation examples and seeds
  failed: np.ndarray  # bool [P]


class Cost(NamedTuple):
  """What a search has used so far."""

  child_steps: int  # updates of children that were asked for
  device_seconds: float  # wall time of the programs, compilation included, times devices
  programs: int  # compiled
  failed: int  # policies of which a child diverged


class Objective(NamedTuple):
  """The same for every method."""

  evaluate: Callable[[Sequence[Policy], Key], Scores]
  cost: Callable[[], Cost]
  space: Space
  trial: int  # child-steps of one policy
  children: int  # policies that are evaluated at once for the price of one program


def policy_hash(policy: Policy) -> str:
  """SHA-256 of what a policy says, in hexadecimal."""
  return hashlib.sha256(json.dumps(policy).encode()).hexdigest()


def make_objective(config: Mapping, space: Space | None = None, shape: tuple[int, int] | None = None) -> Objective:
  """Children of a config as an objective.

  Policies of one call are compared under the same seeds: initial weights, batches and draws of randomness are the same for all. The
  seeds are the config's; a policy that was evaluated under a key is not trained again under it.

  Args:
    config: with any of `children.SECTIONS`; `search` with any of DEFAULTS.
    space: whose ops and ranges; None is `Space()`.
    shape: (S, L) that policies are held in; None is the space's.

  Returns:
    Objective; `evaluate` raises InputError on a policy of another space.

  Raises:
    InputError: a field, a name, data without images or validation examples.
  """
  space = check_space(space or Space())
  settings = fill(sections(config)['search'], DEFAULTS, 'search')
  check_name(settings['metric'], METRICS, 'search.metric')
  for field in ('children', 'seeds'):
    if settings[field] < 1:
      raise InputError(f'search.{field}: {settings[field]} must be at least 1')
  children = make_children(config, space, shape)
  label = children.splits.validation['label'].argmax(-1)
  known: dict[tuple[str, bytes], np.ndarray] = {}
  spent = dict(steps=0, seconds=0.0, failed=0)
  size, seeds = settings['children'], settings['seeds']

  def trained(policies: Sequence[Policy], key: Key) -> list[np.ndarray]:
    """[V] scores of each validation example, of each policy, under one key."""
    seed = int(jax.random.bits(jax.random.fold_in(key, 0)))
    rows = rows_of(len(children.splits.train['id']), children.steps, children.batch_size, seed)
    found = []
    for at in range(0, len(policies), size):
      some = list(policies[at : at + size])
      filled = some + [some[-1]] * (size - len(some))
      start = time.perf_counter()
      keys = jax.random.wrap_key_data(np.broadcast_to(jax.random.key_data(jax.random.fold_in(key, 1)), (size, 2)))
      logits = jax.device_get(children.run(stack(filled, space, children.shape), keys, np.stack([rows] * size)))
      spent['seconds'] += (time.perf_counter() - start) * jax.local_device_count()
      spent['steps'] += children.steps * len(some)
      found += [each_example(one, label, settings['metric']) for one in logits[: len(some)]]
    return found

  def evaluate(policies: Sequence[Policy], key: Key) -> Scores:
    policies = [check_policy(policy) for policy in policies]
    if not policies:
      raise InputError('policies: there must be at least one')
    for policy in policies:
      if policy.source != space.source:
        raise InputError(f'policy.source: {policy.source!r}, the space is of {space.source!r}')
    runs = []
    for one in jax.random.split(key, seeds):
      named = {(policy_hash(policy), jax.random.key_data(one).tobytes()): policy for policy in policies}
      new = {name: policy for name, policy in named.items() if name not in known}
      if new:
        known.update(zip(new, trained(list(new.values()), one)))
      runs.append([known[policy_hash(policy), jax.random.key_data(one).tobytes()] for policy in policies])
    scores = _scores(np.array(runs), label, settings['metric'])
    spent['failed'] += int(scores.failed.sum())
    return scores

  cost = lambda: Cost(spent['steps'], spent['seconds'], children.compiled(), spent['failed'])
  return Objective(evaluate, cost, space, children.steps * seeds, size)


def each_example(logits: Array, label: Array, metric: str) -> np.ndarray:
  """What one child is worth on each validation example; NaN everywhere where its logits are not finite.

  Args:
    logits: [V, K].
    label: int [V].
    metric: of METRICS; 'worst_class' scores examples as 'accuracy' does.

  Returns:
    float64 [V].
  """
  logits = np.asarray(logits, np.float64)
  if not np.isfinite(logits).all():
    return np.full(len(logits), np.nan)
  if metric != 'loss':
    return (logits.argmax(-1) == label).astype(float)
  shifted = logits - logits.max(-1, keepdims=True)
  return shifted[np.arange(len(label)), label] - np.log(np.exp(shifted).sum(-1))


def _scores(runs: np.ndarray, label: np.ndarray, metric: str) -> Scores:
  """Of [R, P, V] scores of examples."""
  if metric == 'worst_class':
    classes = np.stack([runs[..., label == k].mean(-1) for k in np.unique(label)], -1).mean(0)  # [P, K]
    worst = np.unique(label)[np.argmin(np.nan_to_num(classes, nan=np.inf), -1)]
    runs = [[run[p][label == worst[p]] for p in range(len(worst))] for run in runs]
    per_seed = np.array([[one.mean() for one in run] for run in runs])
    examples = np.array([np.mean([run[p] for run in runs], 0).var() / max(len(runs[0][p]), 1) for p in range(len(worst))])
  else:
    per_seed, examples = runs.mean(-1), runs.mean(0).var(-1) / runs.shape[-1]
  seeds = per_seed.var(0, ddof=1) / len(per_seed) if len(per_seed) > 1 else 0.0
  value = per_seed.mean(0)
  return Scores(value, np.sqrt(examples + seeds), np.isnan(value))


def train_children(config: Mapping, policies: Sequence[Policy], key: Key) -> np.ndarray:
  """Trains a child under each policy and scores it on the validation split.

  Args:
    config: with any of `children.SECTIONS`.
    policies: P.
    key: of weights, batches and draws, the same for all policies.

  Returns:
    [P] scores, larger is better; NaN where a child diverged.

  Raises:
    InputError: what `make_objective` and its `evaluate` refuse.
  """
  sources = {policy.source for policy in policies}
  if len(sources) > 1:
    raise InputError(f'policies: of the ranges of {", ".join(sorted(sources))}; one search has one')
  used = dict.fromkeys(name for p in policies for steps in p.sub_policies for step in steps for name in step.ops)
  space = Space(tuple(used) or Space().ops, source=sources.pop() if sources else Space().source)
  shape = max(len(p.sub_policies) for p in policies), max(len(steps) for p in policies for steps in p.sub_policies)
  config = {**sections(config)}
  config['search'] = {'children': min(len(policies), DEFAULTS['children']), **config['search']}
  return make_objective(config, space, shape).evaluate(policies, key).value
