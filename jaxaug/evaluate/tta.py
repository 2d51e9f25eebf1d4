"""Test-time augmentation: one answer out of several views."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model


def _windows(height: int, width: int, crop: float) -> tuple[int, int, tuple[tuple[int, int], ...]]:
  """(rows, columns, upper left corners) of the centre and the four corners."""
  if not 0 < crop <= 1:
    raise InputError(f'tta.crop: {crop} must be in (0, 1]')
  tall, wide = max(1, round(height * crop)), max(1, round(width * crop))
  down, across = height - tall, width - wide
  return tall, wide, ((down // 2, across // 2), (0, 0), (0, across), (down, 0), (down, across))


def ten_views(image: Array, crop: float = 0.875) -> Array:
  """Centre and four corners, each as it is and mirrored, stretched to the image's size; view 0 is the centre.

  Args:
    image: [B, H, W, C], uint8 or float.
    crop: side of a window, as a share of the image's; 1 leaves the image and its mirror.

  Returns:
    [10, B, H, W, C] of the same dtype.

  Raises:
    InputError: crop outside (0, 1].

  Source: Krizhevsky et al., ImageNet Classification, 2012, section 4.1; torchvision `TenCrop`.
  """
  height, width = image.shape[1:3]
  tall, wide, corners = _windows(height, width, crop)

  def window(top, left):
    return jax.vmap(lambda one: ops.resize(ops.crop(one, top, left, tall, wide), height, width))(image)

  shown = [window(*corner) for corner in corners]
  return jnp.stack([*shown, *(view[:, :, ::-1] for view in shown)])


def undo_ten_views(labels: Array, crop: float = 0.875) -> Array:
  """Lays what was said about the pixels of `ten_views` back on the image's pixels, for `majority_vote`.

  Args:
    labels: int [10, B, H, W], of every pixel of every view.
    crop: that the views were made with.

  Returns:
    int32 [10, B, H, W], by nearest neighbour; -1 where a view did not see the pixel.

  Raises:
    InputError: crop outside (0, 1].
  """
  height, width = labels.shape[2:]
  tall, wide, corners = _windows(height, width, crop)
  upright = [*labels[:5], *labels[5:, :, :, ::-1]]

  def back(view, top, left):
    window = jnp.moveaxis(ops.resize(jnp.moveaxis(view, 0, -1), tall, wide, 'nearest'), -1, 0)
    return jnp.full(view.shape, -1, jnp.int32).at[:, top : top + tall, left : left + wide].set(window)

  return jnp.stack([back(view, *corner) for view, corner in zip(upright, corners * 2)])


def drawn_views(key: Key, batch: Batch, augment: Augment, count: int, model: Model | None = None) -> Array:
  """The images, and views of them by any augmentation.

  Args:
    key: consumed.
    batch: with `image`.
    augment: one that keeps what the image shows.
    count: V, at least 1; view 0 is the image itself.
    model: what the augmentation may follow.

  Returns:
    [V, B, H, W, C].

  Raises:
    InputError: count below 1.
  """
  if count < 1:
    raise InputError(f'tta.count: {count} must be at least 1')
  keys = jax.random.split(key, count)[1:]
  return jnp.stack([batch['image'], *(augment(one, batch, model)['image'] for one in keys)])


def mean_of_probabilities(logits: Array) -> Array:
  """log mean_v softmax(logits_v), which has the mean's argmax and softmax.

  Args:
    logits: [V, B, K].

  Returns:
    [B, K], normalised log probabilities.
  """
  return jax.nn.logsumexp(jax.nn.log_softmax(logits), 0) - jnp.log(len(logits))


def majority_vote(labels: Array, num_classes: int) -> Array:
  """The label most views give; of several the one with the lowest number.

  Args:
    labels: int [V, ...], aligned: what was moved must have been moved back, as `undo_ten_views` does. Below 0 a view has no vote
      (it did not see the pixel).
    num_classes: K.

  Returns:
    int32 [...]; -1 where no view voted.
  """
  votes = jax.nn.one_hot(labels, num_classes, dtype=jnp.int32).sum(0)
  return jnp.where(votes.sum(-1) > 0, votes.argmax(-1), -1)


def mean_and_variance(predictions: Array) -> tuple[Array, Array]:
  """Of a regression over views; the variance says how sure the mean is.

  Args:
    predictions: [V, ...].

  Returns:
    (mean, unbiased variance), both [...]; the variance of one view is 0.
  """
  spread = jnp.square(predictions - predictions.mean(0)[None]).sum(0) / max(len(predictions) - 1, 1)
  return predictions.mean(0), spread


def over_views(
  logits_fn: Callable[[Array], Array], views_fn: Callable[[Array], Array] = ten_views
) -> Callable[[Array], Array]:
  """A classifier that looks at every view and answers by the mean of probabilities.

  Args:
    logits_fn: image [N, H, W, C] -> logits [N, K].
    views_fn: image [B, H, W, C] -> [V, B, H, W, C], e.g. `ten_views`.

  Returns:
    image [B, H, W, C] -> log probabilities [B, K]; as good as any logits_fn, for `as_model` too.
  """

  def answer(image: Array) -> Array:
    shown = views_fn(image)
    logits = logits_fn(shown.reshape(-1, *shown.shape[2:]))
    return mean_of_probabilities(logits.reshape(len(shown), len(image), -1))

  return answer
