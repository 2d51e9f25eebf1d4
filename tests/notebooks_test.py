"""Notebooks: both halves of a pair say the same, and every cell runs."""

import pathlib

import pytest

jupytext = pytest.importorskip('jupytext')
nbclient = pytest.importorskip('nbclient')

NOTEBOOKS = sorted((pathlib.Path(__file__).parent.parent / 'notebooks').glob('*.ipynb'))


def test_there_is_a_pair_of_each():
  assert [p.stem for p in NOTEBOOKS] == sorted(p.stem for p in NOTEBOOKS[0].parent.glob('*.py'))


@pytest.mark.parametrize('path', NOTEBOOKS, ids=lambda p: p.stem)
def test_the_pair_says_the_same_and_was_run_in_order(path):
  notebook, script = jupytext.read(path), jupytext.read(path.with_suffix('.py'))
  cells = lambda book: [(cell.cell_type, cell.source) for cell in book.cells]
  assert cells(notebook) == cells(script)
  code = [cell for cell in notebook.cells if cell.cell_type == 'code']
  assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
  assert sum(output.output_type == 'display_data' for cell in code for output in cell.outputs) >= 3
  assert not any(output.output_type == 'error' for cell in code for output in cell.outputs)


@pytest.mark.parametrize('path', NOTEBOOKS, ids=lambda p: p.stem)
def test_every_cell_runs(path, monkeypatch, environment):
  monkeypatch.setenv('JAXAUG_SMOKE', '1')
  monkeypatch.setenv('XLA_FLAGS', environment['XLA_FLAGS'])
  notebook = jupytext.read(path.with_suffix('.py'))
  nbclient.NotebookClient(
    notebook, timeout=300, kernel_name='python3', resources={'metadata': {'path': path.parent}}
  ).execute()
