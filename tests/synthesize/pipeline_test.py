"""The whole pipeline in small: it answers, repeats, goes on where it was, and refuses to conclude from nothing."""

import json

import numpy as np
import pytest

from jaxaug import synthesize
from jaxaug.synthesize.artifacts import Artifacts
from jaxaug.synthesize.pipeline import split_of
from jaxaug.synthesize.settings import pipeline_settings
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def run(tmp_path_factory, config):
  folder = tmp_path_factory.mktemp('run')
  return folder, synthesize.verdict(config(), folder)


def test_it_answers(run):
  folder, results = run
  (row,) = results['rows']
  assert list(row['arms']) == ['real only', 'class weights', 'smote', 'synthetic', 'synthetic ungated']
  assert results['says'] in ('helps', 'does not help', 'hurts', 'no conclusion') and results['real'] == [8, 8, 3]
  assert results['counts'] == {'20.8%': [0, 0, 5]} and results['gate']['drawn'] >= 2 * 15
  assert json.loads((folder / 'verdict.json').read_text())['says'] == results['says']
  text = synthesize.verdict_table(results)
  assert (
    'recall of class_2, %, 2 seeds' in text
    and '| synthetic ungated |' in text
    and f'Synthetic rows: {results["says"]}' in text
  )


def test_a_second_call_reads_what_is_there(run, capsys, config):
  folder, results = run
  capsys.readouterr()
  assert synthesize.verdict(config(), folder)['rows'] == results['rows']
  assert '...' not in capsys.readouterr().out


def test_another_config_is_another_workdir(run, config):
  with pytest.raises(InputError, match='another config, which differs in fit.steps'):
    synthesize.verdict(config(fit=dict(steps=41, batch_size=16)), run[0])


def test_stored_rows_can_be_drawn_again_to_the_same_bytes(run):
  from jaxaug import data

  store = data.read_store(run[0] / 'store.parquet')
  assert len(store.rows) == run[1]['gate']['drawn'] and store.provenance['accepted'].sum() == run[1]['gate']['accepted']
  assert set(store.provenance['label']) == {'class_2'} and set(store.provenance['seed']) == {0, 1}
  numbers = [3, 0, len(store.rows) - 1]
  assert synthesize.recreate(run[0], numbers).tobytes() == store.rows[numbers].tobytes()
  with pytest.raises(InputError, match='the store has'):
    synthesize.recreate(run[0], [len(store.rows)])


def test_a_damaged_artifact_is_told(run, tmp_path, config):
  import shutil

  shutil.copytree(run[0], tmp_path / 'copy')
  (path,) = (tmp_path / 'copy' / 'artifacts').glob('fit-*.npz')
  stored = dict(np.load(path))
  name = next(name for name in stored if 'kernel' in name)
  np.savez(path, **{**stored, name: stored[name] + 1})
  with pytest.raises(InputError, match='its hash differs'):
    synthesize.verdict(config(), tmp_path / 'copy')


def test_a_gate_that_passes_everything_or_nothing_concludes_nothing(run, tmp_path, config):
  import shutil

  for name, gate, because in (
    ('everything', dict(refused=0.0, near=0.0, outside=1e9, rough=0.0), 'the gate passed everything'),
    ('nothing', dict(outside=-10.0, outside_share=0.0, attempts=1), 'the gate passed nothing'),
  ):
    shutil.copytree(run[0], tmp_path / name)
    (tmp_path / name / 'config.json').unlink()
    results = synthesize.verdict(config(gate=gate), tmp_path / name)
    assert results['says'] == 'no conclusion' and because in results['because'][0]
    assert 'because' in synthesize.verdict_table(results)


def test_a_collapsed_generator_concludes_nothing(run, tmp_path, config):
  settings = config(detectors=dict(collapsed_spread=1e6), fit=dict(steps=4, batch_size=16))
  results = synthesize.verdict(settings, tmp_path)
  assert results['says'] == 'no conclusion'
  assert results['because'][0] == 'the generator of seeds [0, 1] collapsed: its draws are all alike, or of few classes'
  assert any('never got going' in line for line in results['warnings'])
  assert f'Training gave {len(results["warnings"])} warnings' in synthesize.verdict_table(results)


def test_a_review_is_waited_for_and_followed(run, tmp_path, config):
  import shutil

  shutil.copytree(run[0], tmp_path / 'run')
  (tmp_path / 'run' / 'config.json').unlink()
  asked = config(review=dict(required=True))
  with pytest.raises(synthesize.ReviewNeeded, match='review.required: open'):
    synthesize.verdict(asked, tmp_path / 'run')
  sheet = np.load(tmp_path / 'run' / 'review.npz')
  lines = [f'{s},{row},{"reject" if n == 0 else "accept"}' for n, (s, row) in enumerate(zip(sheet['seed'], sheet['row']))]
  (tmp_path / 'run' / 'review.csv').write_text('\n'.join(['seed,row,decision', *lines]))
  results = synthesize.verdict(asked, tmp_path / 'run')
  assert results['gate']['review'] == 1 and results['gate']['accepted'] == run[1]['gate']['accepted'] - 1


def test_data_that_change_under_their_name_are_split_anew(tmp_path, config):
  made, path = Artifacts(tmp_path / 'artifacts'), tmp_path / 'some.npz'
  given = pipeline_settings(config(data=dict(source=f'npz:{path}', test=0.5, validation=0.0), mix=dict(targets={})))
  image, label = np.random.default_rng(0).integers(0, 256, (900, 4, 4, 1), np.uint8), np.arange(900) % 2
  np.savez(path, image=image, label=label)
  first = split_of(made, given)
  assert split_of(made, given).digest == first.digest
  image[501, 2, 2] ^= 1  # one bit of one image
  np.savez(path, image=image, label=label)
  assert split_of(made, given).digest != first.digest
