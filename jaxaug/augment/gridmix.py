"""GridMix."""

import jax
import jax.numpy as jnp

from jaxaug.augment.mix import check_alpha, float_images, mixed, share_of_own
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def enlarge(cells: Array, height: int, width: int) -> Array:
  """Cells as pixels: pixel (y, x) takes cell (floor(y n / H), floor(x m / W)).

  Args:
    cells: [B, n, m].
    height, width: of the images.

  Returns:
    [B, H, W].
  """
  rows, columns = (jnp.arange(size) * n // size for size, n in ((height, cells.shape[1]), (width, cells.shape[2])))
  return cells[:, rows][:, :, columns]


def gridmix(alpha: float = 1.0, cells: int = 4, per_image: bool = True) -> Augment:
  """Each cell of a grid comes from the image with probability lambda, else from another; labels by area.

  Args:
    alpha: of the Beta distribution of lambda; above 0, may be traced.
    cells: to a side.
    per_image: a lambda for each image, else one a batch. Cells are drawn for each image.

  Returns:
    Augment of `image` [B, H, W, C] float, `label` [B, K] and, where it is there, `mask` [B, H, W]; boxes and keypoints are
    refused.

  Raises:
    InputError: alpha is not above 0, cells below 1, images that are not float, labels that are not [B, K].

  Source: Baek et al., GridMix: Strong Regularization through Local Context Mapping, 2021, section 3.2 (the mixing; its second
  loss, on local labels, is an objective's affair).
  """
  check_alpha(alpha, 'gridmix')
  if cells < 1:
    raise InputError(f'gridmix.cells: {cells} must be at least 1')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'gridmix')
    count, height, width, _ = image.shape
    key_share, key_cells, key_partner = jax.random.split(key, 3)
    share = share_of_own(key_share, alpha, count, per_image)
    stays = jax.random.uniform(key_cells, (count, cells, cells)) < share[:, None, None]
    stays = enlarge(stays, height, width)
    partner = jax.random.permutation(key_partner, count)
    own, pixels = stays.mean((1, 2)), jnp.where(stays[..., None], image, image[partner])
    return mixed(batch, partner, own, 1 - own, pixels, stays, 'gridmix')

  return augment
