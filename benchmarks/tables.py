"""Tables drawn by our models and by the package ctgan: how like the real one, in how many seconds, and whether conditions hold.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 JAXAUG_PEERS=<python of a virtual environment with torch, ctgan, statsmodels> \
  python -m benchmarks.tables

Both sides learn one table after the other, in turn, on the same cores (--threads). `ctgan` of both takes the same updates: --epochs over
the rows in batches of 500, one an epoch where there are fewer. `ctgan_default`, on tables of fewer than 1,000 rows, takes the least that
our front takes, 2,000 updates, and so do `tvae` and `diffusion`, on the first seed only, wherever CTGAN takes fewer. Our seconds include
compilation, at every fit anew; the package has learnt a small table before. `--tables=fair --epochs=2 --seeds=1` tries it out, and
writes nothing.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import pandas as pd
from absl import app, flags
from sklearn import datasets

from benchmarks import timing
from jaxaug import metrics, synthesize, tracking
from jaxaug.types import InputError, check_name

BATCH, SMALL, LEAST_UPDATES, ASKED = 500, 1000, 2000, 500
DISCRETE = {
  'randhie': ['idp', 'hlthg', 'hlthf', 'hlthp'],
  'fair': ['rate_marriage', 'religious', 'occupation', 'occupation_husb'],
}
EPOCHS = {'randhie': 40, 'fair': 100, 'breast_cancer': 300, 'wine': 300, 'iris': 300}
FIELDS = ('shapes', 'trends', 'detection', 'fit_seconds', 'sample_seconds')

TABLES = flags.DEFINE_list('tables', list(EPOCHS), 'Tables to learn.')
TRIED_EPOCHS = flags.DEFINE_integer('epochs', 0, 'Over the rows, of every table; 0 takes those of EPOCHS.')
SEEDS = flags.DEFINE_integer('seeds', 3, 'Trainings of each model.')
THREADS = flags.DEFINE_integer('threads', 1, 'Cores of both sides.')


def start_peer(threads):
  """A function that has the peer do something, and its versions."""
  python = os.environ.get('JAXAUG_PEERS', '')
  if not python:
    raise InputError('JAXAUG_PEERS: names no python that has torch, ctgan and statsmodels')
  script = pathlib.Path(__file__).parent / 'tables_peer.py'
  environment = {**os.environ, 'OMP_NUM_THREADS': str(threads), 'OPENBLAS_NUM_THREADS': str(threads)}
  process = subprocess.Popen(
    [python, str(script), str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
  )

  def ask(**what):
    process.stdin.write(json.dumps(what) + '\n')
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
      raise InputError(f'JAXAUG_PEERS: the process of {python} ended; its message stands above')
    return json.loads(answer)

  versions = process.stdout.readline()
  if not versions:
    raise InputError(f'JAXAUG_PEERS: {python} could not start {script.name}')
  return ask, json.loads(versions)


def read(path, columns, discrete):
  """A table from an npz, categories as text."""
  with np.load(path) as stored:
    frame = pd.DataFrame({name: stored[str(at)] for at, name in enumerate(columns)})
  return frame.astype({name: str for name in discrete})


def load(name, ask, folder):
  """(frame, discrete columns)."""
  if name in DISCRETE:
    path = str(folder / 'asked.npz')
    columns = ask(what='table', name=name, path=path)['columns']
    return read(path, columns, DISCRETE[name]), DISCRETE[name]
  frame = getattr(datasets, f'load_{name}')(as_frame=True).frame
  return frame.astype({'target': str}), ['target']


def conditions(frame, discrete):
  """[column, value] of each category of the second discrete column."""
  return [[discrete[1], value] for value in sorted(frame[discrete[1]].unique())] if len(discrete) > 1 else []


def likeness(real, fake, discrete):
  """Scores of a drawn table; trends as SDMetrics' quality report bins them."""
  return {
    'shapes': metrics.column_shapes(real, fake, discrete).mean(),
    'trends': metrics.pair_trends(real, fake, 'own', discrete).mean(),
    'detection': metrics.detection(real, fake, discrete=discrete),
  }


def ours(model, frame, discrete, updates, seed):
  """(numbers, drawn table), compilation included; `met` is the share of drawn rows that met a condition before any was set."""
  steps = None if model == 'copula' else updates
  synthesizer = synthesize.TabularSynthesizer(model, steps=steps, batch_size=BATCH, seed=seed)
  start = time.perf_counter()
  synthesizer.fit(frame, discrete)
  fitted = time.perf_counter()
  fake = synthesizer.sample(len(frame))
  row = {'fit_seconds': fitted - start, 'sample_seconds': time.perf_counter() - fitted, 'held': [], 'met': []}
  for column, value in conditions(frame, discrete):
    drawn = synthesizer.sample(ASKED, {column: value})
    row['held'].append(float((drawn[column] == value).mean()))
    row['met'].append(synthesizer.drawn_.met)
  return row, fake


def theirs(ask, frame, discrete, epochs, seed, folder):
  """(numbers, drawn table) of the package."""
  given, made = str(folder / 'given.npz'), str(folder / 'made.npz')
  plain = {str(at): frame[name].to_numpy(str if name in discrete else None) for at, name in enumerate(frame)}
  np.savez(given, **plain)
  row = ask(
    what='ctgan',
    path=given,
    columns=list(frame),
    discrete=discrete,
    epochs=epochs,
    seed=seed,
    made=made,
    asked=conditions(frame, discrete),
  )
  return row, read(made, list(frame), discrete)


def models_of(rows, epochs, seed):
  """{name: (model, updates)} of ours."""
  updates = epochs * max(1, rows // BATCH)
  enough = updates if TRIED_EPOCHS.value else max(updates, LEAST_UPDATES)
  found = {'ctgan': ('ctgan', updates), 'copula': ('copula', 0)}
  found |= {} if seed else {'tvae': ('tvae', enough), 'diffusion': ('diffusion', enough)}
  return found | ({'ctgan_default': ('ctgan', enough)} if rows < SMALL else {})


def learn(name, ask, folder, rows):
  """All models on one table, for each seed in turn; puts their rows at the end of `rows`."""
  frame, discrete = load(name, ask, folder)
  epochs = TRIED_EPOCHS.value or EPOCHS[name]
  for seed in range(SEEDS.value):
    runs = {
      f'ours {shown}': lambda model=model, updates=updates: (*ours(model, frame, discrete, updates, seed), updates)
      for shown, (model, updates) in models_of(len(frame), epochs, seed).items()
    }
    package = lambda: (*theirs(ask, frame, discrete, epochs, seed, folder), epochs * max(1, len(frame) // BATCH))
    runs = {'package ctgan': package, **runs} if seed % 2 else {**runs, 'package ctgan': package}
    for shown, run in runs.items():
      row, fake, updates = run()
      row = {'table': name, 'model': shown, 'seed': seed, 'rows': len(frame), 'updates': updates, **row}
      rows.append(row | likeness(frame, fake, discrete))
      tracking.say('  '.join([name, shown, f'seed {seed}', *(f'{field} {rows[-1][field]:.3f}' for field in FIELDS)]))


def summary(rows):
  """Means over seeds, and our seconds over the package's, seed by seed."""
  table, found = pd.DataFrame(rows), []
  for (name, model), part in table.groupby(['table', 'model'], sort=False):
    package = table[(table['table'] == name) & (table['model'] == 'package ctgan')].set_index('seed')['fit_seconds']
    row = {'table': name, 'model': model, 'seeds': len(part), 'updates': int(part['updates'].iloc[0])}
    row |= {field: round(float(part[field].mean()), 4) for field in FIELDS}
    share = (part.set_index('seed')['fit_seconds'] / package).to_numpy()
    row['of_package_seconds'] = round(float(np.nanmedian(share)), 3)
    for field in ('held', 'met'):
      asked = [value for values in part[field] if isinstance(values, list) for value in values]
      row |= {field: round(float(np.mean(asked)), 4)} if asked else {}
    found.append(row)
  return found


def main(_):
  for name in TABLES.value:
    check_name(name, EPOCHS, '--tables')
  os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: THREADS.value])  # before jax starts its threads
  ask, versions = start_peer(THREADS.value)
  rows, start = [], time.perf_counter()
  with tempfile.TemporaryDirectory() as folder:
    for name in TABLES.value:
      learn(name, ask, pathlib.Path(folder), rows)
      tracking.say(f'{name}: done after {(time.perf_counter() - start) / 60:.1f} minutes')
  means = summary(rows)
  if TRIED_EPOCHS.value or TABLES.value != list(EPOCHS):
    print('\n'.join('  '.join(f'{field} {value}' for field, value in row.items()) for row in means))
    return
  notes = (
    f'Means over seeds. held: share of rows that have the category of the second discrete column that was asked for; met: the share '
    f"before it was set. of_package_seconds: fit, median over seeds of ours / the package's. {THREADS.value} core(s). {versions}."
  )
  timing.save('tables', means + [{'single': True, **row} for row in rows], notes)


if __name__ == '__main__':
  app.run(main)
