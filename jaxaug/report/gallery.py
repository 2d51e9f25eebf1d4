"""Every op, policy and mixing on real photographs, to be looked at."""

import html
import os
import pathlib
from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import augment, ops
from jaxaug.report.document import save
from jaxaug.report.images import picture
from jaxaug.types import Array, Model

SIDE, SHOWN = 64, 8
FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)


def photographs() -> np.ndarray:
  """uint8 [8, 64, 64, 3]: cuts of scikit-learn's two sample photographs."""
  from sklearn.datasets import load_sample_images

  corners = ((120, 60), (170, 260), (30, 330), (200, 430))
  cuts = [photo[y : y + 192, x : x + 192] for photo in load_sample_images().images for y, x in corners]
  return np.stack([np.asarray(ops.resize(cut, SIDE, SIDE)) for cut in cuts])


def _wave(amount: float) -> tuple[Array, Array]:
  """A displacement field of up to `amount` pixels."""
  y, x = jnp.meshgrid(jnp.arange(SIDE), jnp.arange(SIDE), indexing='ij')
  return amount * jnp.sin(x / 6.0), amount * jnp.cos(y / 7.0)


def _lattice() -> np.ndarray:
  """Values for noise."""
  return np.random.default_rng(0).random((SIDE, SIDE), np.float32)


def _by_hand() -> dict:
  """Ops outside the op table: name -> (function of image and value, five values)."""
  identity = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)
  tilt = np.array([0, 0.3, 0, 0, 0.3, 0, 0, 0.008], np.float32)
  rolled = lambda n: jnp.roll(jnp.arange(16), n)
  return {
    'flip_left_right': (lambda i, v: ops.flip_left_right(i) if v else i, (0, 1)),
    'flip_up_down': (lambda i, v: ops.flip_up_down(i) if v else i, (0, 1)),
    'pad_crop': (lambda i, v: ops.pad_crop(i, v, v, 8), (0, 4, 8, 12, 16)),
    'crop': (lambda i, v: ops.crop(i, v, v, 40, 40), (0, 6, 12, 18, 24)),
    'resize': (lambda i, v: ops.resize(ops.resize(i, v, v), SIDE, SIDE, 'nearest'), (64, 48, 32, 16, 8)),
    'resized_crop': (lambda i, v: ops.resized_crop(i, v, v, 64 - 2 * v, 64 - 2 * v, (SIDE, SIDE)), (0, 6, 12, 18, 24)),
    'perspective': (lambda i, v: ops.perspective(i, identity + v * tilt), FIVE),
    'elastic': (lambda i, v: ops.elastic(i, *_wave(v)), (0, 1, 2, 4, 6)),
    'grid_shuffle': (lambda i, v: ops.grid_shuffle(i, rolled(v), 4), (0, 1, 2, 5, 8)),
    'hue': (ops.hue, (-0.5, -0.25, 0, 0.1, 0.25)),
    'saturation': (ops.saturation, (0, 0.5, 1, 1.5, 3)),
    'gamma': (ops.gamma, (0.3, 0.6, 1, 1.6, 3)),
    'grayscale': (lambda i, v: ops.grayscale(i) if v else i, (0, 1)),
    'gaussian_blur': (lambda i, v: ops.gaussian_blur(i, v, 8), (0.1, 0.7, 1.4, 2, 4)),
    'box_blur': (ops.box_blur, (0, 0.5, 1, 2, 4)),
    'ramp': (lambda i, v: ops.ramp(SIDE, SIDE, v), (0, 45, 90, 180, 270)),
    'stripes': (lambda i, v: ops.stripes(SIDE, SIDE, 30, v), (2, 4, 8, 16, 32)),
    'checkerboard': (lambda i, v: ops.checkerboard(SIDE, SIDE, 30, v), (2, 4, 8, 16, 32)),
    'value_noise': (lambda i, v: ops.value_noise(_lattice(), SIDE, SIDE, v), (2, 4, 8, 16, 32)),
    'spot': (lambda i, v: ops.spot(SIDE, SIDE, 24, 40, v), (2, 4, 8, 16, 32)),
    'jpeg': (ops.jpeg, (95, 50, 25, 10, 5)),
    'median': (ops.median, (1, 3, 5, 7, 9)),
    'pixelate': (ops.pixelate, (1, 0.6, 0.5, 0.4, 0.25)),
    'erase': (lambda i, v: ops.erase(i, 10, 20, v, 1.5 * v, 128), (0, 8, 16, 24, 32)),
  }


def _row(name: str, cells: Iterator[tuple[np.ndarray, str]]) -> str:
  shown = ''.join(
    f'<figure>{picture(np.asarray(image), f"{name}, {note}")}<figcaption>{html.escape(note)}</figcaption></figure>'
    for image, note in cells
  )
  return f'<h3>{html.escape(name)}</h3><div class="strip">{shown}</div>\n'


def _table_rows(image: np.ndarray, other: np.ndarray) -> Iterator[str]:
  place = np.array([0.4, 0.6], np.float32)
  for spec in augment.space('autoaugment').values():
    values = [float(spec.value_at(jnp.float32(m), SIDE)) for m in FIVE]
    yield _row(spec.name, ((spec.fn(image, jnp.float32(v), place, other), f'{v:.4g}') for v in values))


def _corruption_rows(image: np.ndarray) -> Iterator[str]:
  """Every common corruption at its five severities."""
  batch = {'image': jnp.asarray(image)[None]}
  for name in (*augment.CORRUPTIONS, *augment.EXTRA_CORRUPTIONS):
    severities = {f'severity {severity}': augment.corruption(name, severity, 'cifar10') for severity in range(1, 6)}
    shown = {note: jax.jit(apply, static_argnums=2)(jax.random.key(0), batch, None) for note, apply in severities.items()}
    yield _row(name, ((np.asarray(out['image'][0]), note) for note, out in shown.items()))


def _model() -> Model:
  """Sees edges: its loss and its evidence are the squares of differences between neighbours."""

  def edges(image):
    return jnp.square(image[:, 1:, 1:] - image[:, :-1, 1:]).sum(-1) + jnp.square(image[:, 1:, 1:] - image[:, 1:, :-1]).sum(
      -1
    )

  evidence = lambda batch: jnp.repeat(edges(batch['image'])[..., None], batch['label'].shape[-1], -1)
  return Model(
    logits=lambda batch: evidence(batch).mean((1, 2)),
    loss=lambda batch: edges(batch['image']).sum((1, 2)),
    evidence=evidence,
  )


def policies() -> dict:
  """Policies that a name in `AUGMENTS` does not show by default: {name: factory}."""
  return {
    **{f'autoaugment, {name}': partial(augment.autoaugment, name) for name in ('svhn', 'imagenet')},
    'randaugment, m = 30': partial(augment.randaugment, 2, 30),
    'trivialaugment, not wide': partial(augment.trivialaugment, False),
  }


def gallery(path: str | os.PathLike) -> pathlib.Path:
  """Draws the page: every op at five values, every policy, every mixing, every common corruption.

  Args:
    path: of the HTML file.

  Returns:
    The path.
  """
  pixels = photographs()
  image, other = pixels[0], pixels[5]
  batch = {'image': jnp.asarray(pixels / np.float32(255)), 'label': jnp.eye(SHOWN), 'id': jnp.arange(SHOWN)}
  changed = []
  for i, (name, make) in enumerate((augment.AUGMENTS | policies()).items()):
    out = jax.jit(lambda key, batch, make=make: make()(key, batch, _model()))(jax.random.key(i), batch)
    labels = [' '.join(f'{p:.2f}·{k}' for k, p in enumerate(row) if p > 0.005) for row in np.asarray(out['label'])]
    mixes = (np.asarray(out['label']) != np.asarray(batch['label'])).any() and name != 'label_smoothing'
    notes = labels if mixes else [str(k) for k in range(SHOWN)]
    shown, notes = (
      (out['image'], notes) if 'views' not in out else (out['views'].reshape(-1, SIDE, SIDE, 3), list('0011223344556677'))
    )
    changed.append(_row(name, zip(np.asarray(shown), notes)))
    if 'views_small' in out:
      changed.append(_row(f'{name}, small', zip(np.asarray(out['views_small'][0]), ['0'] * 6)))
  by_hand = (
    _row(name, ((op(image, value), f'{value:.4g}') for value in values)) for name, (op, values) in _by_hand().items()
  )
  lead = 'Values are physical: degrees, pixels, factors, thresholds and bits of 8-bit images.'
  body = (
    '<header><p class="brand">jaxaug</p><h1>Gallery</h1>'
    f"<p>Cuts of scikit-learn's sample photographs, {SIDE} × {SIDE}. {lead}</p></header>"
    f'<section><h2>The op table</h2><p>Ranges of the AutoAugment paper, magnitudes 0, ¼, ½, ¾ and 1.</p>'
    f'{"".join(_table_rows(image, other))}</section>'
    f'<section><h2>More ops</h2>{"".join(by_hand)}</section>'
    f'<section><h2>Augmentations</h2><p>With their defaults, on {SHOWN} images, 0 to {SHOWN - 1}; under a mixed image, the share '
    f'of each label. The model they follow sees edges.</p>{"".join(changed)}</section>'
    f'<section><h2>Corruptions</h2><p>At the strengths of CIFAR-10-C.</p>{"".join(_corruption_rows(other))}</section>'
  )
  return save(path, 'Gallery', body)
