"""A whole job from a config: train every arm, then measure them all on test, once."""

import os
import time
from collections.abc import Mapping

import numpy as np

from jaxaug import data, evaluate, parallel, tracking
from jaxaug.train.loop import train_arm


def fit(config: Mapping, workdir: str | os.PathLike) -> dict:
  """Trains each arm of the config and evaluates them on the test split; a run that was stopped goes on where it was.

  Leaves in the workdir: `config.json`, `split.npz` (ids and permutation), `metrics.jsonl`, `tensorboard/`,
  `checkpoints/<arm>/`, `results.json`, and what `jaxaug.evaluate.evaluate` writes.

  Args:
    config: ConfigDict or dict; `configs/quickstart.py` shows every field.
    workdir: folder of the run.

  Returns:
    What `evaluate` returns, and `cost` {arm: steps and seconds of this process's training}.

  Raises:
    InputError: a field, name or file that cannot be used; the workdir of another run.
    FloatingPointError: the loss is not finite.
    SystemExit: 143 after SIGTERM, with a checkpoint of the step it stopped at.
  """
  arms = evaluate.arms_of(config)
  shared = next(iter(arms.values()))
  splits = data.load(shared['data'])
  data.assert_disjoint(splits)
  evaluate.baseline_of(evaluate.evaluation_settings(shared['evaluate']), arms)
  jobs = [train_arm(name, arm, splits) for name, arm in arms.items()]  # every arm is checked before the first one starts
  folder = tracking.claim_workdir(workdir, evaluate.plain(config), parallel.is_main())
  if parallel.is_main():
    np.savez_compressed(
      folder / 'split.npz',
      permutation=splits.info.permutation,
      **{name: getattr(splits, name)['id'] for name in ('train', 'validation', 'test')},
    )
  parallel.barrier('workdir')
  cost = {}
  for name, job in zip(arms, jobs):
    start = time.time()
    cost[name] = {'steps': job(folder), 'seconds': round(time.time() - start, 1)}
  results = evaluate.evaluate(config, folder, splits) | {'cost': cost}
  if parallel.is_main():
    tracking.write_json(folder / 'results.json', results)
  return results
