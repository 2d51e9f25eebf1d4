"""What is saved comes back; what is broken is passed over, aloud."""

import jax
import numpy as np
import pytest

from jaxaug import parallel
from jaxaug.checkpoint import Checkpoints
from jaxaug.types import InputError


def tree(value):
  return parallel.replicate({'w': np.full(5000, value, np.float32), 'key': jax.random.key(int(value)), 'none': ()})


def save(folder, scores):
  with Checkpoints(folder) as c:
    for step, score in scores.items():
      c.save(step, tree(step), {'w': tree(step)['w']}, {'pending': [{'loss': 0.1}]}, score)
      c.wait()


def truncate(folder, step):
  for file in (folder / str(step)).rglob('*'):
    if file.is_file() and file.stat().st_size > 100:
      file.write_bytes(file.read_bytes()[:50])


def test_the_last_two_and_the_best_are_kept(tmp_path):
  save(tmp_path, {1: 0.2, 2: 0.9, 3: 0.5, 4: 0.6, 5: None})
  assert sorted(int(p.name) for p in tmp_path.iterdir()) == [2, 4, 5]
  with Checkpoints(tmp_path) as c:
    last, best = c.last({'state': tree(0)}), c.best({'variables': {'w': tree(0)['w']}})
  assert (
    last.step == 5 and (np.asarray(last.items['state']['w']) == 5).all() and last.progress == {'pending': [{'loss': 0.1}]}
  )
  assert (jax.random.key_data(last.items['state']['key']) == jax.random.key_data(jax.random.key(5))).all()
  assert best.step == 2 and (np.asarray(best.items['variables']['w']) == 2).all() and not best.skipped


def test_a_truncated_checkpoint_gives_way_to_the_one_before(tmp_path):
  save(tmp_path, {1: 0.2, 2: 0.3})
  truncate(tmp_path, 2)
  with Checkpoints(tmp_path) as c:
    assert c.best({'variables': {'w': tree(0)['w']}}).step == 1
    found = c.last({'state': tree(0)})
  assert found.step == 1 and (np.asarray(found.items['state']['w']) == 1).all()
  assert len(found.skipped) == 1 and 'checkpoint 2' in found.skipped[0]
  save(tmp_path, {2: 0.4})  # and its place is free again
  with Checkpoints(tmp_path) as c:
    assert c.last({'state': tree(0)}).step == 2


def test_nothing_readable_is_an_error_not_a_fresh_start(tmp_path):
  save(tmp_path, {1: 0.2})
  truncate(tmp_path, 1)
  with Checkpoints(tmp_path) as c, pytest.raises(InputError, match='checkpoint 1 .* cannot be read'):
    c.last({'state': tree(0)})
  assert (tmp_path / '1').exists()


def test_an_empty_folder_holds_none(tmp_path):
  with Checkpoints(tmp_path / 'new') as c:
    assert c.last({'state': tree(0)}) is None and c.best({'state': tree(0)}) is None
