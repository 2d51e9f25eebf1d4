"""Several runs as one table."""

import json

import numpy as np
import pytest

from jaxaug import evaluate, metrics
from jaxaug.types import InputError

LABEL = np.eye(3, dtype=np.float32)[np.arange(30) % 3]


def run(folder, arms, first_id=0):
  """Writes what `compare_seeds` reads of a run; arms {name: which of the 30 examples are right}."""
  ids = np.arange(30) + first_id
  folder.mkdir()
  for name, right in arms.items():
    logits = np.where(right[:, None], LABEL, np.roll(LABEL, 1, 1))
    np.savez(folder / f'predictions-{name}.npz', logits=logits, label=LABEL, id=ids, corrupted_right=right[:10] * 0.5)
  held = {name: {'clean': {'ece': 0.1}} for name in arms}
  (folder / 'results.json').write_text(json.dumps({'arms': held, 'data': {'name': 'made'}}))
  return folder


def test_means_and_paired_differences(tmp_path):
  random = np.random.default_rng(0)
  right = random.random((3, 2, 30)) < 0.6
  folders = [run(tmp_path / str(s), {'plain': right[s, 0], 'other': right[s, 1]}) for s in range(3)]
  found = evaluate.compare_seeds(folders)
  assert found['seeds'] == 3 and found['baseline'] == 'plain' and list(found['differences']) == ['other']
  assert found['arms']['plain']['clean'] == metrics.over_seeds(right[:, 0].astype(float))._asdict()
  difference = right[:, 1].astype(float) - right[:, 0]
  assert found['differences']['other']['clean'] == metrics.over_seeds(difference)._asdict()
  assert found['arms']['other']['corrupted']['value'] == pytest.approx(right[:, 1, :10].mean() / 2)
  assert found['arms']['other']['ece'] == pytest.approx({'value': 0.1, 'low': 0.1, 'high': 0.1})
  assert evaluate.compare_seeds(folders, 'other')['differences']['plain']['clean']['value'] == pytest.approx(
    -difference.mean()
  )
  lines = evaluate.seeds_table(found).splitlines()
  assert len(lines) == 4 and all(line.count('|') == 8 for line in lines)
  assert f'{100 * right[:, 0].mean():.1f} [' in lines[2] and f'{100 * difference.mean():+.1f} [' in lines[3]


def test_other_test_examples_are_not_paired_one_by_one(tmp_path):
  right = np.random.default_rng(0).random((3, 2, 30)) < 0.6
  folders = [run(tmp_path / str(s), {'plain': right[s, 0], 'other': right[s, 1]}, 100 * s) for s in range(3)]
  found = evaluate.compare_seeds(folders)
  assert not found['same_examples']
  assert found['arms']['plain']['clean'] == pytest.approx(
    metrics.over_seeds(right[:, 0].astype(float), shared=False)._asdict()
  )
  difference = right[:, 1].astype(float) - right[:, 0]
  assert found['differences']['other']['clean'] == pytest.approx(metrics.over_seeds(difference, shared=False)._asdict())


def test_arms_that_one_seed_tested_on_other_examples_are_not_compared(tmp_path):
  right = np.ones(30, bool)
  for job, name in enumerate(('plain', 'other')):
    (tmp_path / name).mkdir()
    for seed in range(2):
      run(tmp_path / name / f'seed-{seed}', {name: right}, 1000 * job + 30 * seed)
  with pytest.raises(InputError, match="'other' was tested on other examples"):
    evaluate.compare_workdirs([tmp_path / 'plain', tmp_path / 'other'])


def test_runs_that_do_not_fit_are_refused(tmp_path):
  right = np.ones(30, bool)
  one, other = run(tmp_path / 'a', {'plain': right}), run(tmp_path / 'b', {'other': right})
  with pytest.raises(InputError, match='different arms'):
    evaluate.compare_seeds([one, other])
  with pytest.raises(InputError, match='no finished run'):
    evaluate.compare_seeds([one, tmp_path / 'c'])
  with pytest.raises(InputError, match='at least two'):
    evaluate.compare_seeds([one])


def test_several_jobs_of_the_same_seeds_stand_side_by_side(tmp_path):
  right = np.random.default_rng(0).random((2, 2, 30)) < 0.6
  for job, name in enumerate(('plain', 'other')):
    (tmp_path / name).mkdir()
    for seed in range(2):
      run(tmp_path / name / f'seed-{seed}', {name: right[seed, job]})
  found = evaluate.compare_workdirs([tmp_path / 'plain', tmp_path / 'other'])
  assert found['baseline'] == 'plain' and found['seeds'] == 2
  difference = right[:, 1].astype(float) - right[:, 0]
  assert found['differences']['other']['clean'] == metrics.over_seeds(difference)._asdict()
  with pytest.raises(InputError, match="arm 'plain' is in another one"):
    evaluate.compare_workdirs([tmp_path / 'plain', tmp_path / 'plain'])
  run(tmp_path / 'other' / 'seed-2', {'other': right[0, 0]})
  with pytest.raises(InputError, match='has the seeds'):
    evaluate.compare_workdirs([tmp_path / 'plain', tmp_path / 'other'])


def test_intervals_of_shares_end_at_0_and_100(tmp_path):
  right = np.arange(30)[None] < np.array([12, 30, 30])[:, None]
  found = evaluate.compare_seeds([run(tmp_path / str(s), {'plain': right[s]}) for s in range(3)])['arms']['plain']['clean']
  assert metrics.over_seeds(right.astype(float)).high > 1 and found['high'] == 1 and 0 <= found['low'] < found['value'] < 1


def test_runs_under_another_attack_or_on_other_data_are_refused(tmp_path):
  right = np.ones(30, bool)
  folders = [run(tmp_path / name, {'plain': right}) for name in 'ab']
  results = json.loads((folders[1] / 'results.json').read_text())
  for changed in (
    results | {'data': {'name': 'other'}},
    results | {'arms': {'plain': {'clean': {'ece': 0.1}, 'robust': {'attack': 'PGD-20, Linf 0.03'}}}},
    results | {'arms': {'plain': {'clean': {'ece': 0.1}, 'certified': {'certificate': 'IBP, Linf 0.1'}}}},
    results | {'arms': {'plain': {'clean': {'ece': 0.1}, 'corrupted': {'error': {'frost': [0.1, 0.2]}}}}},
    results | {'arms': {'plain': {'clean': {'ece': 0.1}, 'corrupted': {'error': {}, 'severities': [4, 5]}}}},
  ):
    (folders[1] / 'results.json').write_text(json.dumps(changed))
    with pytest.raises(InputError, match='b: was measured as'):
      evaluate.compare_seeds(folders)
