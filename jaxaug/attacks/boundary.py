"""The decision boundary that is nearest by the linear view from where an image is."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.attacks.machine import choose
from jaxaug.attacks.norms import NORMS
from jaxaug.types import Array

DUAL = {'linf': 'l1', 'l2': 'l2', 'l1': 'linf'}


def boundary_to(logits_fn: Callable[[Array], Array], image: Array, label: Array, other: Array) -> tuple[Array, Array]:
  """z_other - z_label and its gradient.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    image: [B, H, W, C].
    label, other: int [B].

  Returns:
    (float [B], float [B, H, W, C] without NaN).
  """

  def difference(image):
    at = lambda index: jnp.take_along_axis(logits, index[:, None], 1)[:, 0]
    logits = logits_fn(image)
    values = at(other) - at(label)
    return values.sum(), values

  gradient, value = jax.grad(difference, has_aux=True)(image)
  return value, jnp.where(jnp.isfinite(gradient), gradient, 0.0)


def nearest_boundary(
  logits_fn: Callable[[Array], Array], image: Array, label: Array, classes: int, norm: str
) -> tuple[Array, Array]:
  """Of the boundaries to all other classes the one at the smallest |z_k - z_label| / |gradient|, in the dual norm.

  Args:
    logits_fn, image, label: as in `boundary_to`.
    classes: K.
    norm: in which the distance is measured.

  Returns:
    As `boundary_to`, of that class.

  Source: Moosavi-Dezfooli et al., DeepFool: a simple and accurate method to fool deep neural networks, 2016, equation 8.
  """

  def look(best, other):
    value, gradient = boundary_to(logits_fn, image, label, jnp.full_like(label, other))
    away = jnp.abs(value) / (1e-12 + jax.vmap(NORMS[DUAL[norm]].length)(gradient))
    away = jnp.where(label == other, jnp.inf, away)
    return choose(away < best[0], (away, value, gradient), best), None

  none = (jnp.full(len(label), jnp.inf, image.dtype), jnp.zeros(len(label), image.dtype), jnp.zeros_like(image))
  return jax.lax.scan(look, none, jnp.arange(classes))[0][1:]
