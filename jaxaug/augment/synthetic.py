"""Generated rows in place of real ones: drawn while training, or from a store."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def _chosen(key: Key, batch: Batch, ratio: float) -> Array:
  """The numbers of round(ratio B) rows, all alike."""
  rows = len(batch['label'])
  return jax.random.permutation(key, rows)[: round(ratio * rows)]


def _replaced(batch: Batch, rows: Array, image: Array, label: Array) -> Batch:
  if image.shape[1:] != batch['image'].shape[1:]:
    raise InputError(f'synthetic: generated images are {image.shape[1:]}, these are {batch["image"].shape[1:]}')
  held = {**batch, 'image': batch['image'].at[rows].set(image.astype(batch['image'].dtype))}
  held['label'] = batch['label'].at[rows].set(label.astype(batch['label'].dtype))
  return held | ({'id': batch['id'].at[rows].set(-1)} if 'id' in batch else {})


def _check(ratio: float, where: str) -> None:
  if not 0 <= ratio <= 1:
    raise InputError(f'{where}.ratio: {ratio} must be in [0, 1]')


def synthetic(sample: Callable[[Key, Array], Array], *, ratio: float = 0.25) -> Augment:
  """Replaces a share of the rows by generated ones of the same labels.

  Args:
    sample: (key, label [M, K]) -> image [M, H, W, C] float in [0, 1]; pure, e.g. a generator's `sample` behind its codec.
    ratio: share of the rows, in [0, 1]; round(ratio B) of them, chosen at random.

  Returns:
    Augment; replaced rows get `id` -1, other entries stay.

  Raises:
    InputError: a share out of range, images of another shape.
  """
  _check(ratio, 'synthetic')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    key_rows, key_sample = jax.random.split(key)
    rows = _chosen(key_rows, batch, ratio)
    label = batch['label'][rows]
    return _replaced(batch, rows, jax.lax.stop_gradient(sample(key_sample, label)), label)

  return augment


def synthetic_stored(image: Array, label: Array, *, ratio: float = 0.25) -> Augment:
  """Replaces a share of the rows by stored ones, with the labels that these have.

  Args:
    image: [N, H, W, C] float in [0, 1].
    label: [N, K] probabilities.
    ratio: share of the rows, in [0, 1].

  Returns:
    Augment; replaced rows get `id` -1, other entries stay.

  Raises:
    InputError: an empty store, different lengths, a share out of range, images of another shape.
  """
  _check(ratio, 'synthetic_stored')
  if not len(image) or len(image) != len(label):
    raise InputError(f'synthetic_stored: {len(image)} images and {len(label)} labels; there must be as many, at least one')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    key_rows, key_draw = jax.random.split(key)
    rows = _chosen(key_rows, batch, ratio)
    drawn = jax.random.randint(key_draw, rows.shape, 0, len(image))
    return _replaced(batch, rows, jnp.asarray(image)[drawn], jnp.asarray(label)[drawn])

  return augment
