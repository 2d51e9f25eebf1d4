"""The finished run that another one learns from."""

import json
import os
import pathlib
from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxaug import evaluate
from jaxaug.data import Splits, assert_unseen
from jaxaug.types import Array, InputError, check_name


def _config(workdir: str | os.PathLike) -> dict:
  folder = pathlib.Path(workdir)
  if not workdir or not (folder / 'results.json').is_file():
    raise InputError(f'objective.teacher: {str(workdir)!r} holds no finished run (no results.json); train the teacher first')
  return json.loads((folder / 'config.json').read_text())


def load_teacher(workdir: str | os.PathLike, arm: str = '') -> Callable[[Array], Array]:
  """The checkpoint that validation picked, as a function.

  Args:
    workdir: of a finished run.
    arm: of it; '' is its only one.

  Returns:
    image [B, H, W, C] float in [0, 1] -> logits [B, K]; eval mode, no gradient flows to its weights.

  Raises:
    InputError: no finished run there, no such arm, several and none named.
  """
  arms = evaluate.arms_of(_config(workdir))
  if not arm and len(arms) > 1:
    raise InputError(f'objective.arm: {workdir} has the arms {", ".join(arms)}; name one')
  arm = arm or next(iter(arms))
  check_name(arm, arms, 'objective.arm')
  folder = pathlib.Path(workdir)
  with np.load(folder / f'samples-{arm}.npz', allow_pickle=False) as stored:
    shape, classes = stored['image'].shape[1:], stored['label'].shape[1]
  network = evaluate.create_network(arms[arm]['model'], classes)
  variables = jax.device_get(evaluate.chosen_variables(folder, arm, evaluate.blank_variables(network, shape))[0])
  return lambda image: evaluate.frozen(network, variables).logits({'image': image})


def check_teacher(workdir: str | os.PathLike, section: dict, splits: Splits) -> None:
  """Refuses a teacher that was trained on examples that this run validates or tests on: what it knows of them would leak.

  Args:
    workdir: of the teacher.
    section: `config.data` of this run.
    splits: of this run.

  Raises:
    InputError: another source, or shared ids.
  """
  theirs = _config(workdir)['data']
  if theirs.get('source') != section.get('source'):
    raise InputError(
      f'objective.teacher: {workdir} was trained on {theirs.get("source")!r}, this run is on {section.get("source")!r}'
    )
  with np.load(pathlib.Path(workdir) / 'split.npz', allow_pickle=False) as stored:
    assert_unseen(stored['train'], splits, f'objective.teacher: {workdir}')


def teachers_of_seed(config: Mapping, first: int, seed: int) -> dict:
  """A config whose objectives learn from the teacher of another seed: with another split, the first one's would leak.

  Args:
    config: nested dict of a whole job.
    first: seed of the config, which its teachers' folders end on: `.../seed-<first>`.
    seed: of the run.

  Returns:
    The config with every `objective.teacher` `.../seed-<seed>`.

  Raises:
    InputError: a teacher's folder that ends otherwise, where another seed is asked for.
  """

  def moved(section: Mapping) -> dict:
    teacher = section.get('objective', {}).get('teacher')
    if not teacher or seed == first:
      return dict(section)
    folder = pathlib.Path(teacher)
    if folder.name != f'seed-{first}':
      raise InputError(
        f'objective.teacher: {teacher} is the teacher of one split, each seed has its own; train several with --seeds and name .../seed-{first}'
      )
    return {**section, 'objective': {**section['objective'], 'teacher': str(folder.with_name(f'seed-{seed}'))}}

  arms = {name: moved(arm) for name, arm in config.get('arms', {}).items()}
  return moved(config) | ({'arms': arms} if arms else {})
