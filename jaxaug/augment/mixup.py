"""Mixup."""

import jax
import jax.numpy as jnp

from jaxaug.types import Augment, Batch, InputError, Key, Model


def mixup(alpha: float = 0.2) -> Augment:
  """x <- lambda x_i + (1 - lambda) x_j, y likewise; one lambda ~ Beta(alpha, alpha) a batch, j a permutation.

  Args:
    alpha: above 0, may be traced; small keeps images nearly whole.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K].

  Raises:
    InputError: alpha is not above 0, or the images are not float.

  Source: Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018, equation 2.
  """
  if isinstance(alpha, (int, float)) and alpha <= 0:
    raise InputError(f'mixup.alpha: {alpha} must be above 0')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    if not jnp.issubdtype(batch['image'].dtype, jnp.floating):
      raise InputError(f'mixup: image is {batch["image"].dtype}; mixing needs float pixels')
    key_lambda, key_partner = jax.random.split(key)
    share = jax.random.beta(key_lambda, alpha, alpha)
    partner = jax.random.permutation(key_partner, len(batch['image']))
    mix = lambda a: share * a + (1 - share) * a[partner]
    return {**batch, 'image': mix(batch['image']), 'label': mix(batch['label'])}

  return augment
