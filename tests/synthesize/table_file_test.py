"""The file of a fitted synthesizer: everything comes back as it was."""

import jax
import numpy as np
import pandas as pd
import pytest

from jaxaug.synthesize.constraints import Inequality, Range, Sum
from jaxaug.synthesize.copula import fit_copula
from jaxaug.synthesize.table_codec import table_codec
from jaxaug.synthesize.table_columns import learn_columns, to_matrix
from jaxaug.synthesize.table_file import read_table_model, write_table_model
from jaxaug.synthesize.table_models import Neural
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def frame():
  random = np.random.default_rng(0)
  data = {'x': random.normal(size=50), 'k': random.choice(['a', None], 50), 'w': pd.Categorical(random.choice([1, 2], 50))}
  return pd.DataFrame(data).assign(gap=np.where(random.random(50) < 0.3, np.nan, 1.5))


@pytest.mark.parametrize('by', [-1, 1])
def test_a_copula_comes_back(frame, by, tmp_path):
  columns = learn_columns(frame)
  copula = fit_copula(columns, to_matrix(columns, frame), by)
  constraints = Range('x', -9), Inequality('x', 'gap', True), Sum(('x', 'gap'), 'w')
  write_table_model(tmp_path / 'a.npz', {'constraints': constraints, 'seed': 3}, columns, copula, {'calls': 2})
  settings, again, learnt, about = read_table_model(tmp_path / 'a.npz')
  assert settings == {'constraints': constraints, 'seed': 3} and again == columns and about == {'calls': 2}
  jax.tree.map(np.testing.assert_array_equal, learnt, copula)
  assert sorted(path.name for path in tmp_path.iterdir()) == ['a.npz']


def test_a_network_comes_back(frame, tmp_path):
  learnt = table_codec().fit(frame)
  variables = {'params': {'Dense_0': {'kernel': np.arange(6.0).reshape(2, 3)}}, 'batch_stats': {}}
  neural = Neural('tvae', learnt, np.array([3, 4]), variables, {'widths': (8, 8)})
  write_table_model(tmp_path / 'a.npz', {'constraints': ()}, learnt.columns, neural, {})
  _, _, again, _ = read_table_model(tmp_path / 'a.npz')
  assert again.name == 'tvae' and again.settings == {'widths': (8, 8)} and again.learnt.layout == learnt.layout
  jax.tree.map(np.testing.assert_array_equal, (again.variables, again.counts), (variables, neural.counts))
  for at, curve in learnt.curves.items():
    np.testing.assert_array_equal(again.learnt.curves[at], curve)


def test_another_file_is_refused(tmp_path):
  np.savez(tmp_path / 'a.npz', x=np.zeros(3))
  with pytest.raises(InputError, match='is no file of TabularSynthesizer.save'):
    read_table_model(tmp_path / 'a.npz')
