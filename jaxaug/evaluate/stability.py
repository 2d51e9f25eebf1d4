"""How often an answer stays the same under small changes that no one chose."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import metrics, ops
from jaxaug.attacks import example_keys
from jaxaug.types import Array, Batch, InputError, Key, fill

DEFAULTS = dict(
  examples=1000,  # of the split, from its start; 0 is all
  draws=10,  # of each kind
  noise=0.1,  # largest change of a pixel
  degrees=10.0,  # largest rotation either way
  pixels=2.0,  # largest translation either way
  brightness=0.2,  # largest change of the factor either way
)
KINDS = ('noise', 'rotation', 'translation', 'brightness')


def stability_settings(section: Mapping) -> dict:
  """The section `evaluate.stability`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, a number out of range.
  """
  settings = fill(section, DEFAULTS, 'evaluate.stability')
  if settings['draws'] < 1 or min(settings[field] for field in settings if field != 'draws') < 0:
    raise InputError(f'evaluate.stability: draws {settings["draws"]} must be at least 1, the others at least 0')
  return settings


def same_answers(logits_fn: Callable[[Array], Array], settings: Mapping) -> Callable[[Key, Batch], dict]:
  """For each kind of change, the share of random draws after which the likeliest class is what it was.

  Args:
    logits_fn: image [B, H, W, C] float in [0, 1] -> logits [B, K].
    settings: of `stability_settings`.

  Returns:
    (key, batch) -> {kind: [B] in [0, 1]}; draws depend on an example's `id`.
  """

  def changed(kind: str, key: Key, image: Array) -> Array:
    drawn = lambda limit, shape=(): jax.random.uniform(key, shape, jnp.float32, -limit, limit)
    if kind == 'noise':
      return jnp.clip(image + drawn(settings['noise'], image.shape), 0, 1)
    if kind == 'rotation':
      return ops.rotate(image, drawn(settings['degrees']))
    if kind == 'translation':
      across, down = drawn(settings['pixels'], (2,))
      return ops.translate_y(ops.translate_x(image, across), down)
    return ops.brightness(image, 1 + drawn(settings['brightness']))

  def same(key: Key, batch: Batch) -> dict:
    image = batch['image']
    first = logits_fn(image).argmax(-1)

    def draw(kind, number):
      keys = jax.vmap(lambda k: jax.random.fold_in(k, number))(example_keys(key, batch))
      return logits_fn(jax.vmap(lambda k, x: changed(kind, k, x))(keys, image)).argmax(-1) == first

    shares = {}
    for place, kind in enumerate(KINDS):
      numbers = place * settings['draws'] + jnp.arange(settings['draws'])
      shares[kind] = jax.lax.map(lambda number, kind=kind: draw(kind, number), numbers).mean(0)
    return shares

  return same


def stability_scores(shares: Mapping[str, np.ndarray], settings: Mapping) -> dict:
  """Means over images, and how many images never change.

  Args:
    shares: {kind: [N]} of `same_answers`.
    settings: that it had.

  Returns:
    {'settings', 'kinds' {kind: {'same': mean share, 'always': share of images with 1, with Wilson interval}}}.
  """
  least = 1 - 0.5 / settings['draws']  # a compiled mean of ones may round below 1
  kinds = {
    kind: {'same': float(share.mean()), 'always': metrics.wilson(int((share > least).sum()), len(share))._asdict()}
    for kind, share in shares.items()
  }
  return {'settings': dict(settings), 'kinds': kinds}
