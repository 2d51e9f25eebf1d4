"""Generated examples on disk: one Parquet file with the values, where each came from and what the gate said of it."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from jaxaug.types import UNREADABLE, InputError

PROVENANCE = ('label', 'seed', 'attempt', 'draw', 'confidence', 'nearest_id', 'nearest_distance', 'accepted', 'reason')
"""Class; number of the generator, of the attempt and of the draw in it, which are the path of the key; the auxiliary classifier's probability
of the class; id of the nearest training row and the distance to it; whether it may be trained on, and what spoke against it."""
_KEY = b'jaxaug'


class Store(NamedTuple):
  """What the file holds."""

  rows: np.ndarray  # [N, ...] float32
  provenance: Mapping[str, np.ndarray]  # PROVENANCE, each [N]
  about: Mapping[str, Any]  # plain values: `generator` (SHA-256 of its weights), and what made it
  sha256: str = ''  # of rows and provenance


def write_store(
  path: str | os.PathLike, rows: np.ndarray, provenance: Mapping[str, np.ndarray], about: Mapping[str, Any]
) -> None:
  """Writes the file, at once or not at all; pandas and every other reader of Parquet can open it.

  Args:
    path: of the .parquet file.
    rows: [N, ...] float32.
    provenance: the columns of PROVENANCE, each [N].
    about: plain values.

  Raises:
    InputError: columns that are missing, too many or of another length.
  """
  import pyarrow as pa
  import pyarrow.parquet as pq

  rows = np.asarray(rows, np.float32)
  if set(provenance) != set(PROVENANCE) or any(len(values) != len(rows) for values in provenance.values()):
    raise InputError(f'store {path}: needs the columns {", ".join(PROVENANCE)}, each of {len(rows)} entries')
  columns = {name: pa.array(np.asarray(provenance[name]).tolist()) for name in PROVENANCE}
  flat = pa.array(rows.reshape(-1))
  columns['values'] = pa.FixedSizeListArray.from_arrays(flat, max(int(np.prod(rows.shape[1:])), 1))
  held = {'shape': rows.shape[1:], 'sha256': _digest(rows, provenance), 'about': about}
  table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(held)})
  partial = pathlib.Path(f'{path}.{os.getpid()}.partial')
  partial.parent.mkdir(parents=True, exist_ok=True)
  pq.write_table(table, partial)
  os.replace(partial, path)


def read_store(path: str | os.PathLike) -> Store:
  """Reads what `write_store` wrote.

  Args:
    path: of the file.

  Returns:
    Store.

  Raises:
    InputError: no such file, one that is something else, or whose content is not what was written.
  """
  import pyarrow.parquet as pq

  try:
    table = pq.read_table(path)
    held = json.loads(table.schema.metadata[_KEY])
    provenance = {name: np.asarray(table[name].to_pylist()) for name in PROVENANCE}
    flat = table['values'].combine_chunks().flatten().to_numpy()
    rows = flat.reshape(table.num_rows, *held['shape'])
  except (*UNREADABLE, AttributeError) as error:
    raise InputError(f'store {path}: is no file of jaxaug.data.write_store ({error})') from error
  if _digest(rows, provenance) != held['sha256']:
    raise InputError(f'store {path}: does not hold what was written (its hash differs)')
  return Store(rows, provenance, held['about'], held['sha256'])


def _digest(rows: np.ndarray, provenance: Mapping[str, np.ndarray]) -> str:
  found = hashlib.sha256(np.ascontiguousarray(rows, np.float32).tobytes())
  for name in PROVENANCE:
    found.update(json.dumps(np.asarray(provenance[name]).tolist()).encode())
  return found.hexdigest()
