"""The quickstart, made small, as real processes."""

import subprocess
import sys

import jax
import pytest

from jaxaug import evaluate, models
from jaxaug.checkpoint import Checkpoints


class Quickstart:
  """Starts it and reads what it left."""

  def __init__(self, root, environment):
    self.root, self.shared = root, environment

  def environment(self, devices):
    return {**self.shared, 'JAX_PLATFORMS': 'cpu', 'JAX_NUM_CPU_DEVICES': str(devices)}

  def command(self, workdir, *flags, processes=0, devices=1):
    config = f'--config={self.root}/tests/launch/tiny.py'
    train = [sys.executable, f'{self.root}/launch/train.py', config, f'--workdir={workdir}', '--noreport', *flags]
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
      found = stored.last({'variables': evaluate.blank_variables(models.create('mlp', 10, hidden=(16,)), (8, 8, 1))})
    assert found.step == 40
    return jax.device_get(found.items['variables'])


@pytest.fixture
def quickstart(root, environment):
  return Quickstart(root, environment)
