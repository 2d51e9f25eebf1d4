"""The house: floors, file sizes, forbidden names, docstrings, the README's table."""

import ast
import inspect
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / 'jaxaug'
FLOORS = (
  ('types',),
  ('ops', 'models', 'attacks', 'certify', 'metrics', 'data', 'parallel', 'checkpoint', 'tracking'),
  ('augment',),
  ('evaluate',),
  ('train',),
  ('synthesize', 'search'),
  ('report',),
)
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
MODULES = sorted(PACKAGE.rglob('*.py'))


def imports(path):
  """(line, dotted name) of every import of a file, `from jaxaug import x` as jaxaug.x."""
  for node in ast.walk(ast.parse(path.read_text())):
    if isinstance(node, ast.Import):
      yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
      assert node.level == 0, f'{path}:{node.lineno}: relative import'
      yield node.lineno, node.module
      yield from ((node.lineno, f'{node.module}.{alias.name}') for alias in node.names)


def part_of(path):
  return path.relative_to(PACKAGE).with_suffix('').parts[0]


def test_every_part_has_a_floor():
  assert {part_of(p) for p in MODULES} - {'__init__'} == set(FLOOR)


@pytest.mark.parametrize('path', MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_come_from_floors_below(path):
  here = part_of(path)
  for line, name in imports(path):
    bits = name.split('.')
    if bits[0] == 'jaxaug' and len(bits) > 1 and bits[1] in FLOOR and bits[1] != here and here in FLOOR:
      assert FLOOR[bits[1]] < FLOOR[here], f'{path}:{line}: {here} imports {bits[1]}'
    assert bits[0] not in ('launch', 'configs', 'tests', 'benchmarks'), f'{path}:{line}'
    assert name != 'absl.flags', f'{path}:{line}: flags live in launch/'
    assert bits[0] != 'tensorflow_datasets' or here == 'data', f'{path}:{line}'


def test_ops_hold_no_randomness():
  for path in (PACKAGE / 'ops').glob('*.py'):
    tree = ast.parse(path.read_text())
    arguments = {argument.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for argument in node.args}
    named = {name for _, name in imports(path)} | {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert not arguments & {'key', 'rng', 'seed'}, path
    assert not any(re.search(r'\brandom\b', name) for name in named), path


def test_only_parallel_names_pmap_and_distributed():
  for path in MODULES:
    if path.name != 'parallel.py':
      assert not re.search(r'jax\.(pmap|distributed)\b', path.read_text()), path


def test_no_file_is_too_long_or_called_nothing():
  for path in [*MODULES, *(p for d in ('launch', 'configs', 'tests', 'benchmarks') for p in (ROOT / d).rglob('*.py'))]:
    lines = path.read_text().count('\n')
    assert lines <= 400, f'{path}: {lines} lines'
    assert path.name not in ('utils.py', 'common.py', 'helpers.py', 'base.py', 'misc.py'), path
  for path in (ROOT / 'launch').glob('*.py'):
    assert path.read_text().count('\n') <= 80, path
  assert (PACKAGE / 'train' / 'loop.py').read_text().count('\n') <= 250


def test_public_functions_say_what_they_take():
  for path in MODULES:
    if path.name == '__init__.py':
      continue
    for node in ast.parse(path.read_text()).body:
      if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith('_'):
        text = ast.get_docstring(node) or ''
        assert text, f'{path}: {node.name} has no docstring'
        if isinstance(node, ast.FunctionDef) and len(node.args.args + node.args.kwonlyargs) > 1:
          assert 'Args:' in text, f'{path}: {node.name} does not say what its arguments are'


def test_package_exports_exist():
  import importlib

  for path in PACKAGE.rglob('__init__.py'):
    name = '.'.join(path.relative_to(ROOT).parent.parts)
    module = importlib.import_module(name)
    for export in module.__all__:
      found = getattr(module, export)
      assert name == 'jaxaug' or not inspect.ismodule(found), f'{name}.{export} is the file of that name, not what is in it'


def test_configs_import_only_ml_collections():
  for path in (ROOT / 'configs').rglob('*.py'):
    assert {name.split('.')[0] for _, name in imports(path)} <= {'ml_collections'}, path


def test_every_module_has_its_test():
  untested = {'__init__.py'}
  for path in MODULES:
    if path.name in untested or part_of(path) in ('certify', 'search'):
      continue
    mirror = ROOT / 'tests' / path.relative_to(PACKAGE).with_name(path.stem + '_test.py')
    assert mirror.exists(), f'{path.relative_to(ROOT)} has no {mirror.relative_to(ROOT)}'


def test_paths_in_the_readme_exist():
  text = (ROOT / 'README.md').read_text()
  table = text[text.index('To change') :]
  paths = re.findall(r'`((?:jaxaug|configs|launch|tests|benchmarks|docs)/[\w/.\-]*|setup\.py|Makefile|\.ci/run)`', table)
  assert len(paths) > 12
  for path in paths:
    assert (ROOT / path).exists(), path
