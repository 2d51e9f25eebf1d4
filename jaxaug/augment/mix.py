"""What every mixing of two images shares: whom with, how much of each, and exact labels."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array, Batch, InputError, Key


def check_alpha(alpha: float, where: str) -> None:
  """Raises InputError unless alpha, where it is a plain number, is above 0.

  Args:
    alpha: of a Beta distribution.
    where: named in the message.
  """
  if isinstance(alpha, (int, float)) and not alpha > 0:
    raise InputError(f'{where}.alpha: {alpha} must be above 0')


def float_images(batch: Batch, where: str) -> Array:
  """The images of a batch.

  Args:
    batch: with `image`.
    where: named in the message.

  Returns:
    [B, H, W, C] float.

  Raises:
    InputError: they are not float.
  """
  if not jnp.issubdtype(batch['image'].dtype, jnp.floating):
    raise InputError(f'{where}: image is {batch["image"].dtype}; mixing needs float pixels')
  return batch['image']


def share_of_own(key: Key, alpha: float, count: int, per_image: bool) -> Array:
  """lambda ~ Beta(alpha, alpha), the share of the image itself.

  Args:
    key: consumed.
    alpha: above 0, may be traced.
    count: B.
    per_image: one for each image, else one for the batch.

  Returns:
    float32 [B] in [0, 1].
  """
  return jnp.broadcast_to(jax.random.beta(key, alpha, alpha, (count if per_image else 1,)), (count,))


def mixed(batch: Batch, partner: Array, own: Array, image: Array) -> Batch:
  """The batch with new images and labels `own y_i + (1 - own) y_j`.

  Args:
    batch: with `label` [B, K].
    partner: int32 [B], j.
    own: float32 [B], share of the own label.
    image: [B, H, W, C], mixed.

  Returns:
    Batch; each label keeps its sum.
  """
  own = own[:, None]
  return {**batch, 'image': image, 'label': own * batch['label'] + (1 - own) * batch['label'][partner]}
