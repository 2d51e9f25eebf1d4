"""split -> fit -> sample -> gate -> mix -> retrain -> verdict, from one config, over many seeds, resumable at every stage."""

import os
import pathlib
from collections.abc import Mapping, Sequence

import jax
import numpy as np
from tqdm import trange

from jaxaug import data, parallel, tracking
from jaxaug.metrics import over_seeds
from jaxaug.synthesize import generation, stages
from jaxaug.synthesize.artifacts import Artifact, Artifacts
from jaxaug.synthesize.fidelity import fidelity_of
from jaxaug.synthesize.gate import REASONS
from jaxaug.synthesize.paired import ALONE, SYNTHETIC, compare, score
from jaxaug.synthesize.pool import Pool, draw_pool, keep, reviewed
from jaxaug.synthesize.settings import WEIGHTS, amounts_of, control_names, pipeline_settings, scored_classes
from jaxaug.types import InputError


def verdict(config: Mapping, workdir: str | os.PathLike) -> dict:
  """Answers whether generated rows help, on test rows that nothing before has seen.

  Leaves in the workdir: `config.json`, `provenance.json`, `artifacts/` (each stage's arrays, named by the content they were made from),
  `checkpoints/`, `store.parquet` (every row drawn, with its provenance), `samples.npz` (for the page)
  and `verdict.json`. A run that was stopped goes on at its stage.

  Args:
    config: ConfigDict or dict; `configs/synthesize/digits_rare_class.py` shows every field.
    workdir: folder of the run.

  Returns:
    `says` ('helps', 'does not help', 'hurts', or 'no conclusion' with `because`), `rows` (one a learner and amount, see
    `jaxaug.synthesize.compare`), `gate` (the funnel), `metric`, `counts`, `warnings` and `rollbacks` of training, `history`.

  Raises:
    InputError: a field, name or number that cannot be used; too few rows; the workdir of another run; a damaged artifact.
    ReviewNeeded: `review.required` is set and there is no `review.csv` yet; `review.npz` holds what to look at.
    FloatingPointError: the generator diverged.
    AssertionError: a test example would have been seen before the end.
  """
  config = pipeline_settings(config)
  if jax.process_count() > 1:
    raise InputError(
      f'verdict: runs in one process, not in {jax.process_count()}; its seeds are dealt out to the devices of one host'
    )
  folder = tracking.claim_workdir(workdir, config, parallel.is_main())
  tracking.record_provenance(folder, config['seed'], parallel.is_main())
  made = Artifacts(folder / 'artifacts')
  parts = split_of(made, config)
  config['controls'] = control_names(config['controls'], parts.about['kind'])
  amounts = amounts_of(config['mix'], config['rare'], parts)
  scored_classes(config['retrain'], parts)
  if config['fidelity']['steps'] and parts.about['kind'] != 'image':
    raise InputError(f'fidelity.steps: must be 0 for data of kind {parts.about["kind"]!r}: the extractor sees images')
  if config['fidelity']['steps'] and any(side % 4 for side in parts.arrays['train_rows'].shape[2:4]):
    raise InputError(
      f'fidelity.steps: must be 0 for images of {parts.arrays["train_rows"].shape[2:4]}: 4 must divide the sides'
    )
  fitted = fit_of(made, config, parts, folder)
  wanted = np.max(list(amounts.values()), 0)
  pool = draw_pool(made, config, parts, fitted, wanted)
  if config['review']['required']:
    pool = reviewed(folder, pool, parts.about['classes'], wanted)
  keep(folder / 'store.parquet', pool, parts, fitted, config)
  scores = _scores(made, config, parts, pool, amounts)
  results = compare(scores['metric'])
  for row in results['rows']:
    row['accuracy'] = {
      arm: float(values.mean()) for arm, values in scores['accuracy'][row['learner'], row['amount']].items()
    }
  funnel = stages.passed(pool.refused) | {'held_out': float(np.mean(pool.held_out))}
  reasons = _no_conclusion(funnel, pool, fitted.about['collapsed'])
  if reasons:
    results |= {'says': 'no conclusion', 'because': reasons}
    results['rows'] = [row | {'says': 'no conclusion'} for row in results['rows']]
  named = list(config['retrain']['classes']) or (['the rare class'] if config['rare']['count'] else [])
  results |= {
    'metric': config['retrain']['metric'],
    'classes': named if config['retrain']['metric'] == 'recall' else [],
    'seeds': config['seeds'],
    'counts': {amount: wanted[0].tolist() for amount, wanted in amounts.items()},  # of the first seed
    'real': np.bincount(parts.arrays['train_label'][0], minlength=len(parts.about['classes'])).tolist(),
    'gate': funnel,
    'rollbacks': fitted.about['rollbacks'],
    'warnings': fitted.about['warnings'],
    'history': fitted.about['history'],
  }
  if config['fidelity']['steps']:
    results['fidelity'] = _fidelity(made, config, parts, pool, amounts)
  np.savez_compressed(folder / 'samples.npz', **_samples(parts, pool, fitted))
  tracking.write_json(folder / 'verdict.json', results)
  return results


def split_of(made: Artifacts, config: Mapping) -> Artifact:
  """The first stage.

  Args:
    made: where artifacts are kept.
    config: with every field.

  Returns:
    Artifact of `stages.split`.
  """
  content = data.content(config['data'])  # a folder can change under its name
  taken = {'data': config['data'], 'content': content, 'rare': config['rare'], 'seeds': config['seeds']}
  return made.make('split', taken, [], lambda: stages.split(config['data'], config['rare'], config['seeds']))


def fit_of(made: Artifacts, config: Mapping, parts: Artifact, folder: pathlib.Path) -> Artifact:
  """The second stage.

  Args:
    made: where artifacts are kept.
    config: with every field.
    parts: of `split_of`.
    folder: of the run.

  Returns:
    Artifact of `generation.train`.
  """
  settings = {name: config[name] for name in ('generator', 'fit', 'detectors', 'seed')}
  work = lambda: generation.train(
    parts.arrays,
    parts.about,
    config['generator'],
    config['fit'],
    config['seed'],
    folder / 'checkpoints' / parts.digest[:16],  # of other data are others
    config['detectors'],
  )
  return made.make('fit', settings, [parts], work)


def _scores(made: Artifacts, config: Mapping, parts: Artifact, pool: Pool, amounts: Mapping) -> dict:
  """{'metric', 'accuracy'}: {(learner, amount): {arm: [S]}}; here, and only here, test rows are asked about."""
  section, answers = config['retrain'], {}
  source = Artifact(pool.digest(), {}, {})
  for amount, wanted in amounts.items():
    found = []
    for s in trange(config['seeds'], desc=f'retrain, {amount}', unit='seed', leave=False, disable=None):
      settings = {
        'retrain': {'learners': section['learners'], 'alone': section['alone']},
        'controls': config['controls'],
        'wanted': wanted[s].tolist(),
      }
      work = lambda s=s, wanted=wanted: _retrain(config, parts, pool, wanted[s], s)
      found.append(made.make('retrain', settings | {'s': s, 'seed': config['seed']}, [parts, source], work, quiet=True))
    for m, learner in enumerate(section['learners']):
      arms = enumerate(found[0].about['arms'])
      answers[learner, amount] = {name: np.stack([one.arrays['answers'][a, m] for one in found]) for a, name in arms}
  truth, classes = parts.arrays['test_label'], scored_classes(section, parts)
  of = lambda metric: {
    at: {arm: score(a, truth, metric, classes) for arm, a in arms.items()} for at, arms in answers.items()
  }
  return {'metric': of(section['metric']), 'accuracy': of('accuracy')}


def _retrain(config: Mapping, parts: Artifact, pool: Pool, wanted: np.ndarray, s: int) -> tuple[dict, dict]:
  """The answers of all arms on one seed."""
  arrays = parts.arrays
  nothing = arrays['train_rows'][s][:0], arrays['train_label'][s][:0]
  extra = {'real only': nothing}
  for name in config['controls']:
    extra[name] = nothing if name == WEIGHTS else stages.control_rows(arrays, s, name, wanted, config['seed'])
  finite = ~pool.refused[s, :, REASONS.index('not finite')]  # no learner takes others
  for name, allowed in zip(SYNTHETIC, (pool.allowed[s], finite)):
    chosen = stages.take(pool.asked[s], wanted, allowed)
    extra[name] = pool.rows[s][chosen], pool.asked[s][chosen]
  if config['retrain']['alone']:
    extra |= {alone: extra[name] for alone, name in zip(ALONE, SYNTHETIC)}
  learners = tuple(config['retrain']['learners'])
  answers = stages.retrain(arrays, s, extra, learners, config['seed'])
  return {'answers': answers}, {'arms': list(extra), 'added': {name: len(label) for name, (_, label) in extra.items()}}


def _fidelity(made: Artifacts, config: Mapping, parts: Artifact, pool: Pool, amounts: Mapping) -> dict:
  """Intervals over seeds of `fidelity`, for the rows that the largest amount takes, gated and not."""
  wanted = max(amounts.values(), key=np.sum)
  chosen = lambda allowed: [
    (pool.rows[s][rows], pool.asked[s][rows])
    for s, rows in enumerate(stages.take(pool.asked[s], wanted[s], allowed[s]) for s in range(config['seeds']))
  ]
  finite = ~pool.refused[:, :, REASONS.index('not finite')]
  arms = dict(zip(SYNTHETIC, (chosen(pool.allowed), chosen(finite))))
  settings = {'fidelity': config['fidelity'], 'seed': config['seed'], 'wanted': wanted.tolist()}
  work = lambda: fidelity_of(parts.arrays, parts.about, arms, config['fidelity']['steps'], config['seed'])
  found = made.make('fidelity', settings, [parts, Artifact(pool.digest(), {}, {})], work)
  told = {}
  for name, values in found.arrays.items():
    arm, metric = name.split('/')
    told.setdefault(arm, {})[metric] = over_seeds(values)._asdict()
  return {'rows': told, **found.about}


def _samples(parts: Artifact, pool: Pool, fitted: Artifact, many: int = 16) -> dict:
  """Of the first seed, for the page: real rows of the classes that are made, accepted ones beside their nearest real row, refused ones;
  what training left to be looked at."""
  train, label = parts.arrays['train_rows'][0], parts.arrays['train_label'][0]
  asked, refused, names = pool.asked[0], pool.refused[0], np.array(parts.about['classes'])
  real = np.flatnonzero(np.isin(label, asked))[:many]
  thin = lambda rows: rows[np.arange(min(many, len(rows))) * len(rows) // max(min(many, len(rows)), 1)]  # of all classes
  accepted, out = (thin(np.flatnonzero(which)) for which in (~refused.any(1), refused.any(1)))
  near = pool.nearest_row[0][accepted]
  shown = {name: a for name, a in fitted.arrays.items() if name.startswith(generation.SHOWN)}
  shown |= {f'{generation.SHOWN}{of}': names[shown[f'{generation.SHOWN}{of}']] for of in ('classes', 'ends') if shown}
  return {
    'real': train[real],
    'real_label': names[label[real]],
    'accepted': pool.rows[0][accepted],
    'accepted_label': names[asked[accepted]],
    'neighbour': train[near],
    'neighbour_label': names[label[near]],
    'refused': pool.rows[0][out],
    'refused_label': names[asked[out]],
    'reason': np.array(REASONS)[refused[out].argmax(1)],
  } | shown


def _no_conclusion(funnel: Mapping, pool: Pool, collapsed: Sequence[bool]) -> list[str]:
  """Why these numbers answer nothing, if so."""
  found = []
  if any(collapsed):
    found.append(
      f'the generator of seeds {np.flatnonzero(collapsed).tolist()} collapsed: its draws are all alike, or of few classes'
    )
  if funnel['accepted'] == 0:
    found.append('the gate passed nothing')
  elif funnel['accepted'] == funnel['drawn']:
    found.append('the gate passed everything: it asked nothing that could have been refused')
  if pool.missing and funnel['accepted']:
    found.append(f'{pool.missing} rows that were wanted were not to be had in {pool.attempts} attempts')
  return found
