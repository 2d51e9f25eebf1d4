"""AutoAttack: four attacks one after the other, each on the images that the ones before have left, and what is left at the end."""

import functools
import inspect
import json
import os
import time
import warnings
import zlib
from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from scipy.stats import binomtest

from jaxaug.attacks.apgd import apgd_machine
from jaxaug.attacks.fab import fab_machine
from jaxaug.attacks.lanes import in_batches, run_lanes
from jaxaug.attacks.machine import Machine, Rows, ranked
from jaxaug.attacks.square import square_machine
from jaxaug.attacks.threat_model import ThreatModel, threat_model
from jaxaug.types import UNREADABLE, Array, InputError, Interval, Key, check_name

VERSIONS = ('standard', 'plus', 'rand')
DLR_OF = {'standard': ('targeted DLR',), 'plus': ('DLR', 'targeted DLR'), 'rand': ('DLR',)}  # which losses a version has
DRAWS = 20  # of a random model a step
SAVE_EVERY = 30  # seconds


class AutoAttackResult(NamedTuple):
  """What AutoAttack found; N images."""

  adversarial: np.ndarray  # [N, H, W, C] float32: misclassified and inside ball and box, or the image as it is
  robust: np.ndarray  # [N] bool: right, and right on everything that was tried
  by_attack: dict[str, np.ndarray]  # name: [N] bool, robust after it; 'clean' first
  accuracy: Interval  # share of robust images, 95% Wilson
  notes: tuple[str, ...]  # what was done otherwise than asked


class Stage(NamedTuple):
  """One attack of the sequence."""

  name: str
  machine: Machine
  inner: int = 1  # steps a call


@functools.lru_cache(16)  # the same machines when asked again, so that their programs serve other weights
def _stages(version: str, ball: ThreatModel, shape: tuple[int, ...], classes: int) -> tuple[list[Stage], list[str]]:
  """(the attacks in the reference's order with its numbers, notes)."""
  others, notes = classes - 1, []
  targets = min(5 if ball.norm == 'l1' and version == 'standard' else 9, others)
  dlr, targeted = 'dlr' if classes >= 3 else 'margin', 'dlr' if classes >= 4 else 'margin'
  replaced = [name for name, least in (('DLR', 3), ('targeted DLR', 4)) if classes < least and name in DLR_OF[version]]
  if replaced:
    notes.append(f'{classes} classes: DLR needs 3, targeted DLR 4; the margin is taken in place of {" and ".join(replaced)}')
  if version == 'rand':
    return [
      Stage(f'apgd-{name}', apgd_machine(ball, 100, loss, 1, draws=DRAWS)) for name, loss in (('ce', 'ce'), ('dlr', dlr))
    ], notes
  restarts = 5 if version == 'plus' or ball.norm == 'l1' else 1
  ce = Stage('apgd-ce', apgd_machine(ball, 100, 'ce', restarts))
  aimed = Stage('apgd-t', apgd_machine(ball, 100, targeted, targets, targeted=True))
  fab = Stage('fab-t', fab_machine(ball, 100, min(9, others)))
  black_box = Stage('square', square_machine(ball, shape, 5000), inner=50)
  if version == 'standard':
    return [ce, aimed, fab, black_box], notes
  untargeted = Stage('apgd-dlr', apgd_machine(ball, 100, dlr, 5)), Stage('fab', fab_machine(ball, 100, 5, targeted=False))
  return [ce, *untargeted, black_box, aimed, fab], notes


def _checked(image: Array, label: Array, bounds: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
  """(images float32, classes int), or what is wrong with them."""
  image, label = np.asarray(image), np.asarray(label)
  if image.ndim != 4 or not np.issubdtype(image.dtype, np.floating):
    raise InputError(f'autoattack.image: {image.dtype} {list(image.shape)}, must be float [N, H, W, C]')
  if not len(image):
    raise InputError('autoattack.image: there are none')
  if not (image.min() >= bounds[0] and image.max() <= bounds[1]):
    raise InputError(f'autoattack.image: values from {image.min():g} to {image.max():g} leave the bounds {bounds}')
  classes = label.argmax(-1) if label.ndim == 2 and label.shape[1] > 1 and np.isfinite(label).all() else label
  if classes.shape != image.shape[:1] or not np.issubdtype(classes.dtype, np.integer):
    raise InputError(
      f'autoattack.label: {label.dtype} {list(label.shape)}, must be int [N] or probabilities [N, K], K at least 2, all finite'
    )
  return image.astype(np.float32), classes


def _look_at(logits: np.ndarray, twice: list[np.ndarray], label: Array, classes: np.ndarray, version: str) -> None:
  """Raises or warns about what the model answers."""
  if not np.isfinite(logits).all():
    raise InputError(f'autoattack.logits_fn: gives NaN or infinity for {(~np.isfinite(logits)).any(-1).sum()} images')
  if classes.min() < 0 or classes.max() >= logits.shape[-1]:
    raise InputError(f'autoattack.label: {classes.min()} to {classes.max()}, but the model has {logits.shape[-1]} classes')
  if np.ndim(label) == 2 and np.shape(label)[1] != logits.shape[-1]:
    raise InputError(f'autoattack.label: {np.shape(label)[1]} classes, but the model has {logits.shape[-1]}')
  if logits.shape[-1] < 2:
    raise InputError('autoattack.logits_fn: gives 1 class, needs 2')
  if (logits >= 0).all() and np.allclose(logits.sum(-1), 1, atol=1e-4):
    warnings.warn('logits_fn returns probabilities: gradients vanish where it is sure; return logits', stacklevel=3)
  if version != 'rand' and not np.array_equal(*twice):
    warnings.warn(
      "logits_fn answers differently when asked again: take version='rand' and logits_fn(image, keys)", stacklevel=3
    )


def _takes_keys(logits_fn: Callable) -> None:
  """Raises unless the model can be asked with images and keys."""
  try:
    inspect.signature(logits_fn).bind(None, None)
  except TypeError as error:
    raise InputError(
      "autoattack.logits_fn: version 'rand' asks logits_fn(image, keys [B]), this one takes other arguments"
    ) from error
  except ValueError:  # one that tells no signature
    pass


class _Record:
  """What is known so far, on disk where a path is given."""

  def __init__(self, path: str | os.PathLike | None, about: dict, logits: np.ndarray, image: np.ndarray, right: np.ndarray):
    self.path, self.about, self.logits = path, about, logits
    self.robust, self.adversarial = right.copy(), image.copy()
    self.history = [right.copy()]  # after the clean look and each finished attack
    self.through = np.zeros(len(right), bool)  # in the attack that is under way
    self.saved_at = time.monotonic()
    if path is not None and os.path.exists(path):
      self._read()

  def _read(self):
    try:
      with np.load(self.path, allow_pickle=False) as stored:
        stored = dict(stored)
      about = json.loads(str(stored['about']))
      held = {field: stored[field] for field in ('logits', 'robust', 'adversarial', 'through', 'history')}
    except UNREADABLE as error:
      raise InputError(f'autoattack.state {self.path}: is no file of this attack ({error})') from error
    for field, value in self.about.items():
      if about.get(field) != value:
        raise InputError(f'autoattack.state {self.path}: was written for {field} {about.get(field)}, not {value}')
    if held['logits'].shape != self.logits.shape or not np.allclose(held['logits'], self.logits, atol=1e-3):
      raise InputError(f'autoattack.state {self.path}: was written for another model, its logits differ')
    self.robust, self.adversarial, self.through = held['robust'], held['adversarial'], held['through']
    self.history = list(held['history'])

  def save(self, now: bool = True):
    """Writes all of it in one go, unless that was done a moment ago."""
    if self.path is None or not now and time.monotonic() - self.saved_at < SAVE_EVERY:
      return
    self.saved_at = time.monotonic()
    half = f'{self.path}.{os.getpid()}.npz'
    fields = dict(logits=self.logits, robust=self.robust, adversarial=self.adversarial, through=self.through)
    np.savez(half, about=json.dumps(self.about), history=np.array(self.history), **fields)
    os.replace(half, self.path)


def autoattack(
  logits_fn: Callable[..., Array],
  image: Array,
  label: Array,
  *,
  norm: str,
  epsilon: float,
  version: str = 'standard',
  key: Key,
  batch_size: int = 256,
  state: str | os.PathLike | None = None,
  bounds: tuple[float, float] = (0.0, 1.0),
) -> AutoAttackResult:
  """Tries to have every image misclassified within a ball, by several attacks without a parameter to set.

  standard: APGD on cross-entropy, APGD towards 9 classes on DLR, FAB towards 9 classes, Square with 5,000 queries. plus: APGD on
  both losses and FAB with 5 restarts each, Square, then the targeted ones. rand: APGD on both losses, each gradient the mean of 20.
  For L1, APGD-CE has 5 restarts and APGD-T 5 targets, in balls of 3, 2 and 1 times epsilon.

  What is drawn for an image depends on the image alone, so that neither batch size nor order nor the company matters beyond the
  last bits of the model's own sums.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K], row by row, eval mode; for 'rand' (image, keys [B]) -> logits. As a
      `jax.tree_util.Partial(fn, weights)`, fn at the top of a module, it is compiled once for all weights.
    image: [N, H, W, C] float within `bounds`; the ball is around its float32.
    label: [N] int, or probabilities [N, K] of which the largest counts.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units.
    version: a name in VERSIONS.
    key: one key.
    batch_size: images attacked at a time, over all local devices.
    state: path of a file that is written now and then; where it exists, the attack goes on from it.
    bounds: lowest and highest pixel value.

  Returns:
    AutoAttackResult.

  Raises:
    InputError: unknown norm or version, negative epsilon, images outside the bounds, labels out of range or of another shape, logits that
      are no numbers, a state file of another attack, data or model or in no folder.

  Source: Croce and Hein, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks, 2020.
  """
  check_name(version, VERSIONS, 'autoattack.version')
  if batch_size < 1:
    raise InputError(f'autoattack.batch_size: {batch_size} must be at least 1')
  ball = threat_model(norm, epsilon, bounds)
  bounds = ball.bounds
  if state is not None and not os.path.isdir(os.path.dirname(os.fspath(state)) or '.'):
    raise InputError(f'autoattack.state: {os.path.dirname(os.fspath(state))} is no folder')
  if version == 'rand':
    _takes_keys(logits_fn)
  image, classes = _checked(image, label, bounds)
  marks = np.array([zlib.crc32(one.tobytes()) for one in image], np.uint32)
  keys = jax.vmap(lambda mark: jax.random.fold_in(key, mark))(marks)
  draw = lambda number: jax.vmap(lambda key: jax.random.fold_in(key, number))(keys)
  run = in_batches(logits_fn, batch_size)
  everything = np.arange(len(image))
  ask = lambda image, number, rows=everything: run(image, *([draw(number)[rows]] if version == 'rand' else []))
  logits = ask(image, 0).astype(np.float32)
  few = everything[:batch_size]
  _look_at(logits, [ask(image[few], 0, few) for _ in range(2)], label, classes, version)
  stages, notes = _stages(version, ball, image.shape[1:], logits.shape[-1])
  notes = list(notes)  # those of `_stages` are kept
  onehot = np.eye(logits.shape[-1], dtype=np.float32)[classes]
  aims = np.asarray(ranked(logits, min(9, logits.shape[-1] - 1)))
  about = dict(norm=norm, epsilon=float(epsilon), version=version, bounds=list(bounds), images=zlib.crc32(image.tobytes()),
               labels=zlib.crc32(classes.astype(np.int32).tobytes()), key=np.asarray(jax.random.key_data(key)).tolist())  # fmt: skip
  record = _Record(state, about, logits, image, logits.argmax(-1) == classes)

  for number, stage in enumerate(stages, 1):
    if number < len(record.history):
      continue
    index = np.flatnonzero(record.robust & ~record.through)
    rows = Rows(draw(number)[index], image[index], onehot[index], aims[index])

    def found(ended, index=index):
      for row, (fooled, adversarial) in ended.items():
        record.through[index[row]] = True
        if fooled:
          record.robust[index[row]] = False
          record.adversarial[index[row]] = adversarial
      record.save(now=False)

    if len(index):
      run_lanes(stage.machine, logits_fn, rows, batch_size, stage.name, found, stage.inner)
    fell = np.flatnonzero(record.history[-1] & ~record.robust)
    if version == 'rand' and len(fell):  # one lucky draw of many is no success: a fresh one decides
      again = fell[ask(record.adversarial[fell], 100 + number, fell).argmax(-1) == classes[fell]]
      record.robust[again], record.adversarial[again] = True, image[again]
    record.history.append(record.robust.copy())
    record.through[:] = False
    record.save()

  last = ask(record.adversarial, len(stages) + 1).argmax(-1) == classes
  if version != 'rand' and (last & ~record.robust).any():
    notes.append(f'{(last & ~record.robust).sum()} images are right again on a second look and count as fooled all the same')
  names = ('clean', *(stage.name for stage in stages))
  robust = record.robust
  ends = binomtest(int(robust.sum()), len(robust)).proportion_ci(method='wilson')
  accuracy = Interval(float(robust.mean()), float(ends.low), float(ends.high))
  return AutoAttackResult(record.adversarial, robust, dict(zip(names, record.history)), accuracy, tuple(notes))
