"""Every image its own policy, in one compiled program: draw first, then run what was drawn.

`vmap` of a `switch` runs every op on every image; it is the form 'switch', for comparison. In the others an image runs only
its own op:

  loop    one image after the other, each through a scalar switch: fastest on CPU
  groups  each op once, on the images that drew it; needs a bound on how many those are, so `mode='balanced'`
  chunks  sorted by op and padded to chunks of one op each, a scalar switch a chunk; for independent draws
"""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.augment.policy import Policy, Step, as_policy
from jaxaug.augment.space import OpSpec, side_of, space
from jaxaug.types import Array, InputError, Key, check_name

MODES = ('balanced', 'iid')
FORMS = ('loop', 'groups', 'chunks', 'switch')
CHUNK = 4  # images


class Draws(NamedTuple):
  """What each image got; L steps, B images."""

  op: Array  # int32 [L, B], into `op_names(policy)`
  used: Array  # bool [L, B]
  value: Array  # float32 [L, B], physical
  place: Array  # float32 [L, B, 2] in [0, 1), where Cutout paints
  partner: Array  # int32 [L, B], whose image, as it came, SamplePairing takes


def _padded(policy: Policy) -> list[list[Step]]:
  """Sub-policies of equal length."""
  length = max(len(steps) for steps in policy.sub_policies)
  return [[*steps, *[Step(('Identity',))] * (length - len(steps))] for steps in policy.sub_policies]


def op_names(policy: Policy) -> tuple[str, ...]:
  """The ops a policy may use, in the order that `Draws.op` counts."""
  return tuple(dict.fromkeys(name for steps in _padded(policy) for step in steps for name in step.ops))


def _specs(policy: Policy, table: Mapping[str, OpSpec] | None = None) -> list[OpSpec]:
  table = table or space(policy.source)
  return [table[name] for name in op_names(policy)]


def _choose(key: Key, count: int, choices: int, mode: str) -> Array:
  """int32 [count] in [0, choices): independent, or each choice floor or ceil of count / choices times."""
  if mode == 'iid':
    return jax.random.randint(key, (count,), 0, choices)
  key_choice, key_place = jax.random.split(key)
  dealt = jnp.tile(jax.random.permutation(key_choice, choices), -(-count // choices))[:count]
  return jax.random.permutation(key_place, dealt)


def draw(key: Key, count: int, policy: Policy, size: int | tuple[int, int], mode: str = 'balanced') -> Draws:
  """Draws ops, signs and magnitudes for a batch.

  Args:
    key: consumed.
    count: B.
    policy: what may be drawn.
    size: (height, width) of the images in pixels, or the side of square ones; TranslateY goes by the height, what else depends
      on a side by the width.
    mode: 'iid': each image independently. 'balanced': sub-policies (of a single sub-policy: each step's ops) are dealt out as
      evenly as B allows. Each image's own distribution is the same; within a batch choices are negatively correlated.

  Returns:
    Draws.
  """
  names, specs, padded = op_names(policy), _specs(policy), _padded(policy)
  length = len(padded[0])
  key_sub, *keys = jax.random.split(key, 1 + length)
  sub = _choose(key_sub, count, len(padded), mode)
  signed = jnp.array([spec.signed for spec in specs])
  layers = []
  for i, key_layer in enumerate(keys):
    key_op, key_used, key_level, key_sign, key_place, key_partner = jax.random.split(key_layer, 6)
    steps = [steps[i] for steps in padded]
    most = max(len(step.ops) for step in steps)
    table = jnp.array([[names.index(step.ops[j % len(step.ops)]) for j in range(most)] for step in steps])
    each = jnp.array([len(step.ops) for step in steps])
    if len(padded) == 1 or most == 1:
      rank = _choose(key_op, count, most, mode)
    else:
      rank = jnp.floor(jax.random.uniform(key_op, (count,)) * each[sub]).astype(jnp.int32)
    op = table[sub, rank]
    column = lambda field: jnp.array([getattr(step, field) for step in steps], jnp.float32)[sub]
    share, levels = jax.random.uniform(key_level, (count,)), column('levels')
    stepped = jnp.floor(share * levels) / jnp.maximum(levels - 1, 1)
    low, high = column('low'), column('high')
    magnitude = low + (high - low) * jnp.where(levels > 0, stepped, share)
    sign = jnp.where(jax.random.bernoulli(key_sign, shape=(count,)) & signed[op], -1.0, 1.0)
    values = jnp.stack([spec.value_at(sign * magnitude, side_of(spec.name, size)).astype(jnp.float32) for spec in specs])
    used = jax.random.uniform(key_used, (count,)) < column('probability')
    place = jax.random.uniform(key_place, (count, 2))
    layers.append((op, used, values[op, jnp.arange(count)], place, jax.random.randint(key_partner, (count,), 0, count)))
  return Draws(*(jnp.stack(entries) for entries in zip(*layers)))


def _bounds(policy: Policy, layer: int, count: int) -> list[int]:
  """How many images of a balanced batch can draw each op at a step."""
  padded, names = _padded(policy), op_names(policy)
  subs = [steps[layer] for steps in padded]
  if len(subs) == 1:
    listed = subs[0].ops
    return [min(count, listed.count(name) * -(-count // len(listed))) for name in names]
  return [min(count, sum(name in step.ops for step in subs) * -(-count // len(subs))) for name in names]


def run_draws(
  images: Array, draws: Draws, policy: Policy, form: str = 'loop', table: Mapping[str, OpSpec] | None = None
) -> Array:
  """Runs what was drawn.

  Args:
    images: [B, H, W, C], uint8 or float in [0, 1].
    draws: for these images; 'groups' needs those of mode 'balanced'.
    policy: the one they were drawn from.
    form: a name in FORMS; all give the same bits.
    table: whose functions are run; None takes that of the policy's source.

  Returns:
    [B, H, W, C] of the same dtype.
  """
  check_name(form, FORMS, 'form')
  images, draws = jax.tree.map(jnp.asarray, (images, draws))
  names, specs = op_names(policy), _specs(policy, table)
  others = (lambda step: images[step.partner]) if 'SamplePairing' in names else (lambda step: images)

  def one(image, other, op, used, value, place):
    branches = [lambda image, other, value, place, fn=spec.fn: fn(image, value, place, other) for spec in specs]
    return jax.lax.switch(jnp.where(used, op, len(specs)), [*branches, lambda image, *_: image], image, other, value, place)

  done_so_far = images
  layers = [Draws(*(entry[i] for entry in draws)) for i in range(len(draws.op))]
  if form in ('loop', 'switch'):

    def through(given):
      image, *steps = given
      for other, step in steps:
        image = one(image, image if other is None else other, step.op, step.used, step.value, step.place)
      return image

    paired = [(others(step) if 'SamplePairing' in names else None, step) for step in layers]
    return jax.lax.map(through, (images, *paired)) if form == 'loop' else jax.vmap(through)((images, *paired))

  for layer, step in enumerate(layers):
    other, count, now = others(step), len(images), done_so_far
    order = jnp.argsort(step.op)
    sizes = jnp.bincount(step.op, length=len(specs))
    starts = jnp.cumsum(sizes) - sizes
    if form == 'groups':
      for i, (spec, bound) in enumerate(zip(specs, _bounds(policy, layer, count))):
        if not bound:
          continue
        rank = jnp.arange(bound)
        row = order[jnp.minimum(starts[i] + rank, count - 1)]
        done = jax.vmap(spec.fn)(now[row], step.value[row], step.place[row], other[row])
        done = jnp.where(step.used[row][:, None, None, None], done, now[row])
        done_so_far = done_so_far.at[jnp.where(rank < sizes[i], row, count)].set(done, mode='drop')
    else:
      padded = -(-sizes // CHUNK) * CHUNK
      ends = jnp.cumsum(padded)
      chunks = count // CHUNK + len(specs)
      begin = jnp.arange(chunks) * CHUNK
      op = jnp.searchsorted(ends, begin, side='right')
      rank = (begin - (ends - padded)[op])[:, None] + jnp.arange(CHUNK)[None]
      valid = (rank < sizes[op][:, None]) & (op < len(specs))[:, None]
      rows = jnp.where(valid, order[jnp.clip(starts[op][:, None] + rank, 0, count - 1)], 0)
      many = [jax.vmap(spec.fn) for spec in specs]

      def chunk(given, now=now, other=other, step=step, many=many):
        op, row = given
        arguments = (now[row], step.value[row], step.place[row], other[row])
        done = jax.lax.switch(op, [*many, lambda image, *_: image], *arguments)
        return jnp.where(step.used[row][:, None, None, None], done, now[row])

      done = jax.lax.map(chunk, (op, rows))
      place = jnp.where(valid, rows, count).ravel()
      done_so_far = done_so_far.at[place].set(done.reshape(-1, *images.shape[1:]), mode='drop')
  return done_so_far


def fastest_form(mode: str) -> str:
  """The form that was measured fastest: 'loop' on CPU, elsewhere 'groups' for 'balanced' and 'chunks' for 'iid'."""
  if jax.default_backend() == 'cpu':
    return 'loop'
  return 'groups' if mode == 'balanced' else 'chunks'


def apply_policy(key: Key, images: Array, policy: Policy, mode: str = 'balanced', form: str = '', fill: float = 0) -> Array:
  """Draws a policy for every image and runs it.

  Args:
    key: consumed.
    images: [B, H, W, C], uint8 (bit-exact with Pillow) or float in [0, 1] (differentiable).
    policy: e.g. `randaugment_policy(2, 9)`, `randaugment(2, 9)`, `load_policy(path)`.
    mode: 'balanced' or 'iid', see `draw`.
    form: how it is run, a name in FORMS; '' is `fastest_form(mode)`: on CPU measured (`python -m benchmarks.augment`).
    fill: what comes in from outside the image and what Cutout paints, 0 to 255; see `space`.

  Returns:
    [B, H, W, C] of the same dtype.

  Raises:
    InputError: images of another rank, unknown mode or form, fill out of range, a policy that `check_policy` refuses, 'groups' without 'balanced'.
  """
  check_name(mode, MODES, 'mode')
  policy, images = as_policy(policy), jnp.asarray(images)
  if images.ndim != 4:
    raise InputError(f'apply_policy: images are {list(images.shape)}, must be [B, H, W, C]')
  if form == 'groups' and mode != 'balanced':
    raise InputError("form: 'groups' needs mode 'balanced', which bounds how many images draw an op")
  form = form or fastest_form(mode)
  return run_draws(images, draw(key, len(images), policy, images.shape[1:3], mode), policy, form, space(policy.source, fill))
