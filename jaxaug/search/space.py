"""What is searched: sub-policies of ops, each with a probability and a magnitude; as whole numbers, as numbers in [0, 1], as a policy."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxaug.augment import SPACES, Policy, Step, as_policy
from jaxaug.types import Array, InputError, Key, check_name

OPS = (
  *('ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate', 'AutoContrast', 'Invert', 'Equalize', 'Solarize', 'Posterize'),
  *('Contrast', 'Color', 'Brightness', 'Sharpness', 'Cutout', 'SamplePairing'),
)
"""The sixteen of Cubuk et al., AutoAugment, 2019, table 6."""


class Space(NamedTuple):
  """S sub-policies of L steps: an op, one of so many probabilities from 0 to 1, one of so many magnitudes from 0 to 1."""

  ops: tuple[str, ...] = OPS
  sub_policies: int = 5
  steps: int = 2
  probabilities: int = 11
  magnitudes: int = 10
  source: str = 'torchvision'  # whose ranges, a name in `jaxaug.augment.SPACES`


def check_space(space: Space) -> Space:
  """Refuses what cannot be searched.

  Args:
    space: to check.

  Returns:
    The same space.

  Raises:
    InputError: no ops, an unknown or repeated one, an unknown source, a size out of range; names the field.
  """
  check_name(space.source, SPACES, 'space.source')
  if not space.ops or isinstance(space.ops, str):
    raise InputError('space.ops: must be a list of at least one name')
  for name in space.ops:
    check_name(name, SPACES[space.source], 'space.ops')
  if len(set(space.ops)) < len(space.ops):
    raise InputError('space.ops: a name stands there twice')
  for field, least in (('sub_policies', 1), ('steps', 1), ('probabilities', 2), ('magnitudes', 2)):
    value = getattr(space, field)
    if type(value) is not int or not least <= value <= 1000:
      raise InputError(f'space.{field}: {value!r} must be a whole number from {least} to 1000')
  return space


def choices(space: Space) -> tuple[int, int, int]:
  """How many whole numbers there are for an op, its probability, its magnitude."""
  return len(space.ops), space.probabilities, space.magnitudes


def decode(tokens: Array, space: Space) -> Policy:
  """Whole numbers as a policy.

  Args:
    tokens: int [S, L, 3], each below `choices(space)`.
    space: the policy's.

  Returns:
    Policy whose steps have one op each, and one magnitude.

  Raises:
    InputError: another shape, numbers out of range.
  """
  tokens, most = np.asarray(tokens), choices(space)
  if tokens.shape != (space.sub_policies, space.steps, 3) or (tokens < 0).any() or (tokens >= np.array(most)).any():
    raise InputError(
      f'tokens: must be whole numbers [{space.sub_policies}, {space.steps}, 3] below {most}, are {list(tokens.shape)}'
    )

  def step(op, probability, magnitude):
    strength = float(magnitude) / (space.magnitudes - 1)
    return Step((space.ops[op],), float(probability) / (space.probabilities - 1), strength, strength)

  return Policy(tuple(tuple(step(*numbers) for numbers in steps) for steps in tokens), space.source)


def encode(policy: Policy, space: Space) -> np.ndarray:
  """A policy as whole numbers, the nearest there are.

  Args:
    policy: of as many sub-policies and steps as the space has, one op and one magnitude a step.
    space: to write it in.

  Returns:
    int64 [S, L, 3]; `decode` of it is the policy where its numbers are of the space.

  Raises:
    InputError: another number of sub-policies or steps, several ops or magnitudes in a step, an op that the space lacks.
  """
  policy = as_policy(policy)
  if len(policy.sub_policies) != space.sub_policies or {len(steps) for steps in policy.sub_policies} != {space.steps}:
    raise InputError(f'policy: must have {space.sub_policies} sub-policies of {space.steps} steps')
  found = np.zeros((space.sub_policies, space.steps, 3), int)
  for place in np.ndindex(found.shape[:2]):
    step = policy.sub_policies[place[0]][place[1]]
    if len(step.ops) != 1 or step.low != step.high:
      raise InputError(f'policy.sub_policies[{place[0]}][{place[1]}]: has several ops or magnitudes, a token is one of each')
    check_name(step.ops[0], space.ops, f'policy.sub_policies[{place[0]}][{place[1]}].ops')
    shares = step.probability * (space.probabilities - 1), step.low * (space.magnitudes - 1)
    found[place] = space.ops.index(step.ops[0]), *(int(np.floor(share + 0.5)) for share in shares)
  return found


def from_unit(numbers: Array, space: Space) -> Policy:
  """Numbers in [0, 1] as a policy: the first of three chooses the op, the others are its probability and magnitude as they are.

  Args:
    numbers: float [S, L, 3] or flat [3 S L].
    space: the policy's.

  Returns:
    Policy.

  Raises:
    InputError: another size, numbers out of [0, 1].
  """
  numbers = np.asarray(numbers, float)
  if numbers.size != space.sub_policies * space.steps * 3 or not ((numbers >= 0) & (numbers <= 1)).all():
    raise InputError(f'numbers: must be {space.sub_policies * space.steps * 3} in [0, 1]')
  numbers = numbers.reshape(space.sub_policies, space.steps, 3)
  op = np.minimum((numbers[..., 0] * len(space.ops)).astype(int), len(space.ops) - 1)
  step = lambda i, j: Step((space.ops[op[i, j]],), float(numbers[i, j, 1]), float(numbers[i, j, 2]), float(numbers[i, j, 2]))
  return Policy(tuple(tuple(step(i, j) for j in range(space.steps)) for i in range(space.sub_policies)), space.source)


def random_policies(key: Key, count: int, space: Space) -> list[Policy]:
  """Policies whose every number is drawn evenly.

  Args:
    key: consumed.
    count: of policies.
    space: theirs.

  Returns:
    list of Policy.
  """
  shape = count, space.sub_policies, space.steps
  tokens = [jax.random.randint(part, shape, 0, most) for part, most in zip(jax.random.split(key, 3), choices(space))]
  return [decode(one, space) for one in np.stack([np.asarray(a) for a in tokens], -1)]


def op_shares(policies: Policy | Sequence[Policy], ops: Sequence[str]) -> np.ndarray:
  """Which share of all that is done to images each op has, by the steps' probabilities.

  Args:
    policies: one or several, which count alike.
    ops: names.

  Returns:
    float64 [O] that sum to 1, or to 0 where nothing is done.
  """
  found = np.zeros(len(ops))
  for policy in [policies] if isinstance(policies, Policy) else policies:
    for steps in policy.sub_policies:
      for step in steps:
        for name in step.ops:
          found[ops.index(name)] += step.probability / len(step.ops) / len(policy.sub_policies)
  return found / found.sum() if found.sum() else found
