"""The README's Python runs as it stands, and its launcher lines name files and fields that exist."""

import importlib
import pathlib
import re
import shlex
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / 'README.md').read_text()
BLOCKS = re.findall(r'```python\n(.*?)```', README, re.S)


def test_the_library_example_runs_and_is_ten_lines_or_so(capsys):
  block = BLOCKS[0]
  assert len([line for line in block.splitlines() if line.strip()]) <= 13
  names = {}
  exec(block, names)
  batch, splits = names['batch'], names['splits']
  assert batch['image'].shape == (64, 8, 8, 1) and 0 <= batch['image'].min() and batch['image'].max() <= 1
  assert (batch['label'].sum(-1) > 0.999).all() and (batch['label'].max(-1) < 1).any() and len(splits.test['id']) == 359
  assert '[' in capsys.readouterr().out


def test_any_model_is_judged(capsys, monkeypatch):
  pytest.importorskip('equinox')
  module = sys.modules.get('jaxaug.attacks.autoattack') or importlib.import_module('jaxaug.attacks.autoattack')
  stages = module._stages
  monkeypatch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], []))  # the others add time only
  names = {}
  exec(BLOCKS[2], names)
  clean, robust, attacked, certain = (
    names['found'][m]['accuracy']['value'] for m in ('clean', 'robust', 'autoattack', 'certified')
  )
  assert 1 >= clean >= robust >= attacked >= certain >= 0 and 'autoattack' in capsys.readouterr().out


def test_the_policies_example_runs(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  assert len(BLOCKS) == 3
  exec(BLOCKS[1], {})
  assert (tmp_path / 'policy.json').is_file()


def test_commands_name_what_exists():
  for line in re.findall(r'^python launch/.*$', README, re.M):
    words = shlex.split(line, comments=True)
    for word in words:
      path = word.removeprefix('--config=')
      if path.endswith('.py'):
        assert (ROOT / path).is_file(), path
  assert (ROOT / 'docs' / 'quickstart.png').is_file()
