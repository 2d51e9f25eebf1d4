"""A fitted `TabularSynthesizer` as one npz: arrays, and JSON for plain values; nothing in it is ever executed."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from jaxaug.synthesize.constraints import Constraint, Inequality, Range, Sum
from jaxaug.synthesize.copula import Copula, Group, Latent
from jaxaug.synthesize.table_codec import TableLearnt
from jaxaug.synthesize.table_columns import Column
from jaxaug.synthesize.table_layout import Span
from jaxaug.synthesize.table_models import Neural
from jaxaug.types import UNREADABLE, InputError

CONSTRAINTS = {'Range': Range, 'Inequality': Inequality, 'Sum': Sum}


def write_table_model(
  path: str | os.PathLike, settings: Mapping[str, Any], columns: tuple[Column, ...], learnt: Copula | Neural, about: Mapping
) -> None:
  """Writes the npz, at once or not at all.

  Args:
    path: of the file.
    settings: the synthesizer's arguments.
    columns: of the table.
    learnt: the model.
    about: plain values to keep beside.
  """
  settings = dict(settings, constraints=[[type(c).__name__, *c] for c in settings['constraints']])
  model, arrays = _from_copula(learnt) if isinstance(learnt, Copula) else _from_neural(learnt)
  text = json.dumps({'settings': settings, 'columns': [list(c) for c in columns], 'model': model, 'about': dict(about)})
  partial = f'{path}.{os.getpid()}.npz'
  np.savez_compressed(partial, **arrays, json=text)
  os.replace(partial, path)


def read_table_model(path: str | os.PathLike) -> tuple[dict, tuple[Column, ...], Copula | Neural, dict]:
  """Reads what `write_table_model` wrote.

  Args:
    path: of the npz.

  Returns:
    (settings, columns, learnt, about).

  Raises:
    InputError: no such file, or one that is something else.
  """
  try:
    with np.load(path, allow_pickle=False) as file:
      held = dict(file)
    read = json.loads(str(held.pop('json')))
    columns = tuple(Column(*(tuple(v) if isinstance(v, list) else v for v in column)) for column in read['columns'])
    learnt = (_to_copula if 'groups' in read['model'] else _to_neural)(read['model'], held, columns)
    settings = dict(read['settings'], constraints=tuple(_constraint(c) for c in read['settings']['constraints']))
    return settings, columns, learnt, read['about']
  except UNREADABLE as error:
    raise InputError(f'tabular {path}: is no file of TabularSynthesizer.save ({error})') from error


def _constraint(stored: list) -> Constraint:
  return CONSTRAINTS[stored[0]](*(tuple(v) if isinstance(v, list) else v for v in stored[1:]))


def _from_copula(copula: Copula) -> tuple[dict, dict]:
  groups, arrays = [], {}
  for at, group in enumerate(copula.groups):
    groups.append([group.code, group.share, [[latent.column, latent.kind] for latent in group.latents]])
    arrays[f'{at}/correlation'] = group.correlation
    arrays |= {f'{at}/{i}': latent.curve for i, latent in enumerate(group.latents)}
  return {'by': copula.by, 'groups': groups}, arrays


def _to_copula(model: Mapping, arrays: Mapping, columns: tuple[Column, ...]) -> Copula:
  groups = []
  for at, (code, share, latents) in enumerate(model['groups']):
    found = tuple(Latent(column, kind, arrays[f'{at}/{i}']) for i, (column, kind) in enumerate(latents))
    groups.append(Group(code, share, found, arrays[f'{at}/correlation']))
  return Copula(model['by'], tuple(groups))


def _from_neural(neural: Neural) -> tuple[dict, dict]:
  arrays = {f'variables/{at}': np.asarray(leaf) for at, leaf in flatten_dict(neural.variables, sep='/').items()}
  arrays |= {f'curves/{at}': curve for at, curve in neural.learnt.curves.items()} | {'counts': neural.counts}
  learnt = {'layout': [list(span) for span in neural.learnt.layout], 'numbers': neural.learnt.numbers}
  return {'name': neural.name, 'settings': dict(neural.settings), **learnt}, arrays


def _to_neural(model: Mapping, arrays: Mapping, columns: tuple[Column, ...]) -> Neural:
  of = lambda part: {at.removeprefix(f'{part}/'): array for at, array in arrays.items() if at.startswith(f'{part}/')}
  learnt = TableLearnt(columns, tuple(Span(*span) for span in model['layout']), model['numbers'], of('curves'))
  variables = {'params': {}, 'batch_stats': {}} | unflatten_dict(of('variables'), sep='/')
  settings = {field: tuple(value) if isinstance(value, list) else value for field, value in model['settings'].items()}
  return Neural(model['name'], learnt, arrays['counts'], variables, settings)
