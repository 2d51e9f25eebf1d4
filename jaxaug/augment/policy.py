"""Policies as plain values: what is drawn, checked, written to JSON and read back."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from jaxaug.augment.space import FUNCTIONS, SPACES
from jaxaug.types import InputError, check_name

MOST_SUB_POLICIES, MOST_STEPS = 1000, 100  # each step is compiled


class Step(NamedTuple):
  """One op, drawn uniformly from `ops`, used with a probability, at a magnitude drawn from low to high."""

  ops: tuple[str, ...]
  probability: float = 1.0  # in [0, 1]
  low: float = 1.0  # magnitude, in [0, 1]
  high: float = 1.0
  levels: int = 0  # magnitudes are drawn among that many, evenly spaced; 0 is continuous


class Policy(NamedTuple):
  """One sub-policy is drawn uniformly for each image, its steps are taken in order."""

  sub_policies: tuple[tuple[Step, ...], ...]
  source: str = 'torchvision'  # whose ranges, a name in SPACES


def _number(value, where: str) -> None:
  if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:  # NaN is not either
    raise InputError(f'{where}: {str(value)[:40]} must be a number in [0, 1]')


def as_policy(given: Any) -> Policy:
  """A policy that can be run.

  Args:
    given: a Policy, or an Augment that `jaxaug.augment.policy` made of one (`randaugment(2, 9)`, ...).

  Returns:
    The Policy.

  Raises:
    InputError: neither, or what `check_policy` refuses.
  """
  return check_policy(getattr(given, 'policy', given))


def check_policy(policy: Policy) -> Policy:
  """Refuses what cannot be run.

  Args:
    policy: to check; may come from an untrusted file.

  Returns:
    The same policy.

  Raises:
    InputError: an unknown op, a number that is none or out of range; names the field and the op.
  """
  if not isinstance(policy, Policy):
    raise InputError(
      f'policy: {policy!r:.80} is no Policy; randaugment_policy(...), load_policy(path) and the like make one'
    )
  check_name(policy.source, SPACES, 'policy.source')
  if not policy.sub_policies or not all(policy.sub_policies):
    raise InputError('policy.sub_policies: there must be at least one, each with at least one step')
  if len(policy.sub_policies) > MOST_SUB_POLICIES or max(map(len, policy.sub_policies)) > MOST_STEPS:
    raise InputError(f'policy.sub_policies: at most {MOST_SUB_POLICIES}, of at most {MOST_STEPS} steps each, can be run')
  for i, steps in enumerate(policy.sub_policies):
    for j, step in enumerate(steps):
      where = f'policy.sub_policies[{i}][{j}]'
      if not step.ops or isinstance(step.ops, str):
        raise InputError(f'{where}.ops: {step.ops!r} must be a list of at least one name')
      for name in step.ops:
        check_name(name, FUNCTIONS, f'{where}.ops')
      where = f'{where} ({", ".join(step.ops)})'
      for field in ('probability', 'low', 'high'):
        _number(getattr(step, field), f'{where}.{field}')
      if step.high < step.low:
        raise InputError(f'{where}.high: {step.high} is below low, {step.low}')
      if type(step.levels) is not int or not (step.levels == 0 or 2 <= step.levels <= 10_000):
        raise InputError(f'{where}.levels: {step.levels!r} must be 0 or a whole number from 2 to 10000')
  return policy


def save_policy(policy: Policy, path: str | pathlib.Path) -> None:
  """Writes a policy as JSON.

  Args:
    policy: as `as_policy` takes it; checked first.
    path: of the file.

  Raises:
    InputError: what `check_policy` refuses.
  """
  policy = as_policy(policy)
  sub_policies = [[step._asdict() for step in steps] for steps in policy.sub_policies]
  pathlib.Path(path).write_text(json.dumps({'source': policy.source, 'sub_policies': sub_policies}, indent=1) + '\n')


def load_policy(path: str | pathlib.Path) -> Policy:
  """Reads what `save_policy` wrote; nothing in the file is trusted.

  Args:
    path: of the file.

  Returns:
    Policy.

  Raises:
    InputError: no JSON, an unknown or missing field, or what `check_policy` refuses.
  """
  try:
    held = json.loads(pathlib.Path(path).read_text())
  except (OSError, ValueError, RecursionError) as error:
    raise InputError(f'policy: {path} cannot be read as JSON: {error}') from error
  if not isinstance(held, Mapping) or set(held) != {'source', 'sub_policies'}:
    raise InputError(f'policy: {path} must hold exactly the fields source and sub_policies')
  given = held['sub_policies']
  if not isinstance(held['source'], str):
    raise InputError('policy.source: must be a name')
  if not isinstance(given, list) or not all(isinstance(steps, list) for steps in given):
    raise InputError('policy.sub_policies: must be a list of lists of steps')
  for i, steps in enumerate(given):
    for j, step in enumerate(steps):
      if (
        not isinstance(step, Mapping)
        or 'ops' not in step
        or not isinstance(step['ops'], list)
        or not all(isinstance(n, str) for n in step['ops'])
      ):
        raise InputError(f'policy.sub_policies[{i}][{j}].ops: must be a list of names')
      for field in step:
        check_name(field, Step._fields, f'policy.sub_policies[{i}][{j}]')
  sub_policies = tuple(tuple(Step(**{**step, 'ops': tuple(step['ops'])}) for step in steps) for steps in given)
  return check_policy(Policy(sub_policies, held['source']))
