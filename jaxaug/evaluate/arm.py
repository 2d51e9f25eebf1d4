"""One arm of a run on the examples: what each measure of a config finds."""

import json
import pathlib
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import flax.linen as nn
import jax
import numpy as np

from jaxaug import augment, data, metrics, parallel
from jaxaug.attacks import round_down
from jaxaug.data import Splits, first
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.autoattack import autoattack_scores, faults
from jaxaug.evaluate.certified import certified_scores
from jaxaug.evaluate.corruption import corruption_scores
from jaxaug.evaluate.detection import (
  detection_scores,
  energy_score,
  feature_squeezing,
  local_lipschitz,
  mahalanobis,
  softmax_score,
)
from jaxaug.evaluate.masking import masking_faults
from jaxaug.evaluate.predict import Logits, Predictor, attacked, clean, frozen
from jaxaug.evaluate.scores import clean_scores, group_scores
from jaxaug.evaluate.stability import same_answers, stability_scores
from jaxaug.types import Array, Key, PyTree

SAMPLES = 16  # images kept for the report
BALL = dict(norm='linf', epsilon=0.1)  # of an attack that does not say


class Arm(NamedTuple):
  """What is measured, on what, and what has been found so far; the last four are filled as measures run."""

  name: str
  augment: Mapping
  network: nn.Module
  variables: PyTree
  step: int
  settings: Mapping  # of the evaluation
  splits: Splits
  examples: Mapping[str, np.ndarray]
  place: pathlib.Path
  keys: Mapping[str, Key]
  scores: dict
  right: dict  # {measure: [N] right or not, or the share of times right}
  predictions: dict
  samples: dict
  rows: int = SAMPLES  # that are augmented at a time in training, over all devices

  def predictor(self, fn: Callable, size: int = 0) -> Predictor:
    """`fn` over examples, in batches of the evaluation's size."""
    return Predictor(fn, size or self.settings['batch_size'])

  def logits_fn(self) -> Callable[[Array], Array]:
    """image -> logits, with the weights in it."""
    return Logits(jax.device_get(self.variables), self.network)

  def autoattack_state(self, asked: Mapping, of: str = '', changed: Mapping = {}) -> pathlib.Path | None:
    """Where an AutoAttack of these settings goes on from: other settings, other examples, another file. None but in the main process."""
    ball = f'{asked["norm"]}-{asked["epsilon"]:g}-{asked["version"]}-{asked["examples"]}'
    ids = np.asarray(first(self.examples, asked['examples'])['id']).tolist()
    mark = zlib.crc32(json.dumps([self.settings['split'], ids, asked['epsilon'], changed], sort_keys=True).encode())
    name = f'autoattack-{self.name}{of}-{ball}-step{self.step}-{mark:08x}.npz'
    return self.place / name if parallel.is_main() else None


def measure_clean(arm: Arm) -> None:
  """Accuracy, calibration and confusion of the images as they are, and groups where there are any.

  Args:
    arm: gains `clean`, and the sample images.
  """
  examples = arm.examples
  logits = arm.predictor(clean(arm.network))(arm.variables, arm.keys['attack'], examples, f'{arm.name}: clean')['logits']
  arm.scores.update(step=arm.step, clean=clean_scores(logits, examples['label']))
  arm.right['clean'] = metrics.correct(logits, examples['label'])
  arm.predictions.update(id=examples['id'], label=examples['label'], logits=logits)
  shown, seen = first(examples, SAMPLES), first(arm.splits.train, SAMPLES)
  adaptive = augment.create_adaptive(**{'names': (), **arm.augment})
  index = np.arange(max(arm.rows, SAMPLES)) % len(seen['image'])  # as many as in training: a share of fewer may be no row
  many = {field: np.asarray(values)[index] for field, values in seen.items()}
  one = {'image': data.as_batch(first(seen, 1))['image'], 'label': first(seen, 1)['label']}
  pipeline = adaptive.augment(adaptive.init(jax.random.key(0), one), arm.step)

  def augmented(variables, key, batch):
    key = jax.random.fold_in(key, jax.lax.axis_index(parallel.AXIS))  # policies draw by row, and every device has a row 0
    return {'image': pipeline(key, batch, frozen(arm.network, variables))['image']}

  arm.samples.update(
    image=shown['image'],
    label=shown['label'],
    logits=logits[:SAMPLES],
    augmented_from=seen['image'],
    augmented=arm.predictor(augmented, arm.rows)(arm.variables, arm.keys['augment'], many)['image'][: len(seen['image'])],
  )


def measure_corrupted(arm: Arm, corrupted: Mapping) -> None:
  """Errors on corrupted images.

  Args:
    arm: gains `corrupted`, with the `source` of its strengths.
    corrupted: of `corrupted_images`.
  """
  label = first(arm.examples, arm.settings['corruption']['examples'])['label']
  see = arm.predictor(clean(arm.network))
  predict = lambda images: see(arm.variables, arm.keys['attack'], {'image': images})['logits']
  arm.scores['corrupted'], arm.right['corrupted'] = corruption_scores(predict, corrupted, label)
  arm.scores['corrupted']['source'] = arm.settings['corruption']['source']
  arm.predictions['corrupted_right'] = arm.right['corrupted']


def measure_robust(arm: Arm) -> None:
  """Accuracy and calibration under PGD, its curve over radii, classes and groups.

  Args:
    arm: gains `robust`, the sample images under attack, and `faults` where the steps are too short for the ball.
  """
  asked, name = arm.settings['attack'], arm.name
  make_attack, epsilon = attack_of(asked), asked.get('epsilon', 0.1)
  run = arm.predictor(attacked(arm.network, make_attack))
  targets = first(arm.examples, arm.settings['attack_examples'])
  at = lambda e: (arm.variables, parallel.replicate(round_down(e)))
  moved = run(at(epsilon), arm.keys['attack'], targets, f'{name}: {describe(asked)}')['logits']
  arm.right['robust'], arm.predictions['robust_logits'] = metrics.correct(moved, targets['label']), moved
  curve = []
  for e in arm.settings['epsilons']:
    found = moved if e == epsilon else run(at(e), arm.keys['attack'], targets, f'{name}: epsilon {e:g}')['logits']
    curve.append({'epsilon': e, **metrics.accuracy(found, targets['label'])._asdict()})
  arm.scores['robust'] = {
    'attack': describe(asked),
    'examples': len(moved),
    'norm': asked.get('norm', 'linf'),
    'epsilon': epsilon,
    'accuracy': metrics.accuracy(moved, targets['label'])._asdict(),
    **metrics.calibration(moved, targets['label']),
    'curve': curve,
  }
  if asked.get('steps', 10) * asked.get('step_size', 0.025) < epsilon * (1 - 1e-6):
    arm.scores['faults'] = [f'{describe(asked)}: all steps together are shorter than the radius, so this says little']
  shown = first(arm.examples, SAMPLES)
  near = arm.predictor(attacked(arm.network, make_attack, images=True), SAMPLES)(at(epsilon), arm.keys['sample'], shown)
  arm.samples.update(attacked=near['image'], attacked_logits=near['logits'])


def measure_autoattack(arm: Arm) -> None:
  """AutoAttack, what cannot be if it did its work, and signs of masked gradients.

  Args:
    arm: gains `autoattack` and `faults`.
  """
  logits_fn, asked = arm.logits_fn(), arm.settings['autoattack']
  arm.scores['autoattack'], result = autoattack_scores(
    logits_fn,
    arm.examples,
    asked,
    jax.random.fold_in(arm.keys['attack'], 1),
    arm.splits.info.class_names,
    arm.autoattack_state(asked),
  )
  arm.right['autoattack'] = arm.predictions['autoattack_robust'] = result.robust
  pgd = arm.right['robust'] if _same_ball(arm) else None
  arm.scores['faults'] = arm.scores.get('faults', []) + faults(
    result.by_attack, arm.right['clean'], pgd, _certified_in(arm, asked['norm'], asked['epsilon'])
  )
  key = jax.random.fold_in(arm.keys['attack'], 2)
  arm.scores['faults'] += masking_faults(logits_fn, arm.examples, asked['norm'], asked['epsilon'], key)


def _same_ball(arm: Arm) -> bool:
  """Whether AutoAttack and PGD were both run, in one ball."""
  found, attack = arm.scores.get('autoattack'), arm.settings['attack']
  return bool(found and attack) and all(found[field] == (BALL | attack)[field] for field in BALL)


def _certified_in(arm: Arm, norm: str, epsilon: float) -> np.ndarray | None:
  """[M] bool, right for certain in this ball or a larger one; None where that was not measured of the network itself."""
  certain = arm.scores.get('certified', {'smoothed': True})
  within = not certain.get('smoothed') and certain['norm'] == norm and certain['epsilon'] >= epsilon
  return arm.right['certified'] if within else None


def measure_order(arm: Arm) -> None:
  """What cannot be where PGD is the only attack in its ball: certified <= PGD <= clean; AutoAttack in that ball has it among its faults.

  Args:
    arm: gains `faults` where there are any.
  """
  ball = BALL | arm.settings['attack']
  if _same_ball(arm):
    return
  pgd, clean = arm.right['robust'], arm.right['clean']
  order = {'clean': clean[: len(pgd)], 'PGD': pgd}
  found = faults(order, clean, pgd, _certified_in(arm, ball['norm'], ball['epsilon']), 'PGD')
  if found:
    arm.scores['faults'] = arm.scores.get('faults', []) + found


def measure_certified(arm: Arm) -> None:
  """Accuracy that no attack in the ball can take.

  Args:
    arm: gains `certified`, and `faults` where it is more than `clean`.
  """
  key = jax.random.fold_in(arm.keys['attack'], 3)
  arm.scores['certified'], arm.right['certified'] = certified_scores(
    arm.logits_fn(), arm.examples, arm.settings['certified'], key, f'{arm.name}: certified'
  )
  arm.predictions['certified'] = arm.right['certified']
  broken = arm.right['certified'] & ~arm.right['clean'][: len(arm.right['certified'])]
  if broken.any() and not arm.scores['certified'].get('smoothed'):
    arm.scores['faults'] = arm.scores.get('faults', []) + [f'{broken.sum()} images are certified but wrong as they are']


def measure_detection(arm: Arm) -> None:
  """How well detectors tell the images that PGD fools the network with from clean ones.

  Args:
    arm: gains `detection`.
  """
  asked, network, keys = arm.settings['detection'], arm.network, arm.keys
  with_features = lambda v, key, batch: {'features': network.apply(v, batch['image'], features=True)[1]}
  fitted = first(arm.splits.train, asked['fit'])
  features = arm.predictor(with_features)(arm.variables, keys['attack'], fitted)['features']

  def scored(variables_epsilon, key, batch):
    variables, epsilon = variables_epsilon
    key_attack, key_clean, key_moved = (
      jax.random.fold_in(key, i) for i in range(3)
    )  # the key serves all batches: not split
    logits_fn = lambda image: frozen(network, variables).logits({'image': image})
    detectors = {
      'feature squeezing': feature_squeezing(logits_fn, asked['bits'], asked['window']),
      'softmax': softmax_score(logits_fn),
      'energy': energy_score(logits_fn),
      'local Lipschitz': local_lipschitz(logits_fn, asked['neighbours'], asked['radius']),
      'Mahalanobis': mahalanobis(lambda x: network.apply(variables, x, features=True)[1], features, fitted['label']),
    }
    moved = attack_of(arm.settings['attack'])(epsilon)(key_attack, batch, frozen(network, variables))
    held = logits_fn(batch['image']).argmax(-1) == batch['label'].argmax(-1)
    fooled = held & (logits_fn(moved['image']).argmax(-1) != batch['label'].argmax(-1))
    of = lambda key, rows: {name: score(key, rows) for name, score in detectors.items()}  # one of them draws
    return {'clean': of(key_clean, batch), 'attacked': of(key_moved, moved), 'fooled': fooled}

  epsilon = arm.settings['attack'].get('epsilon', 0.1)
  targets = first(arm.examples, asked['examples'])
  at = (arm.variables, parallel.replicate(round_down(epsilon)))
  found = arm.predictor(scored)(at, jax.random.fold_in(keys['attack'], 4), targets, f'{arm.name}: detection')
  arm.scores['detection'] = detection_scores(found['clean'], found['attacked'], found['fooled'])


def measure_stability(arm: Arm) -> None:
  """How often the answer survives changes that no one chose.

  Args:
    arm: gains `stability`.
  """
  asked, targets = arm.settings['stability'], first(arm.examples, arm.settings['stability']['examples'])

  def shares_of(variables, key, batch):
    return same_answers(lambda image: frozen(arm.network, variables).logits({'image': image}), asked)(key, batch)

  key = jax.random.fold_in(arm.keys['attack'], 5)
  shares = arm.predictor(shares_of)(arm.variables, key, targets, f'{arm.name}: stability')
  arm.scores['stability'] = stability_scores(shares, asked)


def measure_groups(arm: Arm) -> None:
  """Each measure by class, and by group where the data have some, with the worst named.

  Args:
    arm: gains `groups` {'class' or 'group': {measure: {name: interval}}} of the yes-or-no measures.
  """
  own = arm.examples['label'].argmax(-1)
  by = {'class': np.array(arm.splits.info.class_names)[own]}
  if 'group' in arm.examples:
    by['group'] = np.asarray(arm.examples['group']).astype(str)
  arm.scores['groups'] = {kind: group_scores(arm.right, names) for kind, names in by.items()}
