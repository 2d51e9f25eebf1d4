"""A stage is worked out once; what went into it decides its name; a damaged file is told."""

import jax
import numpy as np
import pytest

from jaxaug.synthesize.artifacts import Artifacts, by_path, digest_of, from_paths
from jaxaug.types import InputError


def test_work_is_done_once_and_again_when_anything_changes(tmp_path):
  made, done = Artifacts(tmp_path), []

  def make(stage='fit', settings=(('steps', 3),), inputs=(), value=1.0):
    def work():
      done.append(stage)
      return {'rows': np.full((2, 3), value, np.float32)}, {'seen': np.int64(4)}

    return made.make(stage, dict(settings), list(inputs), work)

  first = make()
  again = make(value=2.0)
  assert done == ['fit'] and again.digest == first.digest and again.about == {'seen': 4}
  np.testing.assert_array_equal(again.arrays['rows'], np.ones((2, 3), np.float32))
  make(settings=(('steps', 4),))
  make(stage='sample')
  below = make(stage='gate', inputs=[first])
  other = make(settings=(('steps', 5),), value=3.0)
  make(stage='gate', inputs=[other])
  assert (
    done == ['fit', 'fit', 'sample', 'gate', 'fit', 'gate'] and make(stage='gate', inputs=[first]).digest == below.digest
  )


def test_a_file_that_does_not_hold_what_was_written_is_refused(tmp_path):
  made = Artifacts(tmp_path)
  work = lambda: ({'rows': np.arange(4)}, {})
  made.make('split', {}, [], work)
  (path,) = tmp_path.glob('split-*.npz')
  stored = dict(np.load(path))
  np.savez(path, **{**stored, 'rows': stored['rows'] + 1})
  with pytest.raises(InputError, match='its hash differs'):
    made.make('split', {}, [], work)
  path.write_bytes(b'nothing')
  with pytest.raises(InputError, match='cannot be read'):
    made.make('split', {}, [], work)
  assert not list(tmp_path.glob('*.partial*'))


def test_the_digest_sees_names_types_and_shapes():
  a = np.arange(4, dtype=np.int32)
  found = {
    digest_of(*at)
    for at in (
      ({'a': a}, {}),
      ({'b': a}, {}),
      ({'a': a.reshape(2, 2)}, {}),
      ({'a': a.view(np.float32)}, {}),
      ({'a': a}, {'x': 1}),
    )
  }
  assert len(found) == 5 and digest_of({'a': a}, {}) == digest_of({'a': a.copy()}, {})


def test_a_tree_is_kept_by_its_paths():
  tree = {'layer': {'kernel': np.ones((2, 3), np.float32), 'bias': np.arange(3)}, 'scale': (np.float32(2), np.zeros(0))}
  held = by_path(tree)
  assert set(held) == {"['layer']['kernel']", "['layer']['bias']", "['scale'][0]", "['scale'][1]"}
  back = from_paths(jax.eval_shape(lambda: tree), held | {'codec/mean': np.zeros(1)})
  jax.tree.map(np.testing.assert_array_equal, back, tree)
