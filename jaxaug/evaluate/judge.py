"""The robustness of any function of images, in one call."""

import os
from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxaug import attacks, metrics
from jaxaug.attacks.lanes import in_batches
from jaxaug.evaluate.autoattack import autoattack_scores, autoattack_settings, faults
from jaxaug.evaluate.certified import METHODS, certified_scores, certified_settings
from jaxaug.evaluate.masking import masking_faults
from jaxaug.evaluate.scores import clean_scores, group_scores
from jaxaug.evaluate.stability import same_answers, stability_scores, stability_settings
from jaxaug.models import as_model
from jaxaug.types import Array, InputError, Key, check_name


def judge(
  logits_fn: Callable[[Array], Array],
  image: Array,
  label: Array,
  *,
  norm: str = 'linf',
  epsilon: float,
  key: Key,
  version: str = 'standard',
  certificate: str = '',
  group: Array | None = None,
  stability: Mapping | None = None,
  steps: int = 20,
  restarts: int = 2,
  batch_size: int = 256,
  state: str | os.PathLike | None = None,
) -> dict:
  """Clean, under PGD, under AutoAttack, certified; and what cannot be, or looks as if gradients were masked.

  Args:
    logits_fn: image [B, H, W, C] float in [0, 1] -> logits [B, K]; row by row, whatever it is made with.
    image: [N, H, W, C] float in [0, 1], or uint8.
    label: [N] classes or [N, K] probabilities.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units.
    key: one key.
    version: of AutoAttack, 'standard' or 'plus'.
    certificate: 'ibp' or 'crown' where the norm is Linf; '' certifies nothing.
    group: [N] names or numbers, by which each measure is told besides by class.
    stability: fields of the section `evaluate.stability`, {} for its defaults; None leaves it out.
    steps, restarts: of PGD, whose step is epsilon / 8.
    batch_size: rows at a time.
    state: path of AutoAttack's state file, from which it goes on after a kill.

  Returns:
    `clean`, `robust`, `autoattack` and `certified` scores, each with `accuracy` and its Wilson interval; `groups` {'class' or 'group':
    {measure: intervals and the `worst`}}; `stability`; `faults`, one line each, first of all those of the evaluation itself.

  Raises:
    InputError: images out of bounds, classes out of range, a certificate of another norm, an unknown name, groups of another number.
  """
  image = np.asarray(image)
  image = image / np.float32(255) if image.dtype == np.uint8 else image.astype(np.float32)
  asked = autoattack_settings(dict(norm=norm, epsilon=float(epsilon), version=version, examples=0, batch_size=batch_size))
  asked_stability = stability_settings(stability or {})
  if certificate:
    check_name(certificate, [m for m in METHODS if m != 'smoothing'], 'judge.certificate')
    if METHODS[certificate] != norm:
      raise InputError(f'judge.certificate: {certificate!r} is about {METHODS[certificate]!r}, not {norm!r}')
  own = metrics.classes(label)
  if image.ndim != 4 or not len(image) or own.shape != image.shape[:1]:
    raise InputError(
      f'judge: images {list(image.shape)} and labels {list(own.shape)}, must be [N, H, W, C] and [N], N at least 1'
    )
  if group is not None and np.shape(group) != own.shape:
    raise InputError(f'judge.group: {list(np.shape(group))}, must be [{len(own)}] as the labels')
  if not (image.min() >= 0 and image.max() <= 1):
    raise InputError(f'judge.image: values from {image.min():g} to {image.max():g} leave the bounds (0, 1)')
  classes = jax.eval_shape(logits_fn, jax.ShapeDtypeStruct((1, *image.shape[1:]), np.float32)).shape[-1]
  if own.min() < 0 or own.max() >= classes:
    raise InputError(f'label: classes {own.min()} to {own.max()}, logits have classes 0 to {classes - 1}')
  examples = {'image': image, 'label': np.eye(classes, dtype=np.float32)[own]}
  key_pgd, key_auto, key_masking, key_certified = jax.random.split(key, 4)
  key_certified, key_stable = jax.random.split(key_certified)

  attack = attacks.pgd(
    attacks.threat_model(norm, float(epsilon)), steps=steps, step_size=epsilon / 8, restarts=restarts, unroll=False
  )
  under = jax.jit(lambda key, batch: logits_fn(attack(key, batch, as_model(logits_fn))['image']))
  same = None if stability is None else jax.jit(same_answers(logits_fn, asked_stability))
  clean, moved, stable = in_batches(logits_fn, batch_size)(image), [], []
  if not np.isfinite(clean).all():
    raise InputError(f'judge.logits_fn: gives NaN or infinity for {(~np.isfinite(clean)).any(-1).sum()} images')
  for start in range(0, len(image), batch_size):
    at = np.minimum(np.arange(start, start + batch_size), len(image) - 1)
    rows = {n: v[at] for n, v in examples.items()} | {'id': at.astype(np.int32)}
    moved.append(np.asarray(under(key_pgd, rows)))
    if same:
      stable.append(same(key_stable, rows))
  moved = np.concatenate(moved)[: len(image)]
  found = {'clean': clean_scores(clean, own), 'robust': {'accuracy': metrics.accuracy(moved, own)._asdict()}}
  found['robust'] |= metrics.calibration(moved, own)
  certain = None
  if certificate:
    settings = certified_settings(dict(method=certificate, epsilon=float(epsilon), examples=0))
    found['certified'], certain = certified_scores(logits_fn, examples, settings, key_certified, 'certified')
  names = tuple(map(str, range(classes)))
  found['autoattack'], result = autoattack_scores(logits_fn, examples, asked, key_auto, names, state)
  right = {'clean': metrics.correct(clean, own), 'robust': metrics.correct(moved, own), 'autoattack': result.robust}
  right |= {'certified': np.asarray(certain)} if certificate else {}
  by = {'class': np.array(names)[own]} | ({} if group is None else {'group': np.asarray(group).astype(str)})
  found['groups'] = {kind: group_scores(right, of) for kind, of in by.items()}
  if same:
    shares = {kind: np.concatenate([np.asarray(part[kind]) for part in stable])[: len(image)] for kind in stable[0]}
    found['stability'] = stability_scores(shares, asked_stability)
  found['faults'] = faults(result.by_attack, right['clean'], right['robust'], certain)
  found['faults'] += masking_faults(logits_fn, examples, norm, float(epsilon), key_masking)
  return found
