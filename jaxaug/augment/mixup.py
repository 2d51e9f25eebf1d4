"""Mixup."""

import jax

from jaxaug.augment.mix import check_alpha, float_images, mixed, share_of_own
from jaxaug.types import Augment, Batch, Key, Model


def mixup(alpha: float = 0.2, per_image: bool = False) -> Augment:
  """x <- lambda x_i + (1 - lambda) x_j, y likewise; lambda ~ Beta(alpha, alpha), j a permutation.

  Args:
    alpha: above 0, may be traced; small keeps images nearly whole.
    per_image: a lambda for each image, else one a batch, as in the source's code.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K]; masks, boxes and keypoints are refused.

  Raises:
    InputError: alpha is not above 0, images that are not float, labels that are not [B, K].

  Source: Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018, equation 2.
  """
  check_alpha(alpha, 'mixup')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'mixup')
    key_share, key_partner = jax.random.split(key)
    own = share_of_own(key_share, alpha, len(image), per_image)
    partner = jax.random.permutation(key_partner, len(image))
    share = own[:, None, None, None]
    return mixed(batch, partner, own, 1 - own, share * image + (1 - share) * image[partner], None, 'mixup')

  return augment
