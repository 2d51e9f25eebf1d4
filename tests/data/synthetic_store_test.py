"""The store: there and back, readable by others, and not by its hash when something changed."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from jaxaug import data
from jaxaug.data.synthetic_store import PROVENANCE
from jaxaug.types import InputError


def made(shape=(2, 2, 1), rows=5):
  values = {name: np.arange(rows) for name in PROVENANCE}
  values |= {'label': np.array(['a'] * rows), 'confidence': np.linspace(0, 1, rows), 'accepted': np.arange(rows) > 1}
  values |= {'reason': np.array(['', 'off class', '', '', '']), 'nearest_distance': np.full(rows, 0.1)}
  return np.random.default_rng(0).random((rows, *shape)).astype(np.float32), values


@pytest.mark.parametrize('shape', ((2, 2, 1), (3, 2), (4,)))
def test_there_and_back(shape, tmp_path):
  rows, values = made(shape)
  data.write_store(tmp_path / 'a' / 'store.parquet', rows, values, {'generator': 'abc'})
  found = data.read_store(tmp_path / 'a' / 'store.parquet')
  np.testing.assert_array_equal(found.rows, rows)
  assert found.about == {'generator': 'abc'} and all((found.provenance[name] == values[name]).all() for name in PROVENANCE)
  frame = pd.read_parquet(tmp_path / 'a' / 'store.parquet')
  assert list(frame.columns) == [*PROVENANCE, 'values'] and frame['reason'][1] == 'off class'
  np.testing.assert_array_equal(np.stack(frame['values']).reshape(rows.shape), rows)


def test_what_is_not_what_was_written_is_refused(tmp_path):
  path = tmp_path / 'store.parquet'
  rows, values = made()
  data.write_store(path, rows, values, {})
  table = pq.read_table(path)
  frame = table.to_pandas()
  frame.loc[2, 'confidence'] = 0.9
  import pyarrow as pa

  changed = pa.Table.from_pandas(frame, schema=table.schema.remove_metadata(), preserve_index=False)
  pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
  with pytest.raises(InputError, match='its hash differs'):
    data.read_store(path)
  path.write_bytes(b'PAR1')
  with pytest.raises(InputError, match='is no file of'):
    data.read_store(path)
  with pytest.raises(InputError, match='is no file of'):
    data.read_store(tmp_path / 'none.parquet')


def test_provenance_must_be_whole(tmp_path):
  rows, values = made()
  with pytest.raises(InputError, match='needs the columns label, seed'):
    data.write_store(tmp_path / 'x', rows, {name: values[name] for name in PROVENANCE[1:]}, {})
  with pytest.raises(InputError, match='each of 4 entries'):
    data.write_store(tmp_path / 'x', rows[:4], values, {})
