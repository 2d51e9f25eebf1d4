"""How much memory distances between 100,000 and 100,000 rows take: the peak of a process each, and seconds.

python -m benchmarks.distances

`--rows=10000` tries it out, and writes nothing. Tables are compared for 2,000 generated rows with all real ones: a tile of distances,
which is what takes memory, has as many entries however many rows are generated.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from absl import app, flags
from scipy.spatial import distance  # noqa: F401  (what the functions import late is no part of what they take)
from sklearn import neighbors  # noqa: F401

from benchmarks import timing
from jaxaug import metrics, tracking

ROWS, WIDTH, IN_TABLE, LIMIT = 100_000, 64, 2000, 2**31
ARRAYS = {
  'nearest': lambda real, fake: metrics.nearest(fake, real, 5),
  'prdc': metrics.prdc,
  'closest_record': lambda real, fake: metrics.closest_record(fake, real),
  'nndr': metrics.nndr,
  'identifiability': metrics.identifiability,
  'exact_copies': metrics.exact_copies,
}
OF_TABLES = {
  'closest_record, table': lambda real, fake: metrics.closest_record(fake, real),
  'nndr, table': metrics.nndr,
  'new_row_score, table': metrics.new_row_score,
}
COUNT = flags.DEFINE_integer('rows', ROWS, 'Of both sets.')
ONE = flags.DEFINE_string('one', '', 'What one process measures; none starts a process each.')


def peak():
  """Most bytes that this process has held so far."""
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def frame(values):
  """A table of numbers and, in every second column, three categories."""
  columns = {f'c{at}': np.digitize(x, (-0.5, 0.5)).astype(str) if at % 2 else x for at, x in enumerate(values.T)}
  return pd.DataFrame(columns)


def measure(name, rows):
  """{'imported', 'with_data', 'peak', 'seconds'}: bytes held before there was anything, with the data, and at most."""
  imported = peak()
  real, fake = np.random.default_rng(0).normal(size=(2, rows, WIDTH))
  if name in OF_TABLES:
    real, fake = frame(real), frame(fake[:IN_TABLE])
  with_data, start = peak(), time.perf_counter()
  {**ARRAYS, **OF_TABLES}[name](real, fake)
  return {'imported': imported, 'with_data': with_data, 'peak': peak(), 'seconds': time.perf_counter() - start}


def main(_):
  if ONE.value:
    print(json.dumps(measure(ONE.value, COUNT.value)))
    return
  rows = []
  for name in (*ARRAYS, *OF_TABLES):
    command = [sys.executable, '-m', 'benchmarks.distances', f'--one={name}', f'--rows={COUNT.value}']
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
    mebibytes = {field: round(found[field] / 2**20) for field in ('imported', 'with_data', 'peak')}
    row = {'function': name, 'rows': COUNT.value, **mebibytes, 'seconds': round(found['seconds'], 1)}
    rows.append(row | {'under_2_gib': found['peak'] < LIMIT})
    tracking.say('  '.join(f'{field} {value}' for field, value in row.items()))
  if COUNT.value == ROWS:
    notes = (
      f'MiB of the whole process (ru_maxrss) after its imports, with {WIDTH} columns of data, and at most; tables: {IN_TABLE} '
      'generated rows against all real ones.'
    )
    timing.save('distances', rows, notes)


if __name__ == '__main__':
  app.run(main)
