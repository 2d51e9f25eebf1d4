"""Mining: the hardest rows seen so far come back."""

import jax
import jax.numpy as jnp

from jaxaug.types import Adaptive, Array, Batch, InputError, Key, Model, PyTree, check_name

SCORES = ('loss', 'margin', 'disagreement')


def hard_examples(
  capacity: int = 1024, share: float = 0.25, score: str = 'loss', decay: float = 0.99, warmup: int = 0, rise: int = 0
) -> Adaptive:
  """Replaces a share of each batch by rows of a buffer, which holds the `capacity` highest scores of all rows seen.

  Old scores fade, so that what has been learnt gives way; a row that comes again takes its new score.

  Args:
    capacity: of the buffer, rows.
    share: of the batch that is replaced, in [0, 1).
    score: what makes a row hard, as the objective tells it: its 'loss', its 'margin' (max_{k != y} z_k - z_y) or the 'disagreement'
      between its augmented views (objective 'jsd').
    decay: of the buffer's scores, a step, in (0, 1]; towards the lowest score held.
    warmup: steps before rows come back.
    rise: curriculum over hardness: steps in which the draw moves from the easiest quarter of the buffer to all of it; 0 draws from all.

  Returns:
    Adaptive; the buffer is in the train state, so a resumed run has it. Images are kept as they come to it: named first in
    `augment.names`, they are augmented anew each time. Adds `original` and `original_label`, by which its memory knows them.

  Raises:
    InputError: a value out of range, unknown score; when it is run, a share that is no row or more than the buffer, an objective that does
      not tell the score.

  Source: Shrivastava et al., Training Region-Based Object Detectors with Online Hard Example Mining, 2016; Loshchilov and Hutter, Online Batch
  Selection for Faster Training of Neural Networks, 2016.
  """
  check_name(score, SCORES, 'hard_examples.score')
  if capacity < 1 or not 0 <= share < 1 or not 0 < decay <= 1 or warmup < 0 or rise < 0:
    raise InputError(
      f'hard_examples: capacity {capacity} must be at least 1, share {share} in [0, 1), decay {decay} in (0, 1], warmup and rise at least 0'
    )

  def init(key: Key, example: Batch) -> PyTree:
    room = lambda row: jnp.zeros((capacity, *row.shape[1:]), row.dtype)
    return {
      'image': room(example['image']),
      'label': room(example['label']),
      'id': jnp.full(capacity, -1, jnp.int32),  # -1: an empty place
      'score': jnp.full(capacity, -jnp.inf),
    }

  def augment(memory: PyTree, step: Array):
    filled = (memory['id'] >= 0).sum()
    reach = jnp.clip((step - warmup) / rise, 0.25, 1.0) if rise else 1.0
    hardest = jnp.floor((1 - reach) * filled).astype(jnp.int32)  # the buffer is sorted, hardest first

    def replayed(key: Key, batch: Batch, model: Model) -> Batch:
      if 'id' not in batch:
        raise InputError('augment.hard_examples: rows have no id, by which they would be known again')
      batch = {name: rows for name, rows in batch.items() if name != 'group'}  # training looks at none
      others = sorted(set(batch) - {'image', 'label', 'id', 'original', 'original_label'})
      if others:
        raise InputError(
          f'augment.hard_examples: keeps image, label and id of a row, not {", ".join(others)}; name it before what adds them'
        )
      rows = len(batch['id'])
      many = round(share * rows)
      if share and not 1 <= many <= capacity:
        raise InputError(
          f'augment.hard_examples: share {share} of the {rows} rows that a device takes at a time is {many}, must be from 1 to capacity {capacity}'
        )
      place = jax.random.randint(key, (many,), hardest, jnp.maximum(filled, 1))
      ready = (filled >= many) & (step >= warmup)

      def mixed(name: str) -> Array:
        tail = batch[name][len(batch[name]) - many :]
        return jnp.concatenate([batch[name][: len(batch[name]) - many], jnp.where(ready, memory[name][place], tail)])

      rows = {name: mixed(name) for name in ('image', 'label', 'id')}
      return {**batch, **rows, 'original': rows['image'], 'original_label': rows['label']}

    return replayed

  def update(memory: PyTree, batch: Batch, loss: Array) -> PyTree:
    told = batch | {'loss': loss}
    if score not in told:
      raise InputError(f'augment.hard_examples.score: the objective does not tell the {score!r} of a row')
    ids = batch['id']
    again = jnp.tril(ids[:, None] == ids[None, :], -1).any(1)  # a row that is in the batch twice is kept once
    lowest = jnp.where(memory['id'] >= 0, memory['score'], jnp.inf).min()
    faded = jnp.where(memory['id'] >= 0, lowest + decay * (memory['score'] - lowest), -jnp.inf)
    held = jnp.where((memory['id'][:, None] == ids[None, :]).any(1), -jnp.inf, faded)
    fresh = jnp.where(again, -jnp.inf, jnp.nan_to_num(told[score].astype(jnp.float32), nan=jnp.inf))
    best, at = jax.lax.top_k(jnp.concatenate([held, fresh]), capacity)
    new = {'image': batch['original'], 'label': batch['original_label'], 'id': ids}
    kept = {name: jnp.concatenate([memory[name], new[name]])[at] for name in new}
    return kept | {'score': best, 'id': jnp.where(best > -jnp.inf, kept['id'], -1)}

  return Adaptive(init, augment, update)
