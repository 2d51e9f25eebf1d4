"""Several real processes, joined by jax.distributed, are one run."""

import json
import signal
import subprocess
import sys

import jax
import numpy as np


def test_two_processes_of_two_devices_train_what_one_of_four_does(quickstart, tmp_path):
  quickstart.run(tmp_path / 'one', devices=4)
  told = quickstart.run(tmp_path / 'two', devices=2, processes=2)
  assert told.count('plain  step 40/40  validation') == 1  # one of them speaks
  close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5)  # sums over devices are taken in another order
  for arm in ('plain', 'adversarial'):
    jax.tree.map(close, quickstart.weights(tmp_path / 'one', arm), quickstart.weights(tmp_path / 'two', arm))
  one, two = (json.loads((tmp_path / name / 'results.json').read_text())['arms'] for name in ('one', 'two'))
  for arm in one:
    assert abs(one[arm]['robust']['accuracy']['value'] - two[arm]['robust']['accuracy']['value']) < 0.01


def test_sigterm_stops_both_processes_at_one_step_with_a_checkpoint(quickstart, tmp_path):
  process = quickstart.start(
    tmp_path, '--config.train.steps=4000', '--config.train.evaluate_every=4000', devices=1, processes=2
  )
  while 'step 8/' not in process.stdout.readline():
    assert process.poll() is None
  process.send_signal(signal.SIGTERM)
  told = process.stdout.read()
  assert process.wait() == 143, told[-2000:]
  (step,) = {int(line.split('at step ')[1].split(',')[0]) for line in told.splitlines() if 'stopped by SIGTERM' in line}
  assert [p.name for p in (tmp_path / 'checkpoints' / 'adversarial').iterdir()] == [str(step)]


def test_one_process_that_fails_ends_the_others(root):
  script = 'import os, time; i = os.environ["JAXAUG_PROCESS_ID"]; time.sleep(0 if i == "1" else 60); raise SystemExit(7)'
  command = [sys.executable, str(root / 'launch' / 'local.py'), '--', sys.executable, '-c', script]
  done = subprocess.run(command, capture_output=True, text=True, timeout=50)
  assert done.returncode == 7 and 'process 1 ended with 7' in done.stderr
