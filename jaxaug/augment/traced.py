"""A policy as arrays, so that one compiled program runs any policy of a shape, or many at once."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.augment.apply_policy import Draws, fastest_form, run_draws
from jaxaug.augment.policy import Policy, Step, as_policy
from jaxaug.augment.space import side_of, space
from jaxaug.types import Array, InputError, Key, check_name


class TracedPolicy(NamedTuple):
  """S sub-policies of L steps over O ops; every entry may be traced, and lead with more axes."""

  share: Array  # [S], of images that take the sub-policy
  chance: Array  # [S, L, O], of images at the step that draw the op
  probability: Array  # [S, L], of running what was drawn
  low: Array  # [S, L] magnitude, in [0, 1]
  high: Array  # [S, L]
  levels: Array  # [S, L], magnitudes are drawn among that many; 0 is continuous


def trace_policy(policy: Policy, ops: Sequence[str], shape: tuple[int, int]) -> TracedPolicy:
  """A policy in the arrays of a larger one: missing steps run nothing, missing sub-policies are never drawn.

  Args:
    policy: as `as_policy` takes it.
    ops: O names, the columns of `chance`.
    shape: (S, L).

  Returns:
    TracedPolicy of float32 NumPy arrays.

  Raises:
    InputError: an op that is not among them, more sub-policies or steps than there is room for, what `check_policy` refuses.
  """
  policy, (most, length), place = as_policy(policy), shape, {name: i for i, name in enumerate(ops)}
  longest = max(len(steps) for steps in policy.sub_policies)
  if len(policy.sub_policies) > most or longest > length:
    raise InputError(
      f'policy: {len(policy.sub_policies)} sub-policies of up to {longest} steps do not fit into {most} of {length}'
    )
  held = TracedPolicy(*(np.zeros(size, np.float32) for size in ((most,), (*shape, len(ops)), *[shape] * 4)))
  held.share[: len(policy.sub_policies)] = 1 / len(policy.sub_policies)
  held.chance[..., 0] = 1
  for i, steps in enumerate(policy.sub_policies):
    for j, step in enumerate(steps):
      held.chance[i, j, 0] = 0
      for name in step.ops:
        check_name(name, place, f'policy.sub_policies[{i}][{j}].ops')
        held.chance[i, j, place[name]] += 1 / len(step.ops)
      held.probability[i, j], held.low[i, j], held.high[i, j] = step.probability, step.low, step.high
      held.levels[i, j] = step.levels
  return held


def draw_traced(
  key: Key, count: int, policy: TracedPolicy, ops: Sequence[str], source: str, size: int | tuple[int, int]
) -> Draws:
  """Draws ops, signs and magnitudes for a batch, each image independently of the others.

  Args:
    key: consumed.
    count: B.
    policy: what may be drawn; without further axes.
    ops: O names.
    source: whose ranges, a name in `SPACES`.
    size: (height, width) of the images in pixels, or the side of square ones.

  Returns:
    Draws; `op` counts as `ops` does. Distributed as `draw(mode='iid')` of the policy itself.
  """
  policy, specs = jax.tree.map(jnp.asarray, policy), [space(source)[name] for name in ops]
  signed = jnp.array([spec.signed for spec in specs])
  key_sub, *keys = jax.random.split(key, 1 + policy.chance.shape[1])
  chosen = lambda key, chance: jax.random.categorical(key, jnp.log(chance), shape=None if chance.ndim > 1 else (count,))
  sub, layers = chosen(key_sub, policy.share), []
  for i, key_layer in enumerate(keys):
    key_op, key_used, key_level, key_sign, key_place, key_partner = jax.random.split(key_layer, 6)
    op = chosen(key_op, policy.chance[sub, i])
    column = lambda field: getattr(policy, field)[sub, i]
    share, levels, low = jax.random.uniform(key_level, (count,)), column('levels'), column('low')
    stepped = jnp.floor(share * levels) / jnp.maximum(levels - 1, 1)
    magnitude = low + (column('high') - low) * jnp.where(levels > 0, stepped, share)
    sign = jnp.where(jax.random.bernoulli(key_sign, shape=(count,)) & signed[op], -1.0, 1.0)
    values = jnp.stack([spec.value_at(sign * magnitude, side_of(spec.name, size)).astype(jnp.float32) for spec in specs])
    used = jax.random.uniform(key_used, (count,)) < column('probability')
    place, partner = jax.random.uniform(key_place, (count, 2)), jax.random.randint(key_partner, (count,), 0, count)
    layers.append((op.astype(jnp.int32), used, values[op, jnp.arange(count)], place, partner))
  return Draws(*(jnp.stack(entries) for entries in zip(*layers)))


def apply_policies(
  keys: Key, images: Array, policies: TracedPolicy, ops: Sequence[str], source: str = 'torchvision', form: str = ''
) -> Array:
  """Many policies at once, each on a batch of its own, in one program that knows none of them.

  Args:
    keys: [P], consumed; what a batch draws depends on its own key alone.
    images: [P, B, H, W, C], uint8 (bit-exact with Pillow) or float in [0, 1].
    policies: every entry leads with P.
    ops: O names, each once.
    source: whose ranges, a name in `SPACES`.
    form: how it is run, a name in `apply_policy.FORMS` but 'groups'; '' is the fastest for independent draws.

  Returns:
    [P, B, H, W, C] of the same dtype.

  Raises:
    InputError: unknown or repeated names, axes that do not agree.
  """
  population, count, height, width = images.shape[:4]
  if len(set(ops)) != len(ops) or policies.chance.shape[-1] != len(ops):
    raise InputError(f'ops: {len(ops)} names, {len(set(ops))} of them different, for {policies.chance.shape[-1]} chances')
  if form == 'groups' or len(policies.share) != population:
    raise InputError(f'apply_policies: {population} batches, {len(policies.share)} policies, form {form!r}')
  one = lambda key, policy: draw_traced(key, count, policy, ops, source, (height, width))
  draws = jax.vmap(one, out_axes=1)(keys, policies)
  partner = draws.partner + count * jnp.arange(population)[None, :, None]
  draws = jax.tree.map(lambda a: a.reshape(len(a), population * count, *a.shape[3:]), draws._replace(partner=partner))
  table = Policy(((Step(tuple(ops)),) * policies.chance.shape[2],), source)
  flat = images.reshape(-1, *images.shape[2:])
  return run_draws(flat, draws, table, form or fastest_form('iid')).reshape(images.shape)
