"""Accuracy under common corruptions, and the mean corruption error."""

from collections.abc import Callable, Mapping

import jax
import numpy as np
from tqdm import tqdm

from jaxaug import augment, metrics, parallel
from jaxaug.evaluate.predict import Predictor
from jaxaug.types import InputError, check_name, fill

DEFAULTS = dict(
  names=augment.CORRUPTIONS,
  severities=(1, 2, 3, 4, 5),
  source='cifar10',  # whose strengths: 'cifar10' for small images, 'imagenet'
  examples=1000,  # of the split, from its start; 0 is all. Kept in memory for all arms, once a name and severity
)
ALL = (*augment.CORRUPTIONS, *augment.EXTRA_CORRUPTIONS)
SEED = 0  # the corrupted images are one fixed set, whatever the seed of a run


def corruption_settings(section: Mapping) -> dict:
  """The section `evaluate.corruption`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field, name, source or severity.
  """
  settings = fill(section, DEFAULTS, 'evaluate.corruption')
  if not settings['names'] or not settings['severities'] or settings['examples'] < 0:
    raise InputError('evaluate.corruption: names and severities must not be empty, examples at least 0')
  for name in settings['names']:
    check_name(name, ALL, 'evaluate.corruption.names')
    for severity in settings['severities']:
      augment.corruption(name, severity, settings['source'])
  return settings


def corrupted_images(examples: Mapping, settings: Mapping, batch_size: int) -> dict[tuple[str, int], np.ndarray]:
  """Every corruption of every image.

  Args:
    examples: `image` [N, H, W, C] and `id` [N], which with the name and the severity decides what is drawn.
    settings: of `corruption_settings`.
    batch_size: images at a time.

  Returns:
    {(name, severity): uint8 [N, H, W, C]}.
  """
  rows = {field: values[: settings['examples'] or None] for field, values in examples.items() if field in ('image', 'id')}
  made = {}
  cells = [(name, severity) for name in settings['names'] for severity in settings['severities']]
  for name, severity in tqdm(cells, 'corruptions', leave=False, disable=None if parallel.is_main() else True):
    apply = augment.corruption(name, severity, settings['source'])
    run = Predictor(lambda _, key, batch, apply=apply: {'image': apply(key, batch, None)['image']}, batch_size)
    key = jax.random.fold_in(jax.random.key(SEED), 10 * ALL.index(name) + severity)
    images = run(parallel.replicate(np.zeros(1)), key, rows)['image']  # pmap takes no empty tree
    made[name, severity] = np.asarray(images * 255 + 0.5, np.uint8)
  return made


def corruption_scores(predict: Callable, images: Mapping, label: np.ndarray) -> tuple[dict, np.ndarray]:
  """A network on corrupted images.

  Args:
    predict: uint8 [N, H, W, C] -> logits [N, K].
    images: of `corrupted_images`.
    label: [N, K] probabilities.

  Returns:
    (`accuracy`, its mean over all names and severities with a bootstrap interval over images, `severities`, `error` {name: error of each
    severity} and `ece`; the share of its corruptions under which each image is classified right, float64 [N]).
  """
  right, error, gaps = [], {}, []
  for (name, _), changed in images.items():
    logits = predict(changed)
    right.append(metrics.correct(logits, label))
    error.setdefault(name, []).append(1 - right[-1].mean())
    gaps.append(metrics.calibration(logits, label)['ece'])
  share = np.mean(right, 0)
  interval = metrics.paired_bootstrap(share, np.zeros_like(share))
  told = {'examples': len(label), 'severities': sorted({severity for _, severity in images})}
  return {'accuracy': interval._asdict(), **told, 'error': error, 'ece': float(np.mean(gaps))}, share


def mean_corruption_error(error: Mapping, baseline: Mapping) -> dict:
  """CE_c = sum_s E_{s,c} / sum_s E_{s,c} of the baseline, and its mean over corruptions, mCE.

  Args:
    error: {name: errors by severity} of the network.
    baseline: the same of the network that all are measured by (AlexNet in the source, here an arm of the run).

  Returns:
    {'mce': float, 'ce': {name: float}}; 1 is as bad as the baseline. A corruption without any error in the baseline gives
    infinity, or 1 where the network has none either.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, section 4.2.
  """
  ce = {}
  for name, errors in error.items():
    ours, theirs = sum(errors), sum(baseline[name])
    ce[name] = float(ours / theirs) if theirs else (1.0 if not ours else float('inf'))
  return {'mce': float(np.mean(list(ce.values()))), 'ce': ce}


def told_mce(corrupted: Mapping) -> str:
  """mCE in percent; a dash where the baseline makes no error under a corruption, so that there is none.

  Args:
    corrupted: an arm's.

  Returns:
    Text.
  """
  mce = corrupted['mce']['mce']  # null in a file stands for infinity
  return '-' if mce is None or not np.isfinite(mce) else f'{100 * mce:.1f}'


def corruption_table(results: Mapping) -> str:
  """Errors by corruption as lines of text: a row a corruption, a column an arm.

  Args:
    results: what `evaluate` returns.

  Returns:
    Mean error over severities in percent, then mCE against the baseline; '' where no corruption was measured.
  """
  arms = {name: arm['corrupted'] for name, arm in results['arms'].items() if 'corrupted' in arm}
  if not arms:
    return ''
  width = max(12, *(len(name) + 2 for name in arms))
  rows = [['mean error over severities, %', *arms]]
  for name in next(iter(arms.values()))['error']:
    rows.append([name, *(f'{100 * np.mean(arm["error"][name]):.1f}' for arm in arms.values())])
  rows.append(['mCE', *map(told_mce, arms.values())])
  return '\n'.join(row[0].ljust(30) + ''.join(cell.rjust(width) for cell in row[1:]) for row in rows)
