"""Bad input at the command line: one line, exit code 2, nothing written."""

import subprocess
import sys

import pytest


def run(root, launcher, *flags):
  done = subprocess.run(
    [sys.executable, str(root / 'launch' / launcher), *flags], cwd=root, capture_output=True, text=True, timeout=120
  )
  return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
  'flags, words',
  (
    (('--config.train.stepz=3',), 'Did you mean "steps"'),
    (('--config.train.steps=many',), '--config.train.steps=many'),
    (('--config.data.source=digitz',), "'digitz' is no source"),
    (('--config.model.name=cnnn',), "Did you mean 'cnn'"),
    (('--config.data.source=npz:missing.npz',), 'no file missing.npz'),
    (('extra',), "unknown argument 'extra'"),
  ),
)
def test_train_says_what_is_wrong(root, tmp_path, flags, words):
  workdir = tmp_path / 'run'
  code, _, error = run(root, 'train.py', f'--config={root}/configs/quickstart.py', f'--workdir={workdir}', *flags)
  told = [line for line in error.splitlines() if line.startswith('train.py: ')]
  assert code == 2 and len(told) == 1 and words in told[0], error
  assert 'Traceback' not in error and not workdir.exists()


def test_a_missing_config_or_workdir_is_named(root, tmp_path):
  code, _, error = run(root, 'train.py', '--config=configs/nope.py', f'--workdir={tmp_path / "run"}')
  assert code == 2 and 'configs/nope.py' in error and 'Traceback' not in error
  code, _, error = run(root, 'train.py', f'--config={root}/configs/quickstart.py')
  assert code == 2 and 'workdir' in error
  for launcher in ('report.py', 'evaluate.py'):
    flags = [] if launcher == 'report.py' else [f'--config={root}/configs/quickstart.py']
    code, _, error = run(root, launcher, f'--workdir={tmp_path}', *flags)
    assert code == 2 and 'holds no' in error


def test_help_lists_the_flags(root):
  code, out, _ = run(root, 'train.py', '--help')
  assert code in (0, 1) and '--workdir' in out and '--config' in out and '--[no]report' in out
