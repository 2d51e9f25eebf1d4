"""The measured end of a run: each arm's chosen checkpoint on examples that were never trained on."""

import os
from collections.abc import Mapping

import flax.linen as nn
import jax
import numpy as np

from jaxaug import augment, checkpoint, data, metrics, models, parallel, tracking
from jaxaug.attacks import round_down
from jaxaug.data import Splits
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.autoattack import autoattack_scores, faults
from jaxaug.evaluate.config import arms_of, baseline_of, evaluation_settings, plain
from jaxaug.evaluate.corruption import corrupted_images, corruption_scores, mean_corruption_error
from jaxaug.evaluate.masking import masking
from jaxaug.evaluate.predict import Predictor, attacked, clean, frozen
from jaxaug.evaluate.scores import clean_scores, comparisons
from jaxaug.types import InputError, PyTree

MASKING = 64  # images looked at for masked gradients
SAMPLES = 16  # images kept for the report
BALL = dict(norm='linf', epsilon=0.1)  # of an attack that does not say
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


def first(examples: Mapping, count: int) -> dict:
  """The first `count` examples; all for 0.

  Args:
    examples: arrays that lead with N.
    count: at least 0.

  Returns:
    Arrays that lead with min(N, count).
  """
  return {field: values[:count] if count else values for field, values in examples.items()}


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
  data.record_split(folder / 'split.npz', splits, write=False)
  examples = first(getattr(splits, settings['split']), settings['examples'])
  if not len(examples['id']):
    raise InputError(f'evaluate.split: {splits.info.name} has no {settings["split"]} examples')
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
  for name, arm in arms.items():
    results['arms'][name], right[name] = _evaluate_arm(folder, place, name, arm, settings, splits, examples, corrupted)
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


def _evaluate_arm(folder, place, name, arm, settings, splits, examples, corrupted):
  """(scores, {measure: [N] right or not, or the share of times right}) of one arm; leaves its predictions and sample images in `place`."""
  network = create_network(arm['model'], splits.info.num_classes)
  variables, step = chosen_variables(folder, name, blank_variables(network, splits.info.image_shape))
  keys = dict(
    zip(('attack', 'augment', 'sample'), jax.random.split(jax.random.fold_in(jax.random.key(arm['seed']), EVALUATION), 3))
  )
  see = Predictor(clean(network), settings['batch_size'])
  logits = see(variables, keys['attack'], examples, f'{name}: clean')['logits']
  scores = {'step': step, 'clean': clean_scores(logits, examples['label'])}
  right = {'clean': metrics.correct(logits, examples['label'])}
  predictions = {'id': examples['id'], 'label': examples['label'], 'logits': logits}

  if corrupted:
    label = first(examples, settings['corruption']['examples'])['label']
    predict = lambda images: see(variables, keys['attack'], {'image': images})['logits']
    scores['corrupted'], right['corrupted'] = corruption_scores(predict, corrupted, label)
    predictions['corrupted_right'] = right['corrupted']

  shown, seen = first(examples, SAMPLES), first(splits.train, SAMPLES)
  samples = {'image': shown['image'], 'label': shown['label'], 'logits': logits[:SAMPLES], 'augmented_from': seen['image']}
  adaptive = augment.create_adaptive(**{'names': (), **arm['augment']})
  blank = jax.tree.map(lambda a: np.zeros_like(a[:1]), {'image': data.as_batch(seen)['image'], 'label': seen['label']})
  pipeline = adaptive.augment(adaptive.init(jax.random.key(0), blank), step)

  def augmented(v, key, batch):
    key = jax.random.fold_in(key, jax.lax.axis_index(parallel.AXIS))  # policies draw by row, and every device has a row 0
    return {'image': pipeline(key, batch, frozen(network, v))['image']}

  samples['augmented'] = Predictor(augmented, SAMPLES)(variables, keys['augment'], seen)['image']

  if settings['attack']:
    make_attack, epsilon = attack_of(settings['attack']), settings['attack'].get('epsilon', 0.1)
    run = Predictor(attacked(network, make_attack), settings['batch_size'])
    targets = first(examples, settings['attack_examples'])
    at = lambda e: (variables, parallel.replicate(round_down(e)))
    moved = run(at(epsilon), keys['attack'], targets, f'{name}: {describe(settings["attack"])}')['logits']
    right['robust'], predictions['robust_logits'] = metrics.correct(moved, targets['label']), moved
    curve = []
    for e in settings['epsilons']:
      found = moved if e == epsilon else run(at(e), keys['attack'], targets, f'{name}: epsilon {e:g}')['logits']
      curve.append({'epsilon': e, **metrics.accuracy(found, targets['label'])._asdict()})
    scores['robust'] = {
      'attack': describe(settings['attack']),
      'examples': len(moved),
      'epsilon': epsilon,
      'accuracy': metrics.accuracy(moved, targets['label'])._asdict(),
      'curve': curve,
    }
    near = Predictor(attacked(network, make_attack, images=True), SAMPLES)(at(epsilon), keys['sample'], shown)
    samples |= {'attacked': near['image'], 'attacked_logits': near['logits']}
  if settings['autoattack']:
    held = jax.device_get(variables)
    logits_fn = lambda image: frozen(network, held).logits({'image': image})
    key, asked = jax.random.fold_in(keys['attack'], 1), settings['autoattack']
    ball = f'{asked["norm"]}-{asked["epsilon"]:g}-{asked["version"]}'
    state = place / f'autoattack-{name}-{ball}-{asked["examples"]}-step{step}.npz'  # other words, another file
    scores['autoattack'], result = autoattack_scores(
      logits_fn, examples, asked, key, splits.info.class_names, state if parallel.is_main() else None
    )
    right['autoattack'] = predictions['autoattack_robust'] = result.robust
    same = settings['attack'] and all(scores['autoattack'][f] == (BALL | settings['attack'])[f] for f in BALL)
    scores['faults'] = faults(result.by_attack, right['clean'], right['robust'] if same else None)
    few = data.as_batch(first({field: examples[field] for field in ('image', 'label')}, MASKING))
    seen = masking(
      logits_fn, few['image'], few['label'], asked['norm'], asked['epsilon'], jax.random.fold_in(keys['attack'], 2)
    )
    scores['faults'] += [f'gradients may be masked: {sign}: {told}' for sign, told in seen.items()]
  if parallel.is_main():
    np.savez_compressed(place / f'predictions-{name}.npz', **predictions)
    np.savez_compressed(place / f'samples-{name}.npz', **samples)
  return scores, right
