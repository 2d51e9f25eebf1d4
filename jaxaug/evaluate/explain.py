"""Where a network looks, and how its loss lies around an image."""

from collections.abc import Callable, Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug import ops
from jaxaug.attacks import NORMS, cross_entropy
from jaxaug.models import after_layer, last_map
from jaxaug.types import Array, InputError, Key, PyTree, fill

DEFAULTS = dict(
  examples=200,  # of the split, from its start, that are attacked and embedded; 0 is all
  shown=8,  # of them, for saliency, integrated gradients and Grad-CAM
  steps=64,  # of integrated gradients
  layer='',  # of Grad-CAM, as parameters name it; '' is the last whose output has places
  planes=16,  # of them, whose loss is averaged over a plane
  grid=21,  # points along each side of the plane
  reach=1.5,  # half a side, in radii of the attack
  fooled=3,  # of those that the attack fools, whose training images are looked for; 0 looks for none
  train=5000,  # training images among which they are looked for, from the start; 0 is all
  top=5,  # most helpful and most harmful of them, for each
)


def explain_settings(section: Mapping) -> dict:
  """The section `evaluate.explain`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, a number out of range.
  """
  settings = fill(section, DEFAULTS, 'evaluate.explain')
  least = dict(examples=0, shown=1, steps=1, planes=1, grid=2, fooled=0, train=0, top=1)
  for field, bound in least.items():
    if settings[field] < bound:
      raise InputError(f'evaluate.explain.{field}: {settings[field]} must be at least {bound}')
  if settings['examples'] == 1 or not settings['reach'] > 0:
    raise InputError(
      f'evaluate.explain: examples {settings["examples"]} must be 0 or at least 2, reach {settings["reach"]} above 0'
    )
  return settings


def _gradient(logits_fn: Callable[[Array], Array], image: Array, label: Array) -> Array:
  """d f_y(x) / d x, row by row: the logit of the label's class."""
  return jax.grad(lambda image: (logits_fn(image) * label).sum())(image)


def saliency(logits_fn: Callable[[Array], Array], image: Array, label: Array) -> Array:
  """max_c |d f_y(x) / d x_c|, f_y the logit of class y

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; row by row.
    image: [B, H, W, C] float in [0, 1].
    label: [B, K] float, one-hot of the class that is asked about.

  Returns:
    [B, H, W] float32, at least 0, in logits a unit of pixel.

  Source: Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks, 2014, section 3.1.
  """
  return jnp.abs(_gradient(logits_fn, image, label)).max(-1)


def integrated_gradients(
  logits_fn: Callable[[Array], Array], image: Array, label: Array, steps: int = 64, baseline: float = 0.0
) -> Array:
  """(x - b) mean_k d f_y / d x at b + (k + 1/2) / steps (x - b), k = 0 .. steps - 1

  The sum over pixels and channels is f_y(x) - f_y(b), up to the error of the midpoint rule (none where f is quadratic).

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; row by row.
    image: [B, H, W, C] float in [0, 1].
    label: [B, K] float, one-hot of the class that is asked about.
    steps: points on the way from b to x.
    baseline: b, every pixel's value; 0 is black.

  Returns:
    [B, H, W, C] float32, in logits.

  Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017, equations 1 and 3.
  """
  way = image - baseline
  at = lambda k: _gradient(logits_fn, baseline + (k + 0.5) / steps * way, label)
  total = jax.lax.fori_loop(0, steps, lambda k, total: total + at(k), jnp.zeros_like(image))
  return way * total / steps


def grad_cam(network: nn.Module, variables: PyTree, image: Array, label: Array, layer: str = '') -> Array:
  """ReLU(sum_k a_k A_k), A_k the maps of a layer and a_k the mean over places of d f_y / d A_k, stretched to the image

  A is what the layer's module gives: of a convolution with a ReLU behind it that is no module, what enters the ReLU.

  Args:
    network: Flax module.
    variables: its collections.
    image: [B, H, W, C] float in [0, 1].
    label: [B, K] float, one-hot of the class that is asked about.
    layer: as the network's parameters name it; '' is the last whose output has places.

  Returns:
    [B, H, W] float32, at least 0.

  Raises:
    InputError: no such layer, or one without places.

  Source: Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, 2017, equations 1 and 2.
  """
  layer = layer or last_map(network, variables, image)
  found = []
  if layer:
    after_layer(network, layer, lambda maps: found.append(maps) or maps).apply(variables, image)
  if not layer or found[-1].ndim != 4:
    raise InputError(f'evaluate.explain.layer: {layer!r} of this network gives no maps [B, h, w, C]')
  maps = found[-1]

  def score(change):
    return (after_layer(network, layer, lambda maps: maps + change).apply(variables, image) * label).sum()

  weights = jax.grad(score)(jnp.zeros_like(maps)).mean((1, 2), keepdims=True)
  coarse = nn.relu((weights * maps).sum(-1, keepdims=True)).astype(jnp.float32)
  return jax.vmap(lambda one: ops.resize(one, *image.shape[1:3]))(coarse)[..., 0]


def plane_directions(image: Array, moved: Array, key: Key, norm: str, epsilon: float) -> tuple[Array, Array]:
  """The way an attack went, and random signs made orthogonal to it, both of length epsilon in the norm.

  Args:
    image: [B, H, W, C] float in [0, 1].
    moved: the same after the attack.
    key: one key, of the signs.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: the attack's radius, pixel units.

  Returns:
    ([B, H, W, C], [B, H, W, C]); zeros in the first where nothing moved.
  """
  total = lambda values: values.sum(tuple(range(1, values.ndim)), keepdims=True)
  sized = jax.vmap(lambda way: way * epsilon / jnp.maximum(NORMS[norm].length(way), 1e-12))
  attack = sized(moved - image)
  signs = jax.random.rademacher(key, image.shape, image.dtype)
  return attack, sized(signs - attack * total(signs * attack) / jnp.maximum(total(attack**2), 1e-12))


def loss_plane(
  logits_fn: Callable[[Array], Array], image: Array, label: Array, directions: tuple[Array, Array], at: Array
) -> Array:
  """mean_i CE(f(x_i + a u_i + b v_i), y_i)

  With u, v of `plane_directions`, (1, 0) is the attacked image where the attack used all of its radius. Pixels may leave [0, 1]: it is
  the loss that is looked at, not what a camera can give.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; row by row.
    image: [B, H, W, C] float in [0, 1].
    label: [B, K] probabilities.
    directions: (u, v), shaped like image.
    at: [G] values of a and of b.

  Returns:
    [G, G] float32 in nats, a along the second axis.
  """
  u, v = directions
  point = lambda a, b: cross_entropy(logits_fn(image + a * u + b * v), label).mean()
  return jax.lax.map(lambda b: jax.vmap(lambda a: point(a, b))(at), at)
