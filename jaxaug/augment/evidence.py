"""Mixings that weigh labels by where the network sees its evidence: SnapMix, TokenMix."""

import jax
import jax.numpy as jnp

from jaxaug.augment.cutmix import inside, random_boxes
from jaxaug.augment.gridmix import enlarge
from jaxaug.augment.mix import check_alpha, float_images, mixed, share_of_own
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


def _scaled(own: Array, other: Array) -> tuple[Array, Array]:
  """Both weights, so that they sum to 1."""
  total = own + other
  return tuple(jnp.where(total > 0, weight / jnp.where(total > 0, total, 1), 0.5) for weight in (own, other))


def snapmix(alpha: float = 5.0, per_image: bool = True) -> Augment:
  """Pastes a box of another image, stretched to a box of another size; labels by the evidence lost and the evidence brought in.

  Args:
    alpha: of the Beta distributions of the two boxes' areas; above 0, may be traced.
    per_image: two boxes for each image, else two a batch, as in the authors' code.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K]. A partner of the same label leaves the label as it is.
    Masks, boxes and keypoints are refused.

  Raises:
    InputError: alpha is not above 0, images that are not float, a model without evidence.

  Source: Huang et al., SnapMix: Semantically Proportional Mixing, 2021, equations 2 to 4. There the two weights need not sum to
  1; here they are scaled, so that a label stays a distribution. Evidence against the label counts as none; the authors' code
  raises a map by its minimum instead.
  """
  check_alpha(alpha, 'snapmix')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'snapmix')
    count, height, width, _ = image.shape
    found = semantic_map(batch, model, height, width, 'snapmix')
    key_into, key_out, key_box_into, key_box_out, key_partner = jax.random.split(key, 5)
    drawn = count if per_image else 1
    both = ((key_box_into, key_into), (key_box_out, key_out))
    boxes = (random_boxes(key_box, 1 - share_of_own(key, alpha, drawn, True), height, width) for key_box, key in both)
    into, out = (jnp.broadcast_to(drawn, (count, 4)) for drawn in boxes)
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
    return mixed(batch, partner, *_scaled(own, other), pasted, None, 'snapmix')

  return augment


def tokenmix(alpha: float = 1.0, patch: int = 4, per_image: bool = True) -> Augment:
  """Swaps patches, those of a patch model's tokens; labels by the evidence in the patches that stayed and that came.

  Args:
    alpha: of the Beta distribution of the share of patches that stay; above 0, may be traced.
    patch: side of a patch in pixels; must divide the images' sides.
    per_image: patches for each image, else the same for the batch.

  Returns:
    Augment of `image` [B, H, W, C] float, `label` [B, K] and, where it is there, `mask` [B, H, W]; boxes and keypoints are
    refused.

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
    drawn = count if per_image else 1
    rank = jnp.argsort(jnp.argsort(jax.random.uniform(key_patches, (drawn, rows * columns)), 1), 1)
    keep = jnp.round(share_of_own(key_share, alpha, drawn, True) * rows * columns)
    stays = enlarge((rank < keep[:, None]).reshape(drawn, rows, columns), height, width)
    stays = jnp.broadcast_to(stays, (count, height, width))
    partner = jax.random.permutation(key_partner, count)
    own, other = (found * stays).sum((1, 2)), (found[partner] * ~stays).sum((1, 2))
    pixels = jnp.where(stays[..., None], image, image[partner])
    return mixed(batch, partner, *_scaled(own, other), pixels, stays, 'tokenmix')

  return augment
