"""The launcher of transferred attacks: what it refuses, in one line."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
  'flags, words',
  (
    (('--checkpoints=runs/nowhere', '--workdir={}'), "--checkpoints: 'runs/nowhere' holds no run"),
    (('--checkpoints=runs/nowhere', '--workdir={}', '--attack=pgdd'), "--attack: 'pgdd' is unknown. Did you mean 'pgd'"),
    (('--workdir={}',), '--checkpoints'),
  ),
)
def test_it_says_what_is_wrong(root, tmp_path, flags, words):
  workdir = tmp_path / 'transfer'
  command = [sys.executable, str(root / 'launch' / 'transfer.py'), *(flag.format(workdir) for flag in flags)]
  done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
  told = [line for line in done.stderr.splitlines() if line.startswith('transfer.py: ')]
  assert done.returncode == 2 and len(told) == 1 and words in told[0], done.stderr
  assert 'Traceback' not in done.stderr and not workdir.exists()
