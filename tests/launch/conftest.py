"""The quickstart, made small, as real processes."""

import os
import subprocess
import sys

import jax
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
  '--config.model.widths=(4, 4, 8, 8)',
  '--config.model.hidden=16',
  '--noreport',
)


class Quickstart:
  """Starts it and reads what it left."""

  def __init__(self, root):
    self.root = root

  def environment(self, devices):
    env = {k: v for k, v in os.environ.items() if k != 'XLA_FLAGS'}
    return {**env, 'JAX_PLATFORMS': 'cpu', 'JAX_NUM_CPU_DEVICES': str(devices)}

  def command(self, workdir, *flags, processes=0, devices=1):
    config = f'--config={self.root}/configs/quickstart.py'
    train = [sys.executable, f'{self.root}/launch/train.py', config, f'--workdir={workdir}', *SMALL, *flags]
    local = [
      sys.executable,
      f'{self.root}/launch/local.py',
      f'--processes={processes}',
      f'--cpu_devices={devices}',
      '--timeout=300',
    ]
    return [*local, '--', *train] if processes else train

  def start(self, workdir, *flags, devices=2, processes=0):
    return subprocess.Popen(
      self.command(workdir, *flags, processes=processes, devices=devices),
      env=self.environment(devices),
      cwd=self.root,
      text=True,
      stdout=subprocess.PIPE,
      stderr=subprocess.DEVNULL,
    )

  def run(self, workdir, *flags, devices=2, processes=0):
    """Runs to the end and returns what it printed."""
    command = self.command(workdir, *flags, processes=processes, devices=devices)
    done = subprocess.run(command, env=self.environment(devices), cwd=self.root, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout

  def weights(self, workdir, arm):
    """The variables after the last step."""
    with Checkpoints(workdir / 'checkpoints' / arm) as stored:
      found = stored.last(
        {'variables': evaluate.blank_variables(models.create('cnn', 10, widths=(4, 4, 8, 8), hidden=16), (8, 8, 1))}
      )
    assert found.step == 40
    return jax.device_get(found.items['variables'])


@pytest.fixture
def quickstart(root):
  return Quickstart(root)
