"""A buffer of the hardest rows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError


def rows(ids):
  """Image and label that say which example they are."""
  ids = np.asarray(ids, np.int32)
  return {
    'id': ids,
    'image': np.broadcast_to(ids[:, None, None, None] / 100, (len(ids), 2, 2, 1)).astype(np.float32),
    'label': np.eye(3, dtype=np.float32)[ids % 3],
  }


def told(ids, **scores):
  batch = rows(ids)
  return {**batch, 'original': batch['image'], 'original_label': batch['label'], **scores}


def fed(adaptive, *batches):
  memory = adaptive.init(jax.random.key(0), rows([0]))
  for ids, loss in batches:
    memory = adaptive.update(memory, told(ids), jnp.asarray(loss, jnp.float32))
  return memory


def test_it_holds_the_highest_scores_with_their_rows():
  memory = fed(augment.hard_examples(capacity=3, decay=1.0), ([0, 1, 2, 3], [0.1, 0.9, 0.5, 0.2]), ([4, 5], [0.7, 0.05]))
  assert memory['id'].tolist() == [1, 4, 2] and np.allclose(memory['score'], [0.9, 0.7, 0.5])
  assert np.allclose(memory['image'][:, 0, 0, 0], [0.01, 0.04, 0.02]) and memory['label'].argmax(-1).tolist() == [1, 1, 2]


def test_a_row_that_comes_again_takes_its_new_score_and_is_held_once():
  memory = fed(augment.hard_examples(capacity=4, decay=1.0), ([0, 1], [0.9, 0.5]), ([0, 0, 2], [0.1, 0.1, 0.3]))
  assert memory['id'].tolist() == [1, 2, 0, -1] and np.allclose(memory['score'][:3], [0.5, 0.3, 0.1])


def test_old_scores_fade_and_nan_is_the_hardest():
  memory = fed(augment.hard_examples(capacity=3, decay=0.5), ([0, 1], [1.0, 0.2]), ([2], [np.nan]))
  assert memory['id'].tolist() == [2, 0, 1] and np.allclose(memory['score'][1:], [0.6, 0.2])


def replayed(adaptive, memory, step, ids=tuple(range(50, 70))):
  run = lambda step: adaptive.augment(memory, step)(jax.random.key(1), rows(ids), None)
  return jax.tree.map(np.asarray, jax.jit(run)(jnp.int32(step)))


def test_a_share_of_the_batch_comes_from_the_buffer_once_there_is_enough():
  adaptive = augment.hard_examples(capacity=30, share=0.25, warmup=3)
  memory = fed(adaptive, (range(10), np.arange(10) / 10))
  batch = replayed(adaptive, memory, 3)
  assert (batch['id'][:15] == np.arange(50, 65)).all() and (batch['id'][15:] < 10).all()
  assert np.allclose(batch['image'][:, 0, 0, 0], batch['id'] / 100) and (batch['label'].argmax(-1) == batch['id'] % 3).all()
  assert (batch['original'] == batch['image']).all()
  assert (replayed(adaptive, memory, 2)['id'] >= 50).all()  # warming up
  assert (replayed(adaptive, fed(adaptive, ([0, 1], [1.0, 2.0])), 5)['id'] >= 50).all()  # two rows are too few for five


def test_groups_are_left_out_of_the_batch():
  adaptive = augment.hard_examples(capacity=30)
  batch = adaptive.augment(fed(adaptive), jnp.int32(0))(
    jax.random.key(1), {**rows(range(8)), 'group': np.zeros(8, np.int32)}, None
  )
  assert set(batch) == {'id', 'image', 'label', 'original', 'original_label'}


@pytest.mark.parametrize('settings', (dict(share=0.1), dict(share=0.9, capacity=3)), ids=str)
def test_a_share_that_is_no_row_or_more_than_the_buffer_is_refused(settings):
  adaptive = augment.hard_examples(**settings)
  with pytest.raises(InputError, match='share .* of the 4 rows that a device takes'):
    replayed(adaptive, fed(adaptive), 0, range(4))


def test_the_draw_moves_from_the_easiest_quarter_to_all():
  adaptive = augment.hard_examples(capacity=40, share=0.95, rise=100)
  memory = fed(adaptive, (range(40), np.arange(40) / 40))  # id is the rank, 39 the hardest
  early, late = (replayed(adaptive, memory, step, tuple(range(50, 90)))['id'][2:] for step in (0, 100))
  assert early.max() < 10 and late.max() > 30 and late.min() < 10


def test_scores_other_than_the_loss_are_what_the_objective_tells():
  adaptive = augment.hard_examples(capacity=2, score='margin')
  memory = adaptive.init(jax.random.key(0), rows([0]))
  memory = adaptive.update(memory, told([7, 8, 9], margin=jnp.array([-1.0, 2.0, 0.0])), jnp.zeros(3))
  assert memory['id'].tolist() == [8, 9]
  with pytest.raises(InputError, match="'margin'"):
    adaptive.update(memory, told([1]), jnp.zeros(1))


def test_bad_values_are_refused():
  with pytest.raises(InputError, match='share 1'):
    augment.hard_examples(share=1.0)
  with pytest.raises(InputError, match="'lost' is unknown"):
    augment.hard_examples(score='lost')
