"""Mixings that weigh labels by where the network sees its evidence: SnapMix, TokenMix."""

import jax
import jax.numpy as jnp

from jaxaug.augment.cutmix import inside, random_boxes
from jaxaug.augment.gridmix import enlarge
from jaxaug.augment.mix import check_alpha, float_images, share_of_own
from jaxaug.ops import bilinear
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def semantic_map(batch: Batch, model: Model, height: int, width: int, where: str) -> Array:
  """Positive evidence for the batch's own label, as a share of the image's whole.

  Args:
    batch: with `label` [B, K].
    model: with `evidence`.
    height, width: of the map.
    where: named in the message.

  Returns:
    float32 [B, H, W], each sums to 1; uniform where there is no evidence.

  Raises:
    InputError: the model has no evidence.
  """
  if model is None or model.evidence is None:
    raise InputError(f'{where}: needs a model with `evidence`, a class map [B, h, w, K]')
  found = jax.nn.relu((model.evidence(batch) * batch['label'][:, None, None, :]).sum(-1))
  found = jax.image.resize(found, (len(found), height, width), 'bilinear')
  total = found.sum((1, 2), keepdims=True)
  usable = jnp.isfinite(total) & (total > 1e-12)
  return jnp.where(usable, found / jnp.where(usable, total, 1), 1 / (height * width))


def _weighed(batch: Batch, partner: Array, own: Array, other: Array, image: Array) -> Batch:
  """Labels own y_i + other y_j, scaled to the sum they had."""
  total = own + other
  own, other = (jnp.where(total > 0, weight / jnp.where(total > 0, total, 1), 0.5)[:, None] for weight in (own, other))
  return {**batch, 'image': image, 'label': own * batch['label'] + other * batch['label'][partner]}


def snapmix(alpha: float = 5.0) -> Augment:
  """Pastes a box of another image, stretched to a box of another size; labels by the evidence lost and the evidence brought in.

  Args:
    alpha: of the Beta distributions of the two boxes' areas; above 0, may be traced.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K]. A partner of the same label leaves the label as it is.

  Raises:
    InputError: alpha is not above 0, images that are not float, a model without evidence.

  Source: Huang et al., SnapMix: Semantically Proportional Mixing, 2021, equations 2 to 4. There the two weights need not sum to
  1; here they are scaled, so that a label stays a distribution.
  """
  check_alpha(alpha, 'snapmix')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'snapmix')
    count, height, width, _ = image.shape
    found = semantic_map(batch, model, height, width, 'snapmix')
    key_into, key_out, key_box_into, key_box_out, key_partner = jax.random.split(key, 5)
    into = random_boxes(key_box_into, 1 - share_of_own(key_into, alpha, count, True), height, width)
    out = random_boxes(key_box_out, 1 - share_of_own(key_out, alpha, count, True), height, width)
    partner = jax.random.permutation(key_partner, count)
    area = lambda boxes: (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    real = (area(into) > 0) & (area(out) > 0)
    covered, brought = inside(into, height, width) & real[:, None, None], inside(out, height, width) & real[:, None, None]

    def stretched(image, into, out):  # the pixels of box `out`, laid over box `into`
      ends = lambda box, i: (box[i].astype(jnp.float32), jnp.maximum(box[i + 2] - box[i], 1).astype(jnp.float32))
      places = []
      for axis, size in ((0, height), (1, width)):
        (low_into, long_into), (low_out, long_out) = ends(into, axis), ends(out, axis)
        share = jnp.clip((jnp.arange(size) + 0.5 - low_into) / long_into, 0, 1)
        places.append(jnp.clip(low_out + share * long_out, low_out + 0.5, low_out + long_out - 0.5))
      y, x = jnp.broadcast_arrays(places[0][:, None], places[1][None, :])
      return bilinear(image, y, x)

    pasted = jnp.where(covered[..., None], jax.vmap(stretched)(image[partner], into, out), image)
    own = 1 - (found * covered).sum((1, 2))
    other = (found[partner] * brought).sum((1, 2))
    return _weighed(batch, partner, own, other, pasted)

  return augment


def tokenmix(alpha: float = 1.0, patch: int = 4) -> Augment:
  """Swaps patches, those of a patch model's tokens; labels by the evidence in the patches that stayed and that came.

  Args:
    alpha: of the Beta distribution of the share of patches that stay; above 0, may be traced.
    patch: side of a patch in pixels; must divide the images' sides.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K].

  Raises:
    InputError: alpha is not above 0, sides not divisible, images that are not float, a model without evidence.

  Source: Liu et al., TokenMix: Rethinking Image Mixing for Data Augmentation in Vision Transformers, 2022, section 3; patches
  are drawn one by one, not in blocks, and a teacher's map is this model's evidence.
  """
  check_alpha(alpha, 'tokenmix')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'tokenmix')
    count, height, width, _ = image.shape
    if patch < 1 or height % patch or width % patch:
      raise InputError(f'tokenmix.patch: {patch} does not divide images of {height} x {width}')
    found = semantic_map(batch, model, height, width, 'tokenmix')
    key_share, key_patches, key_partner = jax.random.split(key, 3)
    rows, columns = height // patch, width // patch
    rank = jnp.argsort(jnp.argsort(jax.random.uniform(key_patches, (count, rows * columns)), 1), 1)
    keep = jnp.round(share_of_own(key_share, alpha, count, True) * rows * columns)
    stays = enlarge((rank < keep[:, None]).reshape(count, rows, columns), height, width)
    partner = jax.random.permutation(key_partner, count)
    own, other = (found * stays).sum((1, 2)), (found[partner] * ~stays).sum((1, 2))
    return _weighed(batch, partner, own, other, jnp.where(stays[..., None], image, image[partner]))

  return augment
