"""From a network to the Model that augmentations see, and the normalisation that lives inside networks."""

from collections.abc import Callable

import jax.numpy as jnp
import optax

from jaxaug.types import Array, InputError, Model, precise


def as_model(logits_fn: Callable[[Array], Array], evidence_fn: Callable[[Array], Array] | None = None) -> Model:
  """Wraps any function of images as a Model; its loss is cross-entropy against the batch's own label.

  Args:
    logits_fn: image [B, H, W, C] float in [0, 1] -> logits [B, K]; eval mode, row by row. The Model's are float32 at least.
    evidence_fn: image -> [B, h, w, K] class evidence a place, or None.

  Returns:
    Model.
  """
  logits = lambda batch: precise(logits_fn(batch['image']))
  return Model(
    logits=logits,
    loss=lambda batch: optax.softmax_cross_entropy(logits(batch), batch['label']),
    evidence=None if evidence_fn is None else lambda batch: evidence_fn(batch['image']),
  )


def normalize(image: Array, mean: tuple[float, ...], std: tuple[float, ...], dtype) -> Array:
  """(image - mean) / std, channel by channel.

  Args:
    image: [B, H, W, C] float in [0, 1].
    mean, std: C numbers each, or one for all channels.
    dtype: of the result.

  Returns:
    [B, H, W, C] of `dtype`.

  Raises:
    InputError: another number of values.
  """
  for name, values in (('mean', mean), ('std', std)):
    if len(values) not in (1, image.shape[-1]):
      raise InputError(f'model.{name}: {len(values)} values for {image.shape[-1]} channels; give 1 or {image.shape[-1]}')
  mean, std = (jnp.asarray(v, image.dtype).reshape(1, 1, 1, -1) for v in (mean, std))
  return ((image - mean) / std).astype(dtype)
