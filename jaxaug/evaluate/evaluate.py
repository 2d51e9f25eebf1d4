"""The measured end of a run: each arm's chosen checkpoint on examples that were never trained on."""

import os
from collections.abc import Mapping

import flax.linen as nn
import jax
import numpy as np

from jaxaug import checkpoint, data, models, parallel, tracking
from jaxaug.data import Splits, first
from jaxaug.evaluate.arm import (
  SAMPLES,
  Arm,
  measure_autoattack,
  measure_certified,
  measure_clean,
  measure_corrupted,
  measure_detection,
  measure_groups,
  measure_order,
  measure_robust,
  measure_stability,
)
from jaxaug.evaluate.check import check_measures
from jaxaug.evaluate.config import arms_of, baseline_of, evaluation_settings, plain
from jaxaug.evaluate.corruption import corrupted_images, mean_corruption_error
from jaxaug.evaluate.curves import measure_curves
from jaxaug.evaluate.explain_arm import measure_explain
from jaxaug.evaluate.sanitation import measure_sanitation
from jaxaug.evaluate.scores import comparisons
from jaxaug.evaluate.under import measure_under
from jaxaug.types import InputError, PyTree

EVALUATION = 2**31 + 1  # folded into the seed's key: training uses the numbers below


def create_network(section: Mapping, num_classes: int) -> nn.Module:
  """The network a config's model section describes.

  Args:
    section: `name` and the network's own keywords.
    num_classes: K.

  Returns:
    Flax module.
  """
  hyper = {k: tuple(v) if isinstance(v, list) else v for k, v in section.items()}
  return models.create(hyper.pop('name', 'cnn'), num_classes, **hyper)


def chosen_variables(folder: os.PathLike, arm: str, example: PyTree) -> tuple[PyTree, int]:
  """The weights that validation picked.

  Args:
    folder: workdir.
    arm: name.
    example: variables of the same shapes and sharding.

  Returns:
    (variables, step).

  Raises:
    InputError: no checkpoint there.
  """
  where = folder / 'checkpoints' / arm
  found = None
  if where.is_dir():
    with checkpoint.Checkpoints(where) as stored:
      found = stored.best({'variables': example})
  if found is None:
    raise InputError(f'workdir {folder}: has no checkpoint of arm {arm!r}; train it first')
  for line in found.skipped:
    tracking.say(line)
  return found.items['variables'], found.step


def steps_taken(folder: os.PathLike, arm: str) -> int:
  """How far an arm is trained.

  Args:
    folder: workdir.
    arm: name.

  Returns:
    Steps at its newest checkpoint.

  Raises:
    InputError: no checkpoint there.
  """
  where = folder / 'checkpoints' / arm
  steps = []
  if where.is_dir():
    with checkpoint.Checkpoints(where) as stored:
      steps = stored.steps()
  if not steps:
    raise InputError(f'workdir {folder}: has no checkpoint of arm {arm!r}; train it first')
  return max(steps)


def blank_variables(network: nn.Module, image_shape: tuple[int, ...]) -> PyTree:
  """Zeros in the shape of the network's variables, replicated.

  Args:
    network: Flax module.
    image_shape: (H, W, C).

  Returns:
    Its collections.
  """
  shapes = jax.eval_shape(network.init, jax.random.key(0), np.zeros((1, *image_shape), np.float32))
  return parallel.replicate(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes))


def evaluate(config: Mapping, workdir: str | os.PathLike, splits: Splits | None = None, into: str = 'evaluation') -> dict:
  """Measures every arm of a trained run and writes `results.json`, `predictions-<arm>.npz` and `samples-<arm>.npz`.

  Args:
    config: the run's; its `evaluate` section may differ from the one in the workdir.
    workdir: of the run.
    splits: of `config.data`, where they are loaded already.
    into: folder inside the workdir to write into; '' is the workdir itself, whose results the page is drawn from.

  Returns:
    `arms` {name: clean scores, robust scores, curve}, `comparisons` with the baseline, `provenance`.

  Raises:
    InputError: another config or other data than the run's, no checkpoint, no examples, an unknown field.
  """
  arms = arms_of(config)
  shared = next(iter(arms.values()))
  settings = evaluation_settings(shared['evaluate'])
  baseline = baseline_of(settings, arms)
  if not os.path.isfile(os.path.join(workdir, 'config.json')):
    raise InputError(f'workdir {workdir}: holds no run (no config.json)')
  folder = tracking.claim_workdir(workdir, plain(config), parallel.is_main(), free=('evaluate',))
  splits = splits or data.load(shared['data'])
  networks = {name: create_network(arm['model'], splits.info.num_classes) for name, arm in arms.items()}
  check_measures(networks, settings, splits)
  data.record_split(folder / 'split.npz', splits, write=False)
  examples = first(getattr(splits, settings['split']), settings['examples'])
  taken = {name: steps_taken(folder, name) for name in arms}  # all are there before one is measured
  place = folder / into
  place.mkdir(exist_ok=True)
  results = {
    'arms': {},
    'data': {
      'name': splits.info.name,
      'origin': splits.info.origin,
      'split': settings['split'],
      'class_names': splits.info.class_names,
      'train_examples': len(splits.train['image']),
    },
  }
  corrupted = corrupted_images(examples, settings['corruption'], settings['batch_size']) if settings['corruption'] else {}
  right = {}
  for number, (name, arm) in enumerate(arms.items(), 1):
    measured = _evaluate_arm(folder, place, name, networks[name], arm, settings, splits, examples, corrupted)
    results['arms'][name], right[name] = measured.scores, measured.right
    steps = arm['train'].get('steps', taken[name])
    if taken[name] < steps:
      measured.scores['faults'] = [f'only {taken[name]} of {steps} steps are trained', *measured.scores.get('faults', [])]
    parallel.free_programs(number)
  if corrupted:
    for arm in results['arms'].values():
      arm['corrupted']['mce'] = mean_corruption_error(
        arm['corrupted']['error'], results['arms'][baseline]['corrupted']['error']
      )
  results['comparisons'] = comparisons(right, baseline)
  results['provenance'] = tracking.provenance(shared['seed'])
  if parallel.is_main():
    tracking.write_json(place / 'results.json', results)
  return results


def _evaluate_arm(folder, place, name, network, config, settings, splits, examples, corrupted) -> Arm:
  """An arm with all that the settings ask for measured; leaves its predictions and sample images in `place`."""
  variables, step = chosen_variables(folder, name, blank_variables(network, splits.info.image_shape))
  key = jax.random.fold_in(jax.random.key(config['seed']), EVALUATION)
  keys = dict(zip(('attack', 'augment', 'sample'), jax.random.split(key, 3)))
  rows = config['train'].get('batch_size', SAMPLES) // config['train'].get('accumulate', 1)
  arm = Arm(name, config['augment'], network, variables, step, settings, splits, examples, place, keys, {}, {}, {}, {}, rows)
  measure_clean(arm)
  if corrupted:
    measure_corrupted(arm, corrupted)
  if settings['attack']:
    measure_robust(arm)
  if settings['curves']:
    measure_curves(arm)
  if settings['under']:
    measure_under(arm)
  if settings['certified']:
    measure_certified(arm)
  if settings['autoattack']:
    measure_autoattack(arm)
  if settings['attack']:
    measure_order(arm)
  if settings['detection']:
    measure_detection(arm)
  if settings['stability']:
    measure_stability(arm)
  if settings['sanitation']:
    measure_sanitation(arm)
  if settings['explain']:
    measure_explain(arm)
  measure_groups(arm)
  if parallel.is_main():
    np.savez_compressed(place / f'predictions-{name}.npz', **arm.predictions)
    np.savez_compressed(place / f'samples-{name}.npz', **arm.samples)
  return arm
