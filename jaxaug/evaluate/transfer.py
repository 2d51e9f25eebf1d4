"""What fools one model, shown to the others: every stored attack replayed on every model."""

import json
import os
import pathlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import flax.linen as nn
import jax
import numpy as np

from jaxaug import attacks, data, metrics, parallel, tracking
from jaxaug.attacks.lanes import in_batches
from jaxaug.data import Splits, as_batch, first
from jaxaug.evaluate.arm import BALL
from jaxaug.evaluate.attack import NORM_NAMES, attack_of, describe
from jaxaug.evaluate.autoattack import DEFAULTS as AUTOATTACK
from jaxaug.evaluate.config import arms_of, evaluation_settings
from jaxaug.evaluate.evaluate import EVALUATION, blank_variables, chosen_variables, create_network, steps_taken
from jaxaug.evaluate.library import Library, load_attacks, save_attacks, weights_fingerprint
from jaxaug.evaluate.predict import Logits, Predictor, attacked
from jaxaug.types import Array, InputError, PyTree, check_name

ATTACKS = ('pgd', 'autoattack')
CLEAN = 'no attack'


class _Target(NamedTuple):
  """An arm of a finished run."""

  network: nn.Module
  variables: PyTree
  settings: Mapping  # of its evaluation
  seed: int

  def logits_fn(self) -> Logits:
    return Logits(jax.device_get(self.variables), self.network)


def transfer_table(
  libraries: Mapping[str, Library], models: Mapping[str, Callable[[Array], Array]], batch_size: int = 256
) -> list[dict]:
  """Accuracy of each model on each library.

  Args:
    libraries: by the name of the model they were made against.
    models: name -> (image [B, H, W, C] float in [0, 1] -> logits [B, K]), row by row.
    batch_size: images at a time.

  Returns:
    For each pair `source`, `target`, `attack`, `examples`, `accuracy` with Wilson interval and `white_box`, whether they are the same.
  """
  rows = []
  for target, logits_fn in models.items():
    run = in_batches(logits_fn, batch_size)
    for source, library in libraries.items():
      right = metrics.correct(run(library.adversarial), library.label)
      rows.append(
        {
          'source': source,
          'target': target,
          'attack': library.about['attack'],
          'examples': len(right),
          'accuracy': metrics.wilson(int(right.sum()), len(right))._asdict(),
          'white_box': source == target,
        }
      )
  return rows


def transfer_markdown(rows: Sequence[Mapping]) -> str:
  """The table as Markdown: a line a source, a column a target, white box in bold.

  Args:
    rows: of `transfer_table`.

  Returns:
    Text.
  """
  sources, targets = (list(dict.fromkeys(row[field] for row in rows)) for field in ('source', 'target'))
  found = {(row['source'], row['target']): row for row in rows}

  def cell(row):
    share = row['accuracy']
    text = f'{100 * share["value"]:.1f}% [{100 * share["low"]:.1f}, {100 * share["high"]:.1f}]'
    return f'**{text}**' if row['white_box'] else text

  lines = [f'| made against | attack | images | {" | ".join(targets)} |', '|---|---|---|' + '---|' * len(targets)]
  for source in sources:
    own = [found[source, target] for target in targets]
    lines.append(f'| {source} | {own[0]["attack"]} | {own[0]["examples"]} | {" | ".join(map(cell, own))} |')
  return '\n'.join(
    [*lines, '', 'Accuracy of the model of the column, 95% Wilson intervals; bold: the model that the attack saw.']
  )


def _splits(workdir: pathlib.Path, section: Mapping, loaded: dict) -> Splits:
  """The run's data, read once for all runs that name the same."""
  name = json.dumps(section, sort_keys=True)
  if name not in loaded:
    loaded[name] = data.load(section)
  data.record_split(workdir / 'split.npz', loaded[name], write=False)
  return loaded[name]


def _check_same_test(mine: Splits, theirs: Splits, first_name: str, name: str) -> None:
  if theirs.info.name != mine.info.name:
    raise InputError(f'{name}: is on {theirs.info.name!r}, {first_name} on {mine.info.name!r}')
  for one, other, trained, tested in ((theirs, mine, name, first_name), (mine, theirs, first_name, name)):
    shared = np.isin(one.train['id'], other.test['id']).sum()
    if shared:
      raise InputError(f'{trained}: was trained on {shared} of the test examples of {tested}; give both the same data.seed')
  if any(not np.array_equal(theirs.test[field], mine.test[field]) for field in ('id', 'label', 'image')):
    raise InputError(f'{name}: has other test examples than {first_name}')


def _opened(workdirs: Sequence[str | os.PathLike]) -> tuple[Splits, dict[str, _Target]]:
  """(the splits of the first run, every arm of every run by '<run>/<arm>')."""
  shared, targets, loaded = None, {}, {}
  for workdir in map(pathlib.Path, workdirs):
    if not (workdir / 'config.json').is_file():
      raise InputError(f'--checkpoints: {str(workdir)!r} holds no run (no config.json)')
    arms = arms_of(json.loads((workdir / 'config.json').read_text()))
    splits = _splits(workdir, next(iter(arms.values()))['data'], loaded)
    if shared is None:
      shared = splits
    else:
      _check_same_test(shared, splits, str(workdirs[0]), str(workdir))
    for arm, config in arms.items():
      name = f'{workdir}/{arm}'
      if name in targets:
        raise InputError(f'--checkpoints: {str(workdir)!r} is named twice')
      taken = steps_taken(workdir, arm)
      if taken < config['train'].get('steps', taken):
        raise InputError(
          f'--checkpoints: {name!r} is trained for {taken} of {config["train"]["steps"]} steps; finish it first'
        )
      network = create_network(config['model'], splits.info.num_classes)
      variables, _ = chosen_variables(workdir, arm, blank_variables(network, splits.info.image_shape))
      targets[name] = _Target(network, variables, evaluation_settings(config['evaluate']), config['seed'])
  return shared, targets


def _made(name: str, target: _Target, examples: Mapping, folder: pathlib.Path, kind: str) -> Library:
  """The library of an arm: read where it is there already, else made and stored."""
  weights, settings = weights_fingerprint(target.variables), target.settings
  if not settings['attack'] and not (kind == 'autoattack' and settings['autoattack']):
    raise InputError(f'{name}: its config has no evaluate.{"attack" if kind == "pgd" else "autoattack nor evaluate.attack"}')
  ball = {field: (BALL | settings['attack'])[field] for field in BALL}
  asked = AUTOATTACK | ball | {f: v for f, v in settings['autoattack'].items() if f != 'examples'}
  if kind == 'pgd':
    words = describe(settings['attack'])
  else:
    ball = {field: asked[field] for field in BALL}
    words = f'AutoAttack {asked["version"]}, {NORM_NAMES[ball["norm"]]} {ball["epsilon"]:g}'
  marks = zlib.crc32(json.dumps([words, settings['attack'], examples['id'].tolist()], sort_keys=True).encode())
  path = folder / f'{name.strip("/").replace("/", "-")}-{weights}-{marks:08x}.npz'
  if path.exists():
    return load_attacks(path, examples)
  key = jax.random.split(jax.random.fold_in(jax.random.key(target.seed), EVALUATION), 3)[0]  # as in the run's own evaluation
  if kind == 'pgd':
    fn = attacked(target.network, attack_of(settings['attack']), images=True)
    at = target.variables, parallel.replicate(attacks.round_down(ball['epsilon']))
    moved = Predictor(fn, settings['batch_size'])(at, key, examples, f'{name}: {words}')['image']
  else:
    state = path.with_suffix('.state.npz')
    image = np.asarray(as_batch(examples)['image'])
    told = dict(version=asked['version'], batch_size=asked['batch_size'], state=state)
    label, key = examples['label'], jax.random.fold_in(key, 1)
    moved = attacks.autoattack(target.logits_fn(), image, label, **ball, **told, key=key).adversarial
    state.unlink(missing_ok=True)
  about = dict(attack=words, source=name, weights=weights, seed=target.seed)
  return save_attacks(path, moved, examples, **ball, **about)


def transfer(
  workdirs: Sequence[str | os.PathLike], folder: str | os.PathLike, attack: str = 'pgd', examples: int = 1000
) -> dict:
  """Attacks every arm of every run, or reads what was stored, and replays it all on all of them; writes `transfer.json`.

  Args:
    workdirs: finished runs on the same test examples.
    folder: of the stored attacks and the table, made where it is missing.
    attack: 'pgd' is each run's own `evaluate.attack`; 'autoattack' its `evaluate.autoattack`, or where it has none the standard version
      in the ball of `evaluate.attack`, which leaves images as they are that it cannot fool the network with.
    examples: of test, from its start; 0 is all.

  Returns:
    `table`, rows of `transfer_table` with one more source, 'no attack'; `libraries` {source: what its file says}; `provenance`.

  Raises:
    InputError: no runs, one without its files, runs of which one was trained on another's test examples or is tested on others, a
      stored attack that is not what it says.
  """
  check_name(attack, ATTACKS, '--attack')
  if not workdirs or examples < 0:
    raise InputError(f'transfer: names {len(workdirs)} runs and {examples} examples; needs one run and at least 0')
  splits, targets = _opened(workdirs)
  folder = pathlib.Path(folder)
  folder.mkdir(parents=True, exist_ok=True)
  shown = {field: np.asarray(splits.test[field]) for field in ('image', 'label', 'id')}
  shown = first(shown, examples)
  clean = Library(np.asarray(as_batch(shown)['image']), shown['label'], shown['id'], {'attack': ''})
  libraries = {name: _made(name, target, shown, folder, attack) for name, target in targets.items()}
  size = max(target.settings['batch_size'] for target in targets.values())
  table = transfer_table({CLEAN: clean} | libraries, {name: target.logits_fn() for name, target in targets.items()}, size)
  results = {
    'table': table,
    'libraries': {name: library.about for name, library in libraries.items()},
    'provenance': tracking.provenance(next(iter(targets.values())).seed),
  }
  if parallel.is_main():
    tracking.write_json(folder / 'transfer.json', results)
  return results
