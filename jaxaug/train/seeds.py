"""The same job under several seeds."""

import os
import pathlib
from collections.abc import Mapping

from jaxaug import evaluate, parallel, tracking
from jaxaug.train.autoencoder import autoencoders_of_seed
from jaxaug.train.fit import fit
from jaxaug.train.stores import stores_of_seed
from jaxaug.train.teacher import teachers_of_seed
from jaxaug.types import InputError


def fit_seeds(config: Mapping, workdir: str | os.PathLike, seeds: int) -> dict:
  """Runs `fit` with `seed` and `data.seed` counted up from the config's own, then compares the arms over all runs.

  Leaves a run in `seed-<n>/` each, and `seeds.json`. What is finished is not run again; a later, larger number of seeds goes on.

  Args:
    config: ConfigDict or dict.
    workdir: folder of the runs.
    seeds: their number, at least 2.

  Returns:
    What `jaxaug.evaluate.compare_seeds` returns.

  Raises:
    InputError: fewer than two seeds, an arm with a seed of its own, a teacher that is not one of several seeds, or what `fit` refuses.
  """
  if seeds < 2:
    raise InputError(f'seeds: {seeds} must be at least 2; one seed needs no --seeds')
  config, folder, runs = evaluate.plain(config), pathlib.Path(workdir), []
  first = config.get('seed', 0)
  for name, changes in config.get('arms', {}).items():
    if 'seed' in changes:
      raise InputError(f'config.arms.{name}.seed: several seeds are those of all arms; leave it out')
  jobs = [teachers_of_seed(config, first, first + n) for n in range(seeds)]  # all named before one is trained
  for n, job in enumerate(jobs):
    seed, data_seed = first + n, config.get('data', {}).get('seed', 0) + n
    runs.append(folder / f'seed-{seed}')
    if parallel.is_main():
      tracking.say(f'seed {seed}, {n + 1} of {seeds}')
    own = stores_of_seed(autoencoders_of_seed(job, data_seed), n) if n else job
    fit({**own, 'seed': seed, 'data': {**config.get('data', {}), 'seed': data_seed}}, runs[-1])
    parallel.free_programs(n, every=1)
  baseline = config.get('evaluate', {}).get('baseline', '')
  found = evaluate.compare_seeds(runs, baseline)
  if parallel.is_main():
    tracking.write_json(folder / 'seeds.json', found)
  return found
