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
  if not isinstance(alpha, jax.core.Tracer) and not alpha > 0:
    raise InputError(f'{where}.alpha: {alpha} must be above 0')


def check_labels(batch: Batch, where: str) -> None:
  """Raises InputError unless labels are probabilities [B, K].

  Args:
    batch: with `label`.
    where: named in the message.
  """
  if 'label' not in batch or jnp.ndim(batch['label']) != 2:
    found = f'of shape {list(jnp.shape(batch["label"]))}' if 'label' in batch else 'missing'
    raise InputError(f'{where}: label is {found}; mixing needs probabilities [B, K], e.g. jax.nn.one_hot(label, K)')


def float_images(batch: Batch, where: str) -> Array:
  """The images of a batch.

  Args:
    batch: with `image`.
    where: named in the message.

  Returns:
    [B, H, W, C] float.

  Raises:
    InputError: they are not float, or there are no labels [B, K].
  """
  check_labels(batch, where)
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


def mixed(batch: Batch, partner: Array, own: Array, other: Array, image: Array, stays: Array | None, where: str) -> Batch:
  """The batch with new images and labels `own y_i + other y_j`.

  Args:
    batch: with `label` [B, K].
    partner: int32 [B], j.
    own, other: float32 [B], shares of the two labels.
    image: [B, H, W, C], mixed.
    stays: bool [B, H, W], which pixels are the image's own, the others being the partner's in the same place; None where that
      cannot be said.
    where: named in the message.

  Returns:
    Batch; `mask` is mixed as the pixels are.

  Raises:
    InputError: the batch has a mask and `stays` is None, or it has boxes or keypoints, of which the mixed image would have
      another number.
  """
  for name in ('boxes', 'keypoints', *(() if stays is not None else ('mask',))):
    if name in batch:
      raise InputError(f'{where}: cannot mix {name}; leave {name} out of the batch')
  mask = {'mask': jnp.where(stays, batch['mask'], batch['mask'][partner])} if 'mask' in batch else {}
  label = own[:, None] * batch['label'] + other[:, None] * batch['label'][partner]
  return {**batch, **mask, 'image': image.astype(batch['image'].dtype), 'label': label.astype(batch['label'].dtype)}
