"""Real processes: killed at a random step and resumed; two of them against one; one clear line on bad input."""

import json
import os
import random
import signal
import subprocess
import sys

import jax
import numpy as np
import pytest

from jaxaug import evaluate, models
from jaxaug.checkpoint import Checkpoints

SMALL = (
  '--config.train.steps=40',
  '--config.train.batch_size=64',
  '--config.train.log_every=4',
  '--config.train.evaluate_every=12',
  '--config.augment.adversarial.steps=2',
  '--config.evaluate.attack.steps=3',
  '--config.evaluate.epsilons=()',
  '--noreport',
)


def command(root, workdir, *flags, launcher='train.py'):
  return [
    sys.executable,
    str(root / 'launch' / launcher),
    f'--config={root}/configs/quickstart.py',
    f'--workdir={workdir}',
    *flags,
  ]


def environment(devices):
  env = {k: v for k, v in os.environ.items() if k not in ('XLA_FLAGS',)}
  return {**env, 'JAX_PLATFORMS': 'cpu', 'JAX_NUM_CPU_DEVICES': str(devices)}


def run(root, *args, devices=2, **keywords):
  done = subprocess.run(
    command(root, *args, **keywords), env=environment(devices), cwd=root, capture_output=True, text=True, timeout=400
  )
  return done.returncode, done.stdout, done.stderr


def end(folder, arm):
  """The weights after the last step."""
  network = models.create('cnn', 10)
  with Checkpoints(folder / 'checkpoints' / arm) as stored:
    found = stored.last({'variables': evaluate.blank_variables(network, (8, 8, 1))})
  assert found.step == 40
  return jax.device_get(found.items['variables'])


@pytest.mark.parametrize('devices', (1, 2))
def test_sigkill_at_a_random_step_and_resume_is_bit_identical(root, tmp_path, devices):
  code, _, error = run(root, tmp_path / 'whole', *SMALL, devices=devices)
  assert code == 0, error
  lines_before_kill = random.randrange(3, 22)
  process = subprocess.Popen(
    command(root, tmp_path / 'killed', *SMALL),
    env=environment(devices),
    cwd=root,
    text=True,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
  )
  for _ in range(lines_before_kill):
    process.stdout.readline()
  process.send_signal(signal.SIGKILL)
  assert process.wait() == -signal.SIGKILL, f'it ended before line {lines_before_kill}'
  code, _, error = run(root, tmp_path / 'killed', *SMALL, devices=devices)
  assert code == 0, error
  whole, killed = tmp_path / 'whole', tmp_path / 'killed'
  assert (whole / 'metrics.jsonl').read_text() == (killed / 'metrics.jsonl').read_text(), (
    f'killed after line {lines_before_kill}'
  )
  for arm in ('plain', 'adversarial'):
    jax.tree.map(np.testing.assert_array_equal, end(whole, arm), end(killed, arm))
  results = [json.loads((f / 'results.json').read_text()) for f in (whole, killed)]
  assert results[0]['arms'] == results[1]['arms'] and results[0]['comparisons'] == results[1]['comparisons']


def test_two_processes_of_two_devices_train_what_one_of_four_does(root, tmp_path):
  code, _, error = run(root, tmp_path / 'one', *SMALL, devices=4)
  assert code == 0, error
  two = [sys.executable, str(root / 'launch' / 'local.py'), '--processes=2', '--cpu_devices=2', '--timeout=300', '--']
  done = subprocess.run(
    [*two, *command(root, tmp_path / 'two', *SMALL)], env=environment(2), cwd=root, capture_output=True, text=True
  )
  assert done.returncode == 0, done.stderr[-3000:]
  assert done.stdout.count('plain  step 40/40  validation') == 1  # one of them speaks
  for arm in ('plain', 'adversarial'):
    jax.tree.map(
      lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5),
      end(tmp_path / 'one', arm),
      end(tmp_path / 'two', arm),
    )
  one, two = (json.loads((tmp_path / name / 'results.json').read_text())['arms'] for name in ('one', 'two'))
  for arm in one:
    assert abs(one[arm]['robust']['accuracy']['value'] - two[arm]['robust']['accuracy']['value']) < 0.01


def test_sigterm_stops_both_processes_at_one_step_with_a_checkpoint(root, tmp_path):
  two = [sys.executable, str(root / 'launch' / 'local.py'), '--processes=2', '--cpu_devices=1', '--timeout=200', '--']
  flags = (*SMALL, '--config.train.steps=4000', '--config.train.evaluate_every=4000')
  process = subprocess.Popen(
    [*two, *command(root, tmp_path / 'two', *flags)],
    env=environment(1),
    cwd=root,
    text=True,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
  )
  while 'step 8/' not in process.stdout.readline():
    assert process.poll() is None
  process.send_signal(signal.SIGTERM)
  told = process.stdout.read()
  assert process.wait() == 143, told[-2000:]
  (step,) = {int(line.split('at step ')[1].split(',')[0]) for line in told.splitlines() if 'stopped by SIGTERM' in line}
  assert [p.name for p in (tmp_path / 'two' / 'checkpoints' / 'adversarial').iterdir()] == [str(step)]


def test_one_process_that_fails_ends_the_others(root, tmp_path):
  script = 'import os, time; i = os.environ["JAXAUG_PROCESS_ID"]; time.sleep(0 if i == "1" else 60); raise SystemExit(7)'
  done = subprocess.run(
    [sys.executable, str(root / 'launch' / 'local.py'), '--', sys.executable, '-c', script],
    capture_output=True,
    text=True,
    timeout=50,
  )
  assert done.returncode == 7 and 'process 1 ended with 7' in done.stderr
