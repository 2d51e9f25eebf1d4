"""CutMix."""

import jax
import jax.numpy as jnp

from jaxaug.augment.mix import check_alpha, float_images, mixed, share_of_own
from jaxaug.types import Array, Augment, Batch, Key, Model


def random_boxes(key: Key, area: Array, height: int, width: int) -> Array:
  """A box in each image, of the image's shape, its centre uniform over the pixels; cut off at the border.

  Args:
    key: consumed.
    area: float32 [B], share of the image before it is cut off.
    height, width: of the images.

  Returns:
    int32 [B, 4]: top, left, bottom, right, the last two exclusive.
  """
  key_y, key_x = jax.random.split(key)
  side = jnp.sqrt(area)
  ends = []
  for key_center, size in ((key_y, height), (key_x, width)):
    length = jnp.floor(size * side).astype(jnp.int32)
    low = jax.random.randint(key_center, area.shape, 0, size) - length // 2
    ends.append((jnp.clip(low, 0, size), jnp.clip(low + length // 2 * 2, 0, size)))
  (top, bottom), (left, right) = ends
  return jnp.stack([top, left, bottom, right], 1)


def inside(boxes: Array, height: int, width: int) -> Array:
  """bool [B, H, W], True in the boxes.

  Args:
    boxes: int32 [B, 4]: top, left, bottom, right.
    height, width: of the images.
  """
  y, x = jnp.arange(height)[None, :, None], jnp.arange(width)[None, None, :]
  top, left, bottom, right = (edge[:, None, None] for edge in boxes.T)
  return (y >= top) & (y < bottom) & (x >= left) & (x < right)


def cutmix(alpha: float = 1.0, per_image: bool = False) -> Augment:
  """Pastes a box of another image; labels are mixed by the area that was really pasted.

  Args:
    alpha: of the Beta distribution of the share that stays; above 0, may be traced.
    per_image: a box for each image, else one a batch, as in the source's code.

  Returns:
    Augment of `image` [B, H, W, C] float, `label` [B, K] and, where it is there, `mask` [B, H, W]; boxes and keypoints are
    refused.

  Raises:
    InputError: alpha is not above 0, images that are not float, labels that are not [B, K].

  Source: Yun et al., CutMix, 2019, equations 1 and 2; sides are 2 floor(floor(W sqrt(1 - lambda)) / 2), as in its code.
  """
  check_alpha(alpha, 'cutmix')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'cutmix')
    count, height, width, _ = image.shape
    key_share, key_box, key_partner = jax.random.split(key, 3)
    drawn = share_of_own(key_share, alpha, count, per_image)
    boxes = random_boxes(key_box, 1 - (drawn if per_image else drawn[:1]), height, width)
    pasted = jnp.broadcast_to(inside(boxes, height, width), (count, height, width))
    partner = jax.random.permutation(key_partner, count)
    own = 1 - pasted.mean((1, 2))
    return mixed(batch, partner, own, 1 - own, jnp.where(pasted[..., None], image[partner], image), ~pasted, 'cutmix')

  return augment
