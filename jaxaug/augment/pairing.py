"""SamplePairing and label smoothing: only the image, or only the label, is mixed."""

import jax
import jax.numpy as jnp

from jaxaug.augment.mix import check_labels, float_images
from jaxaug.types import Augment, Batch, InputError, Key, Model


def samplepairing(weight: float = 0.5) -> Augment:
  """x <- (1 - w) x_i + w x_j, the label stays y_i.

  Args:
    weight: w in [0, 1], may be traced.

  Returns:
    Augment of `image` [B, H, W, C] float.

  Raises:
    InputError: weight outside [0, 1], or the images are not float.

  Source: Inoue, Data Augmentation by Pairing Samples for Images Classification, 2018, section 3 (w = .5).
  """
  if not isinstance(weight, jax.core.Tracer) and not 0 <= weight <= 1:
    raise InputError(f'samplepairing.weight: {weight} must be in [0, 1]')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'samplepairing')
    partner = jax.random.permutation(key, len(image))
    return {**batch, 'image': ((1 - weight) * image + weight * image[partner]).astype(image.dtype)}

  return augment


def label_smoothing(smoothing: float = 0.1) -> Augment:
  """y <- (1 - s) y + s / K

  Args:
    smoothing: s in [0, 1], may be traced.

  Returns:
    Augment of `label` [B, K].

  Raises:
    InputError: smoothing outside [0, 1], labels that are not [B, K].

  Source: Szegedy et al., Rethinking the Inception Architecture, 2016, section 7.
  """
  if not isinstance(smoothing, jax.core.Tracer) and not 0 <= smoothing <= 1:
    raise InputError(f'label_smoothing.smoothing: {smoothing} must be in [0, 1]')

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    check_labels(batch, 'label_smoothing')
    label = batch['label']
    whole = jnp.sum(label, -1, keepdims=True)
    return {**batch, 'label': (1 - smoothing) * label + smoothing * whole / label.shape[-1]}

  return augment
