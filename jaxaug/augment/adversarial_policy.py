"""Adversarial augmentation in the space of policies: the worst of k draws, their magnitudes up the gradient."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.augment.apply_policy import MODES, draw, fastest_form, op_names, run_draws
from jaxaug.augment.policies import policy as plain_policy
from jaxaug.augment.policies import randaugment_policy
from jaxaug.augment.policy import Policy, as_policy
from jaxaug.augment.space import side_of, space
from jaxaug.augment.targets import carry
from jaxaug.augment.worst_of import ascend, check_search, worst, worst_of
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, check_name


def value_range(policy: Policy, size: int | tuple[int, int]) -> tuple[Array, Array]:
  """How far the values of a policy's ops may be moved: from magnitude 0 to its highest one, of signed ops either way.

  Args:
    policy: of which an op's highest magnitude at a step is taken, over all sub-policies.
    size: (height, width) of the images in pixels, or the side of square ones.

  Returns:
    (lowest, highest physical value), float32 [L, ops] each, L steps, ops as `op_names` counts them.
  """
  names, table = op_names(policy), space(policy.source)
  strongest = np.zeros((max(map(len, policy.sub_policies)), len(names)), np.float32)
  for steps in policy.sub_policies:
    for layer, step in enumerate(steps):
      for name in step.ops:
        here = layer, names.index(name)
        strongest[here] = max(strongest[here], step.high)
  weakest = np.array([[-1.0 if table[name].signed else 0.0 for name in names]], np.float32) * strongest
  value_at = lambda m: jnp.stack(
    [table[name].value_at(jnp.asarray(m[:, i]), side_of(name, size)) for i, name in enumerate(names)], 1
  )
  ends = value_at(weakest), value_at(strongest)
  return jnp.minimum(*ends), jnp.maximum(*ends)


def worst_of_policy(
  policy: Policy, k: int = 4, steps: int = 0, step_size: float = 0.1, mode: str = 'balanced', pixels: str = 'float'
) -> Augment:
  """Draws a policy k times, keeps for each image the draw of highest `model.loss`, then moves its magnitudes by signed ascent.

  Args:
    policy: what is drawn.
    k: draws, at least 1; one forward pass each.
    steps: gradients taken from the worst draw on, at least 0; the best iterate is kept, the draw itself among them. Ops stay;
      values stay in `value_range`, whole ones need not stay whole. Cutout's have no gradient and stay.
    step_size: share of an op's range that a step moves; may be traced.
    mode, pixels: of `jaxaug.augment.policy`; steps need 'float'.

  Returns:
    Augment of `image` [B, H, W, C], with `steps` float. `mask`, `boxes` and `keypoints` go along, as `jaxaug.augment.carry`
    says. With `steps` no gradient flows through it.

  Raises:
    InputError: a value out of range, an unknown mode or pixels, steps on uint8.

  Source: after Zhang et al., Adversarial AutoAugment, 2020, which trains on M = 8 policies of a controller that ascends the
  loss. Here there is no controller: each image has its own draws, and is trained on the worst.
  """
  check_search('adversarial_policy', k, steps, step_size)
  policy = as_policy(policy)
  check_name(mode, MODES, 'mode')
  if not steps:
    return worst_of(plain_policy(policy, mode, pixels), k)
  if pixels != 'float':
    raise InputError(f"adversarial_policy.pixels: {pixels!r} has no gradient; steps {steps} need 'float'")
  by_image = lambda draws: jax.tree.map(lambda a: a.swapaxes(0, 1), draws)  # and back

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    batch = jax.lax.stop_gradient(dict(batch))
    image = batch['image']
    if not jnp.issubdtype(image.dtype, jnp.floating):
      raise InputError(f'adversarial_policy: image is {image.dtype}; steps need float pixels in [0, 1]')
    count, size = len(image), image.shape[1:3]
    form = fastest_form('iid')  # the worst draws of several balanced batches are not balanced

    def augmented(draws):
      draws = by_image(draws)
      return {**batch, 'image': run_draws(image, draws, policy, form), **carry(batch, draws, policy, form)}

    def loss(draws):
      return model.loss(augmented(draws))

    found = worst(lambda i: by_image(draw(jax.random.fold_in(key, i), count, policy, size, mode)), k, loss)
    layers = jnp.arange(found.op.shape[1])[None]
    low, high = (ends[layers, found.op] for ends in value_range(policy, size))
    value = ascend(lambda value: loss(found._replace(value=value)), found.value, low, high, steps, step_size)
    return augmented(found._replace(value=value))

  return augment


def adversarial_policy(
  n: int = 2,
  m: int = 9,
  k: int = 4,
  source: str = 'torchvision',
  steps: int = 0,
  step_size: float = 0.1,
  mode: str = 'balanced',
  pixels: str = 'float',
) -> Augment:
  """RandAugment against the network: for each image the worst of k draws, its magnitudes then moved by signed ascent.

  Args:
    n, m, source: of `randaugment_policy`; magnitudes move from 0 to m.
    k, steps, step_size, mode, pixels: of `worst_of_policy`.

  Returns:
    Augment of `image` [B, H, W, C].

  Source: see `worst_of_policy`.
  """
  return worst_of_policy(randaugment_policy(n, m, source), k, steps, step_size, mode, pixels)
