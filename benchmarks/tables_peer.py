"""The peer's side of `benchmarks.tables`: a process in a virtual environment with torch, ctgan and statsmodels in it.

Reads JSON lines {"what", ...}, answers each with one; first its versions. Tables travel as npz, a column under its index.
"""

import importlib.metadata
import json
import sys
import time

import numpy as np
import pandas as pd
import torch


def written(frame, path):
  plain = lambda column: column.to_numpy(str if column.dtype == object else None)
  np.savez(path, **{str(at): plain(frame[name]) for at, name in enumerate(frame)})


def table(name, path):
  """{'columns'} of one of statsmodels' data sets, whose numbers are put into `path`."""
  import statsmodels.api

  frame = getattr(statsmodels.api.datasets, name).load_pandas().data
  written(frame, path)
  return {'columns': list(frame)}


def ctgan(path, columns, discrete, epochs, seed, made, asked):
  """{'fit_seconds', 'sample_seconds', 'held'} of the package; `made` gets as many rows as were learnt from."""
  from ctgan import CTGAN

  with np.load(path) as stored:
    frame = pd.DataFrame({name: stored[str(at)] for at, name in enumerate(columns)})
  frame = frame.astype({name: object for name in discrete})
  model = CTGAN(epochs=epochs, enable_gpu=False)
  model.set_random_state(seed)
  start = time.perf_counter()
  model.fit(frame, discrete)
  fitted = time.perf_counter()
  drawn = model.sample(len(frame))
  seconds = {'fit_seconds': fitted - start, 'sample_seconds': time.perf_counter() - fitted}
  written(drawn.astype({name: object for name in discrete}), made)
  held = [float((model.sample(500, column, value)[column] == value).mean()) for column, value in asked]
  return seconds | {'held': held}


def warm():
  """Learns a small table, so that what the package loads at its first fit counts for no table."""
  from ctgan import CTGAN

  frame = pd.DataFrame({'x': np.random.default_rng(0).normal(size=100), 'kind': ['a', 'b'] * 50})
  model = CTGAN(epochs=1, enable_gpu=False)
  model.fit(frame, ['kind'])
  model.sample(10, 'kind', 'a')


def main():
  torch.set_num_threads(int(sys.argv[1]))
  warm()
  packages = ('torch', 'ctgan', 'statsmodels', 'numpy', 'pandas')
  print(json.dumps({package: importlib.metadata.version(package) for package in packages}), flush=True)
  for line in sys.stdin:
    given = json.loads(line)
    print(json.dumps({'table': table, 'ctgan': ctgan}[given.pop('what')](**given)), flush=True)


if __name__ == '__main__':
  main()
