"""What a config may hold, and the arms of a run: the same job under a few named changes."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from jaxaug.evaluate.attack import attack_of
from jaxaug.evaluate.autoattack import autoattack_settings
from jaxaug.evaluate.certified import certified_settings
from jaxaug.evaluate.corruption import corruption_settings
from jaxaug.evaluate.curves import check_curves
from jaxaug.evaluate.detection import detection_settings
from jaxaug.evaluate.explain import explain_settings
from jaxaug.evaluate.sanitation import sanitation_settings
from jaxaug.evaluate.stability import stability_settings
from jaxaug.evaluate.under import under_settings
from jaxaug.types import InputError, check_name, fill

SECTIONS = dict(
  seed=0, data={}, model={}, augment={}, objective={}, optimizer={}, schedule={}, train={}, evaluate={}, arms={}
)
SHARED = ('data', 'evaluate', 'arms')  # equal in all arms: they are compared example by example

DEFAULTS = dict(
  split='test',
  baseline='',  # the arm that the others are compared with; '' is the first
  examples=0,  # of the split, from its start; 0 is all
  batch_size=256,  # rounded up to a multiple of the devices
  attack={},  # keywords of jaxaug.augment.adversarial; {} measures no robustness
  attack_examples=1000,  # of the split, from its start; 0 is all
  autoattack={},  # fields of jaxaug.evaluate.autoattack; {} does not run it
  certified={},  # fields of jaxaug.evaluate.certified; {} certifies nothing
  detection={},  # fields of jaxaug.evaluate.detection, of the images that `attack` makes; {} watches for none
  stability={},  # fields of jaxaug.evaluate.stability; {} measures none
  sanitation={},  # fields of jaxaug.evaluate.sanitation, under `attack` that looks through it; {} measures none
  explain={},  # fields of jaxaug.evaluate.explain, figures of what `attack` does; {} draws none
  epsilons=(),  # radii of the curve, with the attack's own ratio of step size to epsilon
  curves=(),  # further attacks that get a curve, names in jaxaug.evaluate.CURVES
  under={},  # {name: keywords} of jaxaug.augment.create, each an augmentation that the examples go through
  corruption={},  # keywords of jaxaug.evaluate.corruption; {} measures none
  select='clean',  # what picks the checkpoint: validation accuracy, 'clean' or 'robust', or 'last': what is certified grows to the end
  validation_examples=512,  # for the robust validation accuracy
  validation_steps=10,  # of the attack on validation; 0 measures none
)


def plain(config: Mapping) -> dict[str, Any]:
  """A config as nested dicts of plain values.

  Args:
    config: ConfigDict or dict.

  Returns:
    dict; tuples stay tuples, keys become text.
  """
  return {str(k): plain(v) if hasattr(v, 'items') else v for k, v in config.items()}


def _merged(base: Mapping, changes: Mapping) -> dict:
  both = dict(base)
  for name, value in changes.items():
    both[name] = _merged(both[name], value) if isinstance(value, Mapping) and isinstance(both.get(name), Mapping) else value
  return both


def arms_of(config: Mapping) -> dict[str, dict[str, Any]]:
  """The arms' own configs: the config with the changes of `config.arms.<name>`, every top-level section present.

  Args:
    config: ConfigDict or dict.

  Returns:
    {name: nested dict}; without arms, one named 'main'.

  Raises:
    InputError: unknown section, an arm that changes what must be shared, a name that makes no folder.
  """
  base = fill(plain(config), SECTIONS, 'config')
  arms = {}
  for name, changes in (base['arms'] or {'main': {}}).items():
    if not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9_\-]*', name):
      raise InputError(f'config.arms: {name!r} must be letters, digits, - and _, the first a letter or digit')
    for section in changes:
      check_name(section, [s for s in SECTIONS if s not in SHARED], f'config.arms.{name}')
    arms[name] = fill(_merged(base, changes), SECTIONS, f'config.arms.{name}')
    if not 0 <= arms[name]['seed'] < 2**32:
      raise InputError(f'config.seed: {arms[name]["seed"]} must be at least 0 and below 2^32')
  return arms


def evaluation_settings(section: Mapping) -> dict:
  """An evaluation section, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, name or attack.
  """
  settings = fill(section, DEFAULTS, 'evaluate')
  check_name(settings['split'], ('test', 'validation', 'train'), 'evaluate.split')
  check_name(settings['select'], ('clean', 'robust', 'last'), 'evaluate.select')
  for field in ('examples', 'attack_examples', 'validation_examples', 'validation_steps'):
    if settings[field] < 0:
      raise InputError(f'evaluate.{field}: {settings[field]} must be at least 0')
  if settings['batch_size'] < 1 or not all(isinstance(e, (int, float)) and e >= 0 for e in settings['epsilons']):
    raise InputError(
      f'evaluate: batch_size {settings["batch_size"]} must be at least 1, epsilons {settings["epsilons"]} at least 0'
    )
  check_curves(settings['curves'], settings['attack'].get('norm', 'linf'))
  if settings['curves'] and not settings['epsilons']:
    raise InputError('evaluate.curves: need evaluate.epsilons, the radii')
  under_settings(settings['under'])
  if settings['corruption']:
    settings['corruption'] = corruption_settings(settings['corruption'])
  checks = {
    'autoattack': autoattack_settings,
    'certified': certified_settings,
    'detection': detection_settings,
    'sanitation': sanitation_settings,
    'stability': stability_settings,
    'explain': explain_settings,
  }
  for field, check in checks.items():
    if settings[field]:
      settings[field] = check(settings[field])
  if settings['attack']:
    attack_of(settings['attack'])
  elif settings['epsilons'] or settings['detection'] or settings['sanitation'] or settings['explain']:
    raise InputError('evaluate.epsilons, evaluate.detection, evaluate.sanitation and evaluate.explain need evaluate.attack')
  return settings


def of_checkpoint(config: Mapping, workdir: str | os.PathLike | None) -> tuple[dict, str | os.PathLike]:
  """The run that is measured again, under the evaluation that is asked for.

  Args:
    config: the run's own, its `evaluate` changed or not; or only `checkpoint`, the workdir of a run, and `evaluate`.
    workdir: of the run; not needed where `config.checkpoint` names it.

  Returns:
    (the run's config with that evaluation, its workdir).

  Raises:
    InputError: no workdir, or none of a run.
  """
  config = plain(config)
  if 'checkpoint' not in config:
    if not workdir:
      raise InputError('--workdir: names no folder of a run')
    return config, workdir
  fill(config, dict(checkpoint='', evaluate={}), 'config')
  folder = config['checkpoint'] or workdir
  if not folder or not os.path.isfile(os.path.join(folder, 'config.json')):
    raise InputError(f'config.checkpoint: {folder or ""!r} holds no run (no config.json)')
  with open(os.path.join(folder, 'config.json')) as stored:
    return {**json.load(stored), 'evaluate': config['evaluate']}, folder


def baseline_of(settings: Mapping, arms: Mapping) -> str:
  """The arm that the others are compared with.

  Args:
    settings: of the evaluation.
    arms: by name.

  Returns:
    A name in `arms`.

  Raises:
    InputError: there is no such arm.
  """
  baseline = settings['baseline'] or next(iter(arms))
  check_name(baseline, arms, 'evaluate.baseline')
  return baseline
