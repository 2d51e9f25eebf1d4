"""Where the networks look, how their loss lies, what an attack does to their features, which training images speak for it."""

import html
from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug.report import figures
from jaxaug.report.document import section
from jaxaug.report.images import heat, picture

MAPS = {'saliency': 'gradient', 'integrated': 'integrated', 'grad_cam': 'Grad-CAM'}
LINES = 9  # of equal loss


def sections(results: Mapping, explained: Mapping[str, Mapping]) -> str:
  """Maps, planes, embeddings and influences of all arms side by side.

  Args:
    results: of `jaxaug.evaluate.evaluate`, as read from its file.
    explained: {arm: arrays of `explain-<arm>.npz`}, of the arms that have some.

  Returns:
    HTML text; '' without arms.
  """
  if not explained:
    return ''
  told = {name: results['arms'][name]['explain'] for name in explained}
  names = results['data']['class_names']
  return ''.join(
    (_maps(explained, told, names), _planes(explained, told), _embeddings(explained, told, names))
    + (_influences(explained, told, names),)
  )


def _maps(explained: Mapping, told: Mapping, names: Sequence[str]) -> str:
  one = next(iter(explained.values()))
  maps = [kind for kind in MAPS if any(kind in found for found in explained.values())]
  cards = ''
  for i, own in enumerate(one['label']):
    head = ''.join(f'<small>{MAPS[kind]}</small>' for kind in maps)
    rows = ''
    for name, found in explained.items():
      answer = '' if found['answer'][i] == own else f' → {names[found["answer"][i]]}'
      shown = ''.join(
        picture(heat(found[kind][i], kind == 'integrated'), f'{MAPS[kind]} of {name}') if kind in found else '<span></span>'
        for kind in maps
      )
      rows += f'<span>{html.escape(name + answer)}</span>{shown}'
    cards += (
      f'<figure class="tile maps" style="--n:{len(maps)}">{picture(one["image"][i], "image")}{head}{rows}'
      f'<figcaption>class {html.escape(str(names[own]))}</figcaption></figure>'
    )
  layers = ', '.join(dict.fromkeys(o['layer'] for o in told.values() if o['layer']))
  cam = (
    f' Grad-CAM is of the layer {html.escape(layers)}, stretched to the image; black all over where no place speaks for the class.'
    if layers
    else ''
  )
  return section(
    'Where the networks look',
    f'<div class="tiles">{cards}</div>',
    'Of the clean image and the logit of its true class. Gradient: brighter where a pixel counts more. Integrated gradients, from a black '
    f'image: red speaks for the class, blue against it.{cam} Each map has its own scale. An arrow: what the network answers where that is '
    'wrong.',
  )


def _planes(explained: Mapping, told: Mapping) -> str:
  values = np.concatenate([found['plane'].ravel() for found in explained.values()])
  levels = shared_levels(values)
  drawn = ''.join(
    f'<figure><h3>{html.escape(name)}</h3>{figures.loss_plane(f"loss plane {name}", found["plane_at"], found["plane"], levels)}'
    f'<figcaption>from {found["plane"].min():.2g} to {found["plane"].max():.2g} nats</figcaption></figure>'
    for name, found in explained.items()
  )
  words = [
    f'below {levels[0]:g}',
    *(f'{low:g} to {high:g}' for low, high in zip(levels, levels[1:])),
    f'above {levels[-1]:g}',
  ]
  key = ''.join(
    f'<li><i class="shade" style="--v:{figures.shade(i, len(levels)):.2f}"></i>{word}</li>' for i, word in enumerate(words)
  )
  one = next(iter(told.values()))
  return section(
    'The loss around an image',
    f'<ul class="legend">{key}</ul><div class="figures">{drawn}</div>',
    f'Mean cross-entropy of the first {one["planes"]} images, in nats: to the right the way {html.escape(one["attack"])} went, upwards random '
    'signs orthogonal to it, both of length epsilon at 1. Lines and shades are the same losses in all arms.',
  )


def shared_levels(values: np.ndarray) -> list[float]:
  """Losses at which lines are drawn: 1, 2, 5, 10, ... from 1e-4 on, the highest ones that the values pass.

  Args:
    values: of all arms, at least 0.

  Returns:
    Rising, at least 2, at most LINES.
  """
  low, high = float(values.min()), max(float(values.max()), 1e-6)
  series = [digit * 10.0**power for power in range(-4, 9) for digit in (1, 2, 5)]
  passed = [level for level in series if low < level < high][-LINES:]
  return [float(f'{level:.1g}') for level in passed] if len(passed) > 1 else [0.9 * high, high]


def _embeddings(explained: Mapping, told: Mapping, names: Sequence[str]) -> str:
  kinds = {'pca': 'PCA', 'tsne': 't-SNE'}
  drawn = ''.join(
    f'<figure><h3>{html.escape(name)}, {word}</h3>{figures.embedding(f"{word} {name}", found[kind], found["embedded"])}</figure>'
    for name, found in explained.items()
    for kind, word in kinds.items()
  )
  there = sorted({int(k) for found in explained.values() for k in np.unique(found['embedded'])})
  spots = ''.join(
    f'<li><i style="--c:var(--class{k % len(figures.CLASSES)})"></i>{html.escape(str(names[k]))}</li>' for k in there
  )
  one = next(iter(told.values()))
  repeat = ', which repeat after ten' if len(there) > len(figures.CLASSES) else ''
  return section(
    'Features, clean and under attack',
    f'<ul class="legend">{spots}</ul><div class="figures">{drawn}</div>',
    f'What enters the last layer, of the first {one["examples"]:,} images as they are and under {html.escape(one["attack"])}; colours are true '
    f'classes{repeat}. PCA keeps the largest variance; in t-SNE near stays near, while distances between groups mean little.',
  )


def _influences(explained: Mapping, told: Mapping, names: Sequence[str]) -> str:
  one, body = next(iter(told.values())), ''
  if not one.get('fooled', 1):  # nobody looked
    return ''
  word = lambda k: html.escape(str(names[k]))
  for name, found in explained.items():
    cards = ''
    for i in range(len(found.get('fooled', ()))):
      strips = ''
      for kind, said in (('helpful', 'most for the true class'), ('harmful', 'least for it, or most against')):
        shown = ''.join(
          f'<figure>{picture(image, "training image")}<figcaption>{word(own)}<br>{_signed(value)}</figcaption></figure>'
          for image, own, value in zip(found[kind][i], found[f'{kind}_label'][i], found[f'{kind}_influence'][i])
        )
        strips += f'<div><small>{said}</small><div class="strip">{shown}</div></div>'
      cards += (
        f'<div class="influence"><figure class="tile fell">{picture(found["fooled"][i], "fooled")}'
        f'<figcaption>{word(found["fooled_label"][i])} → {word(found["fooled_answer"][i])}</figcaption></figure>{strips}</div>'
      )
    body += f'<h3>{html.escape(name)}</h3>{cards or "<p>The attack fooled none of these images.</p>"}'
  return section(
    'Training images behind the errors',
    body,
    f'Images that {html.escape(one["attack"])} fools the network with, and of the first {one["train"]:,} training images those whose gradient '
    'step would lower the loss of the true class most, and raise it most (TracIn, last layer, at the chosen checkpoint only; the paper sums '
    'over the checkpoints of a run). Below each: its label, and the product of gradients.',
  )


def _signed(value: float) -> str:
  return f'{float(f"{value:.2g}"):+g}'.replace('-', '−')
