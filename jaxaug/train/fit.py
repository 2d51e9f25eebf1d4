"""A whole job from a config: train every arm, then measure them all on test, once."""

import json
import os
from collections.abc import Mapping

from jaxaug import data, evaluate, parallel, tracking
from jaxaug.train.loop import train_arm
from jaxaug.train.stores import record_stores


def fit(config: Mapping, workdir: str | os.PathLike) -> dict:
  """Trains each arm of the config and evaluates them on the test split; a run that was stopped goes on where it was.

  Test is read once, at the end: a run that has its results is not trained or evaluated again.

  Leaves in the workdir: `config.json`, `provenance.json`, `split.npz` (ids and permutation), `stores.json` where it trains on any, `metrics.jsonl`, `tensorboard/`,
  `checkpoints/<arm>/`, and what `jaxaug.evaluate.evaluate` writes, with `cost` in `results.json`.

  Args:
    config: ConfigDict or dict; `configs/quickstart.py` shows every field.
    workdir: folder of the run.

  Returns:
    What `evaluate` returns, and `cost` {arm: steps and seconds of its training}.

  Raises:
    InputError: a field, name or file that cannot be used; the workdir of another run; data that changed under a run.
    FloatingPointError: the loss, the gradient or the weights are not finite.
    SystemExit: 143 after SIGTERM, with a checkpoint of the step it stopped at.
  """
  arms = evaluate.arms_of(config)
  shared = next(iter(arms.values()))
  settings = evaluate.evaluation_settings(shared['evaluate'])
  evaluate.baseline_of(settings, arms)
  splits = _load_in_turn(shared['data'])
  data.assert_disjoint(splits)
  jobs = [train_arm(name, arm, splits) for name, arm in arms.items()]  # every arm is checked before the first one starts
  networks = {name: evaluate.create_network(arm['model'], splits.info.num_classes) for name, arm in arms.items()}
  evaluate.check_measures(networks, settings, splits)
  main = parallel.is_main()
  folder = tracking.claim_workdir(workdir, evaluate.plain(config), main)
  data.record_split(folder / 'split.npz', splits, write=main)
  record_stores(folder, arms, main)
  tracking.record_provenance(folder, shared['seed'], main)
  parallel.barrier('workdir')
  cost, steps = {}, 0
  for number, (name, job) in enumerate(zip(arms, jobs), 1):
    cost[name] = job(folder, steps)
    steps += cost[name]['steps']
    parallel.free_programs(number)
  taken = sum(arm.pop('taken') for arm in cost.values())
  if not taken and (folder / 'results.json').exists():
    if main:
      tracking.say(f'{folder}: is finished; these are its results')
    return json.loads((folder / 'results.json').read_text())
  results = evaluate.evaluate(config, folder, splits, into='') | {'cost': cost}
  if main:
    tracking.write_json(folder / 'results.json', results)
  parallel.barrier('results')
  return results


def _load_in_turn(section: Mapping) -> data.Splits:
  """The data; with several processes the main one prepares them first, the others read what it prepared."""
  if parallel.is_main():
    splits = data.load(section)
  parallel.barrier('data')
  return splits if parallel.is_main() else data.load(section)
