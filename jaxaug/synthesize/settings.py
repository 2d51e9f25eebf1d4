"""What a run of the pipeline is told: every field with its default, checked before anything is trained."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from jaxaug.synthesize.artifacts import Artifact
from jaxaug.synthesize.controls import CONTROLS
from jaxaug.synthesize.detectors import DEFAULTS as DETECTORS
from jaxaug.synthesize.gate import DEFAULTS as GATE_DEFAULTS
from jaxaug.synthesize.learners import LEARNERS
from jaxaug.synthesize.mix import to_ratio, to_targets
from jaxaug.synthesize.paired import METRICS, score
from jaxaug.types import InputError, check_name, fill

DEFAULTS = dict(
  seed=0,
  seeds=5,
  data={},
  rare=dict(
    count=0, target=0, classes=()
  ),  # one class a seed is thinned to `count` rows and filled up to `target`; classes take turns
  generator=dict(name='edm'),
  fit=dict(steps=2000, batch_size=128, check_every=0),
  detectors={},  # of `jaxaug.synthesize.DETECTORS`
  gate={},
  review=dict(required=False),
  mix=dict(targets={}, ratios=None),  # one of them, or `rare.target`; else ratios are RATIOS
  controls=None,  # names; None takes all that fit the kind of data
  retrain=dict(
    learners=('logistic', 'mlp', 'forest'), metric='accuracy', classes=(), alone=False
  ),  # 'recall' is of these, or of the rare one; alone: also on generated rows without real ones
  fidelity=dict(steps=0),  # of the extractor that generated images are measured in; 0 does not ask
)
WEIGHTS, RATIOS = 'class weights', (0.1, 0.2, 0.3)


def pipeline_settings(config: Mapping) -> dict:
  """The config with every field, as plain values, checked before anything is done.

  Args:
    config: ConfigDict or dict.

  Returns:
    Nested dict.

  Raises:
    InputError: an unknown field or name, a number out of range.
  """
  config = config.to_dict() if hasattr(config, 'to_dict') else config
  config = fill(json.loads(json.dumps(config)), DEFAULTS, 'config')
  for section in ('fit', 'review', 'mix', 'retrain', 'fidelity'):
    config[section] = fill(config[section], DEFAULTS[section], section)
  config['detectors'] = fill(config['detectors'], DETECTORS, 'detectors')
  config['gate'] = fill(config['gate'], GATE_DEFAULTS, 'gate')
  if config['seeds'] < 2:
    raise InputError(f'seeds: {config["seeds"]} must be at least 2: a verdict needs an interval')
  for name in config['controls'] or ():
    check_name(name, (WEIGHTS, *CONTROLS), 'controls')
  for name in config['retrain']['learners']:
    check_name(name, LEARNERS, 'retrain.learners')
  for name in ('gate', 'detectors'):
    check_name(config[name]['classifier'], LEARNERS, f'{name}.classifier')
  check_name(config['retrain']['metric'], METRICS, 'retrain.metric')
  config['rare'] = fill(config['rare'], DEFAULTS['rare'], 'rare')
  if config['mix']['ratios'] is None:
    config['mix']['ratios'] = () if config['mix']['targets'] or config['rare']['target'] else RATIOS
  if bool(config['mix']['targets']) + bool(config['mix']['ratios']) + bool(config['rare']['target']) != 1:
    raise InputError(
      'mix: give one of targets ({class: rows in the end}), ratios (synthetic shares of the mixed set) and rare.target'
    )
  if config['rare']['count'] == 1 and config['gate']['refused']:
    raise InputError('rare.count: 1 row cannot be held out; the gate needs 2, or gate.refused 0')
  if config['rare']['target'] and not 0 < config['rare']['count'] < config['rare']['target']:
    raise InputError(
      f'rare.count: {config["rare"]["count"]} must be above 0 and below rare.target {config["rare"]["target"]}'
    )
  return config


def control_names(names: Sequence[str] | None, kind: str) -> list[str]:
  """The controls' names; all that fit the kind of data where none are given.

  Args:
    names: `config.controls`.
    kind: of `jaxaug.data.MODALITIES`.

  Returns:
    Of CONTROLS, and WEIGHTS.

  Raises:
    InputError: classic augmentation of a table.
  """
  if names is None:
    return [WEIGHTS, *(name for name in CONTROLS if name != 'classic' or kind != 'features')]
  if 'classic' in names and kind == 'features':
    raise InputError("controls: 'classic' augmentation is of images and series, these are rows of a table")
  return list(names)


def amounts_of(settings: Mapping, rare: Mapping, parts: Artifact) -> dict[str, np.ndarray]:
  """How many rows are added.

  Args:
    settings: `config.mix`.
    rare: `config.rare`.
    parts: of the stage `split`.

  Returns:
    {what it is called: [S, K] int, rows to add of each class}.

  Raises:
    InputError: an unknown class, a target or ratio that adds no rows.
  """
  names = list(parts.about['classes'])
  counts = [np.bincount(label, minlength=len(names)) for label in parts.arrays['train_label']]
  for k in settings['targets']:
    check_name(str(k), names, 'mix.targets')
  if settings['ratios']:
    found = {f'{100 * ratio:.4g}%': np.stack([to_ratio(count, ratio) for count in counts]) for ratio in settings['ratios']}
  else:
    fixed = {names.index(str(k)): rows for k, rows in settings['targets'].items()}
    turns = [fixed or {k: rare['target']} for k in parts.about['rare']]
    wanted = np.stack([to_targets(count, targets) for count, targets in zip(counts, turns)])
    found = {f'{wanted[0].sum() / (wanted[0].sum() + counts[0].sum()):.1%}': wanted}
  for amount, wanted in found.items():
    if not wanted.sum(1).all():
      raise InputError(f'mix: {amount} of {counts[0].sum()} real rows adds none in some seed; ask for more')
  return found


def scored_classes(section: Mapping, parts: Artifact) -> list[list[int]]:
  """The classes of which recall is told.

  Args:
    section: `config.retrain`.
    parts: of the stage `split`.

  Returns:
    A list of classes for each seed.

  Raises:
    InputError: an unknown class, or test rows on which the metric cannot be told.
  """
  names, truth = parts.about['classes'], parts.arrays['test_label']
  for name in section['classes']:
    check_name(str(name), names, 'retrain.classes')
  fixed = [names.index(str(name)) for name in section['classes']]
  classes = [fixed or [k for k in (rare,) if k is not None] for rare in parts.about['rare']]
  score(truth, truth, section['metric'], classes)
  return classes
