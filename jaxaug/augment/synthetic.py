"""Generated rows in place of real ones: drawn while training, or from a store."""

import functools
import os
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.data import Store, read_store
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


def synthetic_store(store: str = '', generator: int = 0, ratio: float = 0.25) -> Augment:
  """`synthetic_stored` from plain values: the images of a verdict's store that passed its gate, all of them held by the compiled step.

  Args:
    store: path of a Parquet file of `jaxaug.data.write_store`, read when the augmentation is first run.
    generator: number of the one that drew them; s was trained on the split of the verdict's `data.seed` + s.
    ratio: share of the rows, in [0, 1].

  Returns:
    Augment.

  Raises:
    InputError: a share out of range; when it is run, no such file, none of this generator's images in it, or other classes than the batch.
  """
  _check(ratio, 'synthetic_store')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image, label = accepted_images(store, generator)
    if label.shape[1] != batch['label'].shape[1]:
      raise InputError(
        f'augment.synthetic_store.store: {store} is of {label.shape[1]} classes, the data are of {batch["label"].shape[1]}'
      )
    return synthetic_stored(image, label, ratio=ratio)(key, batch, model)

  return augment


def accepted_images(path: str | os.PathLike, generator: int) -> tuple[np.ndarray, np.ndarray]:
  """What one generator of a store drew and its gate let pass.

  Args:
    path: of the file.
    generator: its number.

  Returns:
    (image [N, H, W, C] float32, label [N, K], one-hot in the order of the data's classes).

  Raises:
    InputError: no such file, rows that are no images, none of this generator.
  """
  held = open_store(path)
  ours = np.asarray(held.provenance['accepted'], bool) & (held.provenance['seed'] == generator)
  if held.rows.ndim != 4 or not ours.any():
    raise InputError(f'augment.synthetic_store: {path} holds no accepted image of generator {generator}')
  classes = [str(name) for name in held.about['classes']]
  label = [classes.index(str(name)) for name in held.provenance['label'][ours]]
  return held.rows[ours], np.eye(len(classes), dtype=np.float32)[label]


def open_store(path: str | os.PathLike) -> Store:
  """Reads a store, once as long as it does not change.

  Args:
    path: of the file.

  Returns:
    Store.

  Raises:
    InputError: no path, no such file, one without the classes and train ids that a verdict writes.
  """
  if not path or not os.path.exists(path):
    raise InputError(
      f'augment.synthetic_store.store: no file {str(path)!r}; a verdict of launch/synthesize.py writes store.parquet'
    )
  held = _read(os.fspath(path), os.stat(path).st_mtime_ns)
  if not {'classes', 'content', 'train_id', 'validation_id', 'config'} <= set(held.about):
    raise InputError(f'augment.synthetic_store.store: {path} does not tell its classes and train ids; run the verdict again')
  return held


@functools.lru_cache(4)
def _read(path: str, changed: int) -> Store:
  return read_store(path)
