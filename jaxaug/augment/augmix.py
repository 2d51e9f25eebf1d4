"""AugMix."""

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.augment.apply_policy import apply_policy
from jaxaug.augment.policies import MOVING
from jaxaug.augment.policy import Policy, Step
from jaxaug.data import as_batch
from jaxaug.types import Augment, Batch, InputError, Key, Model

OPS = ('AutoContrast', 'Equalize', 'Posterize', 'Solarize', *MOVING)


def augmix_policy(severity: int = 3, depth: int = 0) -> Policy:
  """One chain: `depth` ops, each at a level drawn from .1 to severity, out of 10.

  Args:
    severity: 1 to 10.
    depth: of the chain; 0 draws 1, 2 or 3 for each image.

  Returns:
    Policy.
  """
  if not 1 <= severity <= 10 or not 0 <= depth <= 10:
    raise InputError(f'augmix: severity {severity} must be from 1 to 10, depth {depth} from 0 to 10')
  step = Step(OPS, 1.0, 0.01, severity / 10)
  return Policy(tuple((step,) * long for long in ((depth,) if depth else (1, 2, 3))), 'augmix')


def augmix(severity: int = 3, width: int = 3, depth: int = 0, alpha: float = 1.0, views: int = 0) -> Augment:
  """m x + (1 - m) sum_i w_i chain_i(x) with w ~ Dirichlet(alpha), m ~ Beta(alpha, alpha), each image its own.

  Args:
    severity: strength of the ops, 1 to 10.
    width: chains.
    depth: of each chain; 0 draws 1, 2 or 3.
    alpha: of Dirichlet and Beta.
    views: 0 replaces `image`; V leaves it clean and adds `views` [B, V, H, W, C], as the JSD objective wants them (2).

  Returns:
    Augment of `image` [B, H, W, C], float in [0, 1]; ops run on 256 steps, the mixing in float.

  Raises:
    InputError: an argument out of range, images that are not float.

  Source: Hendrycks et al., AugMix, 2020, algorithm 1, ranges of its code; the ops that the corruptions of ImageNet-C hold are left
  out as there.
  """
  chain = augmix_policy(severity, depth)
  if width < 1 or alpha <= 0 or views < 0:
    raise InputError(f'augmix: width {width} must be at least 1, alpha {alpha} above 0, views {views} at least 0')

  def one_view(key: Key, image):
    key_weights, key_share, *keys = jax.random.split(key, 2 + width)
    weights = jax.random.dirichlet(key_weights, jnp.full(width, alpha), (len(image),)).astype(image.dtype)
    share = jax.random.beta(key_share, alpha, alpha, (len(image), 1, 1, 1), image.dtype)
    pixels, mixed = ops.to_uint8(image), 0.0
    for i, key_chain in enumerate(keys):
      done = apply_policy(key_chain, pixels, chain, 'iid')
      mixed = mixed + weights[:, i, None, None, None] * as_batch({'image': done})['image'].astype(image.dtype)
    return share * image + (1 - share) * mixed

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = batch['image']
    if not jnp.issubdtype(image.dtype, jnp.floating):
      raise InputError(f'augmix: image is {image.dtype}; mixing needs float pixels')
    if not views:
      return {**batch, 'image': one_view(key, image)}
    return {**batch, 'views': jnp.stack([one_view(k, image) for k in jax.random.split(key, views)], 1)}

  return augment
