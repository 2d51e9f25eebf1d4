"""The README's Python runs as it stands, and its commands name files, modules and fields that exist."""

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
  exec(BLOCKS[1], {})
  assert (tmp_path / 'policy.json').is_file()


def test_the_generator_example_runs(capsys):
  assert len(BLOCKS) == 6
  names = {}
  exec(BLOCKS[3], names)
  assert names['eights'].shape == (5, 64) and 'precision' in capsys.readouterr().out


def test_the_table_example_runs(capsys):
  names = {}
  exec(BLOCKS[4], names)
  assert (names['rows'].target == 2).all() and len(names['rows']) == 200 and float(capsys.readouterr().out.split()[-1]) > 0.8


def test_the_search_example_runs(capsys):
  names = {}
  exec(BLOCKS[5], names)
  assert names['found'].cost.child_steps == 960 and len(names['found'].history) == 16
  assert 'Cost(child_steps=960' in capsys.readouterr().out


def commands():
  """Every `python launch/...` and `python -m ...` of the README, in a block or in a line."""
  lines = [line for block in re.findall(r'```(?:bash|sh)?\n(.*?)```', README, re.S) for line in block.splitlines()]
  inline = re.findall(r'`((?:[A-Z_]+=<[^>]*> )?python [^`]*)`', re.sub(r'```.*?```', '', README, flags=re.S))
  return [
    shlex.split(line, comments=True) for line in lines + inline if re.match(r'([A-Z_]+=<[^>]*> )?python (launch/|-m )', line)
  ]


def test_commands_name_files_modules_and_fields_that_exist():
  found = commands()
  assert len(found) > 20
  for words in found:
    if '-m' in words and words[words.index('-m') + 1].startswith('benchmarks'):
      assert (ROOT / (words[words.index('-m') + 1].replace('.', '/') + '.py')).is_file(), words
    config = None
    for word in words:
      path, _, argument = word.removeprefix('--config=').partition(':')
      if path.endswith('.py'):
        assert (ROOT / path).is_file(), path
        if word != path and path.startswith('configs/'):
          config = importlib.import_module(path.removesuffix('.py').replace('/', '.')).get_config(*filter(None, [argument]))
    for word in words:
      if word.startswith('--config.'):
        at = config
        for field in word.removeprefix('--config.').split('=')[0].split('.'):
          assert field in at, word
          at = at[field]
  assert (ROOT / 'docs' / 'quickstart.png').is_file()
