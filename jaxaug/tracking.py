"""What a run leaves in its workdir: the config, metrics as JSON lines and TensorBoard events, provenance; and its bar."""

import importlib.metadata
import json
import math
import os
import pathlib
import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import jax
from tqdm import tqdm

from jaxaug.types import InputError

PACKAGES = ('jax', 'jaxlib', 'flax', 'optax', 'orbax-checkpoint', 'numpy', 'scipy', 'ml-collections')


def _plain(value: Any) -> Any:
  """dicts, lists, numbers and text; None for NaN and infinities."""
  if isinstance(value, Mapping):
    return {str(k): _plain(v) for k, v in value.items()}
  if isinstance(value, (list, tuple)):
    return [_plain(v) for v in value]
  if hasattr(value, 'tolist'):
    return _plain(value.tolist())
  return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(path: str | os.PathLike, value: Any) -> None:
  """Writes JSON at once or not at all.

  Args:
    path: of the file.
    value: of plain values; NaN and infinities are written as null.
  """
  _write(path, json.dumps(_plain(value), indent=1, allow_nan=False))


def _write(path: str | os.PathLike, text: str) -> None:
  partial = pathlib.Path(f'{path}.partial')
  partial.write_text(text + '\n')
  os.replace(partial, path)


def read_json(path: pathlib.Path, what: str) -> dict:
  """What a run has left.

  Args:
    path: of a JSON file.
    what: it would hold, in words.

  Returns:
    Its content.

  Raises:
    InputError: no such file.
  """
  if not path.is_file():
    raise InputError(f'workdir {path.parent}: holds no {what} (no {path.name})')
  return json.loads(path.read_text())


def read_rows(path: pathlib.Path) -> list[dict]:
  """The rows of a file of JSON lines.

  Args:
    path: of `metrics.jsonl`.

  Returns:
    dicts; a last line that a kill has cut is left out.
  """
  rows = []
  for line in path.read_text().splitlines():
    try:
      rows.append(json.loads(line))
    except json.JSONDecodeError:
      break
  return rows


def provenance(seed: int) -> dict[str, Any]:
  """Versions, machine and seed: what one must know to run it again.

  Args:
    seed: of the run.

  Returns:
    Plain values.
  """
  versions = {}
  for package in ('jaxaug', *PACKAGES):
    try:
      versions[package] = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
      versions[package] = 'not installed'
  return {
    'seed': seed,
    'python': platform.python_version(),
    'versions': versions,
    'backend': jax.default_backend(),
    'device': jax.devices()[0].device_kind,
    'devices': jax.device_count(),
    'processes': jax.process_count(),
    'cores': os.cpu_count(),
  }


def record_provenance(folder: pathlib.Path, seed: int, main: bool) -> None:
  """Writes `provenance.json` at the start of a run; says so where a run goes on under other versions or devices.

  Args:
    folder: workdir.
    seed: of the run.
    main: whether this process writes and speaks.
  """
  file, now = folder / 'provenance.json', provenance(seed)
  if main and file.exists():
    then = dict(_flat(json.loads(file.read_text())))
    changed = [f'{f} {then[f]} then, {v} now' for f, v in _flat(now) if f in then and then[f] != v]
    if changed:
      say(f'{folder}: goes on under other conditions, so not bit for bit: {", ".join(changed)}')
  elif main:
    write_json(file, now)


def _flat(tree: Mapping[str, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
  for name, value in tree.items():
    if isinstance(value, Mapping) and value:
      yield from _flat(value, f'{prefix}{name}.')
    else:
      yield f'{prefix}{name}', value


def claim_workdir(
  workdir: str | os.PathLike, config: Mapping[str, Any], main: bool, free: tuple[str, ...] = ()
) -> pathlib.Path:
  """Makes the workdir this run's, or finds that it is: `config.json` in it must be the same config.

  Args:
    workdir: folder, made where it is missing.
    config: nested dict of plain values.
    main: whether this process writes.
    free: sections that may differ from those of the run.

  Returns:
    Its path.

  Raises:
    InputError: the workdir holds a run of another config (the differing fields are named), or is no usable folder.
  """
  folder = pathlib.Path(workdir)
  ours = json.loads(json.dumps(config))
  file = folder / 'config.json'
  try:
    if file.exists():
      theirs = dict(_flat(json.loads(file.read_text())))
      mine, absent = dict(_flat(ours)), object()
      fields = [
        f
        for f in sorted(mine.keys() | theirs.keys())
        if mine.get(f, absent) != theirs.get(f, absent) and f.split('.')[0] not in free
      ]
      if fields:
        shown = ', '.join(f'{f} (there {theirs.get(f, "unset")!r}, here {mine.get(f, "unset")!r})' for f in fields[:8])
        more = f' and {len(fields) - 8} more' if len(fields) > 8 else ''
        raise InputError(f'workdir {folder}: holds a run of another config, which differs in {shown}{more}')
    elif main:
      folder.mkdir(parents=True, exist_ok=True)
      _write(file, json.dumps(ours, indent=1))  # an infinity stays one
  except json.JSONDecodeError as error:
    raise InputError(f'{file}: not readable as JSON ({error})') from None
  except OSError as error:
    raise InputError(f'workdir {folder}: cannot be used ({error})') from None
  return folder


class Tracker:
  """Metrics of one arm of a run: rows in `metrics.jsonl` (of all arms), events in `tensorboard/<arm>`, a progress bar.

  Rows hold only what the run's seed determines, so that a resumed run leaves the same file; speed goes to TensorBoard
  and the bar. On a process that is not the main one nothing is written.
  """

  def __init__(self, workdir: pathlib.Path | None, arm: str, total: int, main: bool):
    """Opens the files.

    Args:
      workdir: of the run; None writes no files.
      arm: name written in each row.
      total: steps of the arm, for the bar.
      main: whether this process writes.
    """
    self._main = main and workdir is not None
    workdir = workdir or pathlib.Path()
    self._file, self._arm, self._total = workdir / 'metrics.jsonl', arm, total
    self._terminal = sys.stderr.isatty()
    self._bar = tqdm(total=total, desc=arm, unit='step', disable=not (main and self._terminal), leave=True)
    self._folder, self._events = workdir / 'tensorboard' / arm, None

  def resume(self, step: int) -> None:
    """Forgets this arm's rows and points after `step`: they will be written again."""
    self._bar.n = step
    self._bar.refresh()
    if self._main and step < self._total:
      self._open(step + 1)
    if self._main and self._file.exists():
      rows = [line for line in self._file.read_text().splitlines() if self._kept(line, step)]
      partial = self._file.with_suffix('.partial')
      partial.write_text(''.join(row + '\n' for row in rows))
      os.replace(partial, self._file)

  def _open(self, purge_step: int | None = None):
    from tensorboardX import SummaryWriter

    self._events = SummaryWriter(str(self._folder), purge_step=purge_step)

  def _kept(self, line: str, step: int) -> bool:
    try:
      row = json.loads(line)
    except json.JSONDecodeError:  # a kill cut the last line
      return False
    return row['arm'] != self._arm or row['step'] <= step

  def write(self, step: int, kind: str, values: Mapping[str, float], images_per_second: float | None = None) -> None:
    """Adds a row.

    Args:
      step: steps taken.
      kind: 'train' or 'validation'.
      values: scalars.
      images_per_second: shown and sent to TensorBoard, not in the row.
    """
    if not self._main:
      return
    if not self._events:
      self._open()
    values = {name: float(value) for name, value in values.items()}
    with self._file.open('a') as file:
      file.write(json.dumps({'arm': self._arm, 'step': step, 'kind': kind, **values}) + '\n')
      file.flush()
      os.fsync(file.fileno())
    for name, value in values.items():
      self._events.add_scalar(f'{kind}/{name}', value, step)
    if images_per_second is not None:
      self._events.add_scalar('speed/images_per_second', images_per_second, step)
    speed = '' if images_per_second is None else f'  {images_per_second:.0f} images/s'
    text = '  '.join(f'{name} {value:.4g}' for name, value in values.items())
    if self._terminal:
      self._bar.set_postfix_str(text + speed)
    else:
      print(f'{self._arm}  step {step}/{self._total}  {kind}  {text}{speed}', flush=True)

  def step(self, count: int = 1) -> None:
    """Moves the bar by `count` steps."""
    self._bar.update(count)

  def close(self) -> None:
    """Closes bar and files."""
    self._bar.close()
    if self._events:
      self._events.close()


def say(text: str) -> None:
  """Prints a line above any progress bar."""
  tqdm.write(text)
