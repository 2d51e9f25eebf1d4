"""Bayesian search: a Gaussian process with expected improvement, and Optuna's tree of Parzen estimators."""

import warnings
from collections.abc import Sequence

import jax
import numpy as np
import scipy.stats
from tqdm import tqdm

from jaxaug.augment import Policy
from jaxaug.search.objective import Objective
from jaxaug.search.result import SearchResult, affordable, best, evaluated
from jaxaug.search.space import Space, choices, decode, encode, from_unit, random_policies
from jaxaug.types import Array, InputError, Key


def expected_improvement(mean: Array, deviation: Array, highest: float) -> np.ndarray:
  """E max(f - f*, 0) = (m - f*) Phi(z) + s phi(z), z = (m - f*) / s, for f ~ N(m, s^2)

  Args:
    mean: m, any shape.
    deviation: s, at least 0.
    highest: f*, the best score so far.

  Returns:
    Of their shape; max(m - f*, 0) where s is 0.

  Source: Jones et al., Efficient Global Optimization of Expensive Black-Box Functions, 1998, equation 15.
  """
  gain, deviation = np.asarray(mean, float) - highest, np.asarray(deviation, float)
  z = gain / np.maximum(deviation, 1e-12)
  there = gain * scipy.stats.norm.cdf(z) + deviation * scipy.stats.norm.pdf(z)
  return np.where(deviation > 0, np.maximum(there, 0), np.maximum(gain, 0))


def propose(x: Array, y: Array, candidates: Array, count: int, seed: int = 0) -> list[int]:
  """The candidates of largest expected improvement under a Gaussian process, each next one as if the last had scored its mean.

  Args:
    x: [N, D] places that were tried.
    y: [N] scores, larger is better; finite.
    candidates: [M, D], M at least count.
    count: how many are wanted.
    seed: of the restarts of the fit.

  Returns:
    Row numbers of candidates, no two alike.

  Source: Ginsbourger et al., Kriging Is Well-Suited to Parallelize Optimization, 2010, section 3.2 (kriging believer); scikit-learn's
  `GaussianProcessRegressor` with a Matern kernel of 5/2, a length for each entry, and noise.
  """
  from sklearn.gaussian_process import GaussianProcessRegressor
  from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

  x, y, candidates = (np.asarray(a, float) for a in (x, y, candidates))
  middle, scale = x.mean(0), np.maximum(x.std(0), 1e-9)
  x, candidates = (x - middle) / scale, (candidates - middle) / scale
  y = (y - y.mean()) / max(y.std(), 1e-9)
  kernel = ConstantKernel(1.0, (0.01, 100)) * Matern(np.full(x.shape[1], x.shape[1] ** 0.5), (0.05, 1000), nu=2.5)
  process = GaussianProcessRegressor(kernel + WhiteKernel(0.1, (1e-6, 10)), n_restarts_optimizer=1, random_state=seed)
  chosen: list[int] = []
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')  # a length at its bound is an entry that does not matter
    process.fit(x, y)
    process.optimizer = None
    for _ in range(count):
      process.kernel = process.kernel_
      mean, deviation = process.fit(x, y).predict(candidates, return_std=True)
      gain = expected_improvement(mean, deviation, y.max())
      gain[chosen] = -np.inf
      chosen.append(int(np.argmax(gain)))
      x, y = np.concatenate([x, candidates[chosen[-1:]]]), np.append(y, mean[chosen[-1]])
  return chosen


def features(policy: Policy, ops: Sequence[str]) -> np.ndarray:
  """How much of each op a policy does, and how strongly; the order of sub-policies and steps, which changes little, is left out.

  Args:
    policy: whose.
    ops: O names.

  Returns:
    [2 O]: summed probabilities, and those times magnitudes, both over the number of steps.
  """
  found, steps = np.zeros((2, len(ops))), [step for steps in policy.sub_policies for step in steps]
  for step in steps:
    for name in step.ops:
      share = step.probability / len(step.ops) / len(steps)
      found[:, ops.index(name)] += share, share * (step.low + step.high) / 2
  return found.reshape(-1)


def _neighbours(policies: Sequence[Policy], count: int, space: Space, random: np.random.Generator) -> list[Policy]:
  """Policies of which one or two numbers were drawn anew."""
  made = []
  for _ in range(count):
    tokens = encode(policies[random.integers(len(policies))], space)
    for _ in range(random.integers(1, 3)):
      i, j, kind = (int(random.integers(most)) for most in tokens.shape)
      tokens[i, j, kind] = random.integers(choices(space)[kind])
    made.append(decode(tokens, space))
  return made


def gaussian_process(
  objective: Objective, space: Space, budget: int, key: Key, *, candidates: int = 500, fitted: int = 256, top: int = 1
) -> SearchResult:
  """Random policies first, as many as are evaluated at once; then those of which a Gaussian process expects most.

  Args:
    objective: asked.
    space: of the policies.
    budget: child-steps.
    key: of the policies and of the children.
    candidates: drawn anew each time, and as many neighbours of the five best.
    fitted: trials that the process is fitted to, the last ones and the best.
    top: how many of the best are joined.

  Returns:
    SearchResult.

  Raises:
    InputError: a budget below one trial, candidates, fitted or top below 1.
    FloatingPointError: every child diverged.

  Source: Snoek et al., Practical Bayesian Optimization of Machine Learning Algorithms, 2012.
  """
  for field, value in (('candidates', candidates), ('fitted', fitted), ('top', top)):
    if value < 1:
      raise InputError(f'gp.{field}: {value} must be at least 1')
  key_policies, key_children = jax.random.split(key)
  left, history = affordable(objective, budget), []
  seed = int(jax.random.bits(jax.random.fold_in(key_policies, 0)))
  random = np.random.default_rng(seed)
  bar = tqdm(total=left, desc='Gaussian process', unit='policy', leave=False, disable=None)
  while left:
    count = min(left, objective.children)
    drawn = random_policies(jax.random.fold_in(key_policies, 1 + len(history)), max(candidates, count), space)
    whole = [row for row in history if not row['failed']]
    if len(whole) > 1:
      drawn += _neighbours(best(history, 5), candidates, space, random)
      known = sorted(whole, key=lambda row: -row['score'])[: fitted // 4] + whole[-fitted:]
      x = np.array([features(row['policy'], space.ops) for row in known])
      tried = np.array([features(policy, space.ops) for policy in drawn])
      drawn = [drawn[i] for i in propose(x, np.array([row['score'] for row in known]), tried, count, seed % 2**31)]
    evaluated(objective, drawn[:count], jax.random.clone(key_children), history)
    left -= count
    bar.update(count)
  joined = tuple(steps for policy in best(history, top) for steps in policy.sub_policies)
  return SearchResult(Policy(joined, space.source), history, objective.cost())


def tpe(objective: Objective, space: Space, budget: int, key: Key, *, startup: int = 32, top: int = 1) -> SearchResult:
  """Optuna's tree of Parzen estimators over the op, probability and magnitude of each step.

  Args:
    objective: asked.
    space: of the policies.
    budget: child-steps.
    key: of the sampler and of the children.
    startup: trials that are drawn at random.
    top: how many of the best are joined.

  Returns:
    SearchResult.

  Raises:
    InputError: a budget below one trial, startup or top below 1, Optuna is not installed.
    FloatingPointError: every child diverged.

  Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011, section 4; `optuna.samplers.TPESampler` with constant liar.
  """
  for field, value in (('startup', startup), ('top', top)):
    if value < 1:
      raise InputError(f'tpe.{field}: {value} must be at least 1')
  try:
    import optuna
  except ImportError:
    raise InputError("search method 'tpe': needs Optuna, pip install 'jaxaug[search]'") from None
  optuna.logging.set_verbosity(optuna.logging.WARNING)
  key_sampler, key_children = jax.random.split(key)
  left, history = affordable(objective, budget), []
  with warnings.catch_warnings():
    warnings.simplefilter('ignore', optuna.exceptions.ExperimentalWarning)
    seed = int(jax.random.bits(key_sampler))
    sampler = optuna.samplers.TPESampler(n_startup_trials=startup, constant_liar=True, seed=seed)
  study = optuna.create_study(direction='maximize', sampler=sampler)

  def asked(trial) -> Policy:
    numbers = np.zeros((space.sub_policies, space.steps, 3))
    for i, j in np.ndindex(*numbers.shape[:2]):
      op = trial.suggest_categorical(f'op {i} {j}', list(range(len(space.ops))))
      numbers[i, j] = (op + 0.5) / len(space.ops), *(trial.suggest_float(f'{name} {i} {j}', 0, 1) for name in ('p', 'm'))
    return from_unit(numbers, space)

  bar = tqdm(total=left, desc='TPE', unit='policy', leave=False, disable=None)
  while left:
    trials = [study.ask() for _ in range(min(left, objective.children))]
    scores = evaluated(objective, [asked(trial) for trial in trials], jax.random.clone(key_children), history)
    for trial, score in zip(trials, scores):
      whole = np.isfinite(score)
      study.tell(trial, float(score) if whole else None, None if whole else optuna.trial.TrialState.FAIL)
    left -= len(trials)
    bar.update(len(trials))
  joined = tuple(steps for policy in best(history, top) for steps in policy.sub_policies)
  return SearchResult(Policy(joined, space.source), history, objective.cost())
