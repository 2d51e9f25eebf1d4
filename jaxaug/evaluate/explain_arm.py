"""What the figures of one arm show: maps, a plane of the loss, an embedding, influences."""

import jax
import numpy as np

from jaxaug import data, parallel
from jaxaug.attacks import round_down
from jaxaug.data import first
from jaxaug.evaluate.arm import Arm
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.embedding import pca, tsne
from jaxaug.evaluate.explain import grad_cam, integrated_gradients, loss_plane, plane_directions, saliency
from jaxaug.evaluate.influence import residual, strongest, tracin
from jaxaug.evaluate.predict import attacked
from jaxaug.models import last_map


def measure_explain(arm: Arm) -> None:
  """Explanations of the clean images, the loss around them, and what the attack's images do in the features.

  Args:
    arm: gains `explain`, what the figures are of; `explain-<arm>.npz` in its place holds the arrays: of the first images `image`,
      `label`, `answer`, `saliency`, `integrated` and, of a network with maps, `grad_cam`; `plane` [G, G] and `plane_at` [G]; `pca` and
      `tsne` [2M, 2], clean images first, `embedded` [M] their classes; of F fooled images `fooled`, `fooled_label`, `fooled_answer`,
      and `helpful`, `helpful_label`, `helpful_influence`, `harmful`, ... of the training images [F, top, ...].
  """
  asked, attack = arm.settings['explain'], arm.settings['attack']
  key = jax.random.fold_in(arm.keys['attack'], 6)
  epsilon = attack.get('epsilon', 0.1)
  targets = first(arm.examples, asked['examples'])
  run = arm.predictor(attacked(arm.network, attack_of(attack), images=True))
  at = (arm.variables, parallel.replicate(round_down(epsilon)))
  moved = run(at, jax.random.fold_in(key, 0), targets, f'{arm.name}: to explain')['image']
  seen, seen_moved = _seen(arm, targets), _seen(arm, {'image': moved})
  found = _maps(arm, targets, seen['logits'], asked)
  few = data.as_batch({field: first(targets, asked['planes'])[field] for field in ('image', 'label')})
  found['plane_at'] = np.linspace(-asked['reach'], asked['reach'], asked['grid'], dtype=np.float32)
  start, ended, logits_fn = few['image'], moved[: len(few['image'])], arm.logits_fn()
  ways = plane_directions(start, ended, jax.random.fold_in(key, 1), attack.get('norm', 'linf'), epsilon)
  found['plane'] = jax.jit(lambda *args: loss_plane(logits_fn, *args))(start, few['label'], ways, found['plane_at'])
  both = np.concatenate([seen['features'], seen_moved['features']]).reshape(2 * len(moved), -1)
  found |= {'pca': pca(both), 'tsne': tsne(both), 'embedded': targets['label'].argmax(-1)}
  found |= _influences(arm, targets, moved, seen, seen_moved, asked)
  arm.scores['explain'] = {
    'attack': describe(attack),
    'examples': len(moved),
    'planes': len(few['image']),
    'train': len(first(arm.splits.train, asked['train'])['image']),
    'fooled': asked['fooled'],
    'layer': asked['layer'] or last_map(arm.network, arm.variables, few['image']),
  }
  if parallel.is_main():
    np.savez_compressed(arm.place / f'explain-{arm.name}.npz', **{name: np.asarray(value) for name, value in found.items()})


def _seen(arm: Arm, examples) -> dict[str, np.ndarray]:
  """Logits and what enters the last layer."""
  both = lambda v, key, batch: dict(zip(('logits', 'features'), arm.network.apply(v, batch['image'], features=True)))
  return arm.predictor(both)(arm.variables, arm.keys['attack'], {'image': examples['image']})


def _maps(arm: Arm, targets, logits: np.ndarray, asked) -> dict[str, np.ndarray]:
  """What the first images show, of the logit of the true class."""
  shown = first({field: targets[field] for field in ('image', 'label')}, asked['shown'])
  batch, held = data.as_batch(shown), jax.device_get(arm.variables)
  logits_fn = arm.logits_fn()
  found = {
    'image': shown['image'],
    'label': shown['label'].argmax(-1),
    'answer': logits[: len(shown['image'])].argmax(-1),
    'saliency': jax.jit(lambda image, label: saliency(logits_fn, image, label))(**batch),
    'integrated': jax.jit(lambda image, label: integrated_gradients(logits_fn, image, label, asked['steps']).sum(-1))(
      **batch
    ),
  }
  if asked['layer'] or last_map(arm.network, held, batch['image']):
    found['grad_cam'] = jax.jit(lambda image, label: grad_cam(arm.network, held, image, label, asked['layer']))(**batch)
  return found


def _influences(arm: Arm, targets, moved: np.ndarray, seen, seen_moved, asked) -> dict[str, np.ndarray]:
  """Of the first images that are right as they are and wrong under attack; nothing where there are none."""
  own = targets['label'].argmax(-1)
  fell = (seen['logits'].argmax(-1) == own) & (seen_moved['logits'].argmax(-1) != own)
  rows = np.flatnonzero(fell)[: asked['fooled']]
  if not len(rows):
    return {}
  train = first(arm.splits.train, asked['train'])
  held = _seen(arm, train)
  flat = lambda features: np.asarray(features, np.float32).reshape(len(features), -1)
  influence = tracin(
    flat(held['features']),
    residual(held['logits'], train['label']),
    flat(seen_moved['features'][rows]),
    residual(seen_moved['logits'][rows], targets['label'][rows]),
  )
  found = {'fooled': moved[rows], 'fooled_label': own[rows], 'fooled_answer': seen_moved['logits'][rows].argmax(-1)}
  for name, places in zip(('helpful', 'harmful'), strongest(influence, asked['top'])):
    found[name] = train['image'][places.ravel()].reshape(*places.shape, *train['image'].shape[1:])
    found[f'{name}_label'] = train['label'].argmax(-1)[places]
    found[f'{name}_influence'] = np.take_along_axis(influence, places, -1)
  return found
