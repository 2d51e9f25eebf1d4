"""Accuracy that no attack in the ball can take: by bounds (Linf) or by randomised smoothing (L2)."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from jaxaug import certify, metrics
from jaxaug.evaluate.attack import NORM_NAMES
from jaxaug.types import Array, InputError, Key, check_name, fill

METHODS = {'ibp': 'linf', 'crown': 'linf', 'smoothing': 'l2'}  # and the norm each is about

DEFAULTS = dict(
  method='ibp',  # 'ibp', 'crown' or 'smoothing'
  epsilon=0.1,  # radius, pixel units; of smoothing the one of the headline
  examples=1000,  # of the split, from its start; 0 is all
  batch_size=100,  # of bounds; smoothing takes 1,000 noisy copies at a time
  sigma=0.25,  # of smoothing: the noise, pixel units
  copies=10000,  # of smoothing: noisy copies that are counted
  choosing=100,  # of smoothing: noisy copies that choose the class
  alpha=0.001,  # of smoothing: probability, an image, of a radius that is too large
)


def certified_settings(section: Mapping) -> dict:
  """The section `evaluate.certified`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field or method, a number out of range.
  """
  settings = fill(section, DEFAULTS, 'evaluate.certified')
  check_name(settings['method'], METHODS, 'evaluate.certified.method')
  if settings['epsilon'] < 0 or settings['examples'] < 0 or settings['batch_size'] < 1:
    raise InputError(
      f'evaluate.certified: epsilon {settings["epsilon"]} and examples {settings["examples"]} must be at least 0, '
      f'batch_size {settings["batch_size"]} at least 1'
    )
  if not settings['sigma'] > 0 or min(settings['copies'], settings['choosing']) < 1 or not 0 < settings['alpha'] < 1:
    raise InputError(
      f'evaluate.certified: sigma {settings["sigma"]} must be above 0, copies {settings["copies"]} and choosing {settings["choosing"]} '
      f'at least 1, alpha {settings["alpha"]} in (0, 1)'
    )
  return settings


def certified_scores(
  logits_fn: Callable[[Array], Array], examples: Mapping, settings: Mapping, key: Key, title: str = ''
) -> tuple[dict, np.ndarray]:
  """How many images are right for certain.

  Args:
    logits_fn: image [B, H, W, C] float32 in [0, 1] -> logits [B, K]; row by row.
    examples: of the split.
    settings: of `certified_settings`.
    key: one key, of the noise.
    title: of the progress bar.

  Returns:
    (`certificate`, `norm`, `epsilon`, `examples`, `accuracy` with Wilson interval; of smoothing also `smoothed`, since it is
    another classifier than the network, its `clean` accuracy, `abstained` share and mean `radius` of what is right; [N] bool).
  """
  rows = {name: examples[name][: settings['examples'] or None] for name in ('image', 'label')}
  image = rows['image'] / np.float32(255) if rows['image'].dtype == np.uint8 else np.asarray(rows['image'], np.float32)
  own, norm, method = rows['label'].argmax(-1), METHODS[settings['method']], settings['method']
  told = {}
  if method == 'smoothing':
    asked = {'n': settings['copies'], 'n0': settings['choosing'], 'sigma': settings['sigma'], 'alpha': settings['alpha']}
    prediction, radius = certify.smooth(logits_fn, image, **asked, key=key)
    right = (prediction == own) & (radius > settings['epsilon'])
    told = {
      'smoothed': True,
      'clean': metrics.wilson(int((prediction == own).sum()), len(own))._asdict(),
      'abstained': float((prediction == certify.ABSTAIN).mean()),
      'radius': float(radius[prediction == own].mean()) if (prediction == own).any() else 0.0,
    }
  else:
    run = jax.jit(lambda x, y: certify.verified(logits_fn, x, y, settings['epsilon'], method=method))
    size, parts = settings['batch_size'], []
    for start in tqdm(range(0, len(image), size), title, leave=False, disable=None if title else True):
      at = np.minimum(np.arange(start, start + size), len(image) - 1)
      parts.append(np.asarray(run(jnp.asarray(image[at]), jnp.asarray(own[at]))))
    right = np.concatenate(parts)[: len(image)]
  name = (
    f'smoothing, sigma {settings["sigma"]:g}, {settings["copies"]:,} copies, {settings["choosing"]:,} to choose, alpha {settings["alpha"]:g}'
    if method == 'smoothing'
    else method.upper()
  )
  scores = {
    'certificate': f'{name}, {NORM_NAMES[norm]} {settings["epsilon"]:g}',
    'norm': norm,
    'epsilon': settings['epsilon'],
    'examples': len(image),
    'accuracy': metrics.wilson(int(right.sum()), len(right))._asdict(),
  }
  return scores | told, right
