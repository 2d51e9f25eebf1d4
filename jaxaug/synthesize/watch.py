"""The detectors beside training: a check for `fit` that draws from the generator, looks, warns, and says what has collapsed."""

from collections.abc import Callable, Mapping, Sequence

import jax
import numpy as np

from jaxaug import parallel
from jaxaug.synthesize.detectors import DEFAULTS, asked_of, collapsed, detect, discriminator, reference, warnings
from jaxaug.synthesize.generator import Generator, evaluated
from jaxaug.synthesize.learners import LEARNERS
from jaxaug.types import InputError, PyTree, TrainState, check_name, fill

WATCH = 2**30  # fold_in(key, WATCH): the stream of draws that are looked at


def watch(
  generator: Generator,
  examples: Mapping[str, np.ndarray],
  *,
  validation: Mapping[str, np.ndarray] | None = None,
  decode: Callable[[int, np.ndarray], np.ndarray] | None = None,
  names: Sequence[str] = (),
  settings: Mapping = {},
  seed: int = 0,
  show: Callable[[int, np.ndarray, np.ndarray], None] | None = None,
) -> Callable[[TrainState, int], dict[str, PyTree]]:
  """A `check` of `fit`: looks at the same draws again and again, as the generator learns.

  Args:
    generator: what is trained.
    examples: as `fit` takes them: `encoded` [N, ...] and `condition` [N, K], one-hot or of width 0; maybe `group` [N] int, rows that are
      no independent ones; all lead with S where there are seeds.
    validation: the same of real rows that are not trained on; with a generator that has a `judge` they tell how far D overfits.
    decode: (number of the seed, encoded [M, ...]) -> rows as they are looked at, [M, ...]; None looks at encodings.
    names: of the K classes, for warnings.
    settings: of `detectors.DEFAULTS`.
    seed: of draws, classifier and choice of rows.
    show: takes (step, rows [M, ...] as they are looked at, classes asked for [M]) of the first seed, as `keep_frames`.

  Returns:
    (state, step) -> the numbers of `detect` and `discriminator`, `collapsed` (bool, [] or [S]), and `warnings`, {kind: text}, the kind
    with its seed.

  Raises:
    InputError: an unknown setting or classifier, fewer than 2 rows.
  """
  settings = fill(settings, DEFAULTS, 'detectors')
  check_name(settings['classifier'], LEARNERS, 'detectors.classifier')
  if settings['rows'] < 2:
    raise InputError(f'detectors.rows: {settings["rows"]} must be at least 2')
  decode = decode or (lambda s, encoded: encoded)
  several = np.ndim(examples['condition']) == 3
  lead = lambda given: {name: np.asarray(values) if several else np.asarray(values)[None] for name, values in given.items()}
  train, held_out = lead(examples), lead(validation) if validation else None
  seeds, width = len(train['condition']), train['condition'].shape[-1]
  of_class = lambda condition: condition.argmax(-1) if width else np.zeros(condition.shape[:-1], int)
  label = of_class(train['condition'])
  group = train.pop('group', [None] * seeds)
  real = [decode(s, rows) for s, rows in enumerate(train['encoded'])]
  seen = [reference(real[s], label[s], max(width, 1), settings, seed + s, group[s]) for s in range(seeds)]
  asked = np.stack([asked_of(one, settings) for one in seen])
  condition = np.eye(width, dtype=np.float32)[asked] if width else np.zeros((*asked.shape, 0), np.float32)
  keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.fold_in(jax.random.key(seed), WATCH), np.arange(seeds))
  run, judge = parallel.every_seed(generator.sample), generator.judge and parallel.every_seed(generator.judge)
  thin = lambda given, rows: {name: values[:, np.arange(rows) * values.shape[1] // rows] for name, values in given.items()}
  few = thin(train, min(train['encoded'].shape[1], settings['rows']))
  held_few = held_out and thin(held_out, min(held_out['encoded'].shape[1], settings['rows']))

  def check(state: TrainState, step: int) -> dict[str, PyTree]:
    state = state if several else jax.tree.map(lambda a: a[None], state)
    made = np.asarray(run(evaluated(state), jax.random.clone(keys), condition))
    rows = [decode(s, made[s]) for s in range(seeds)]
    if show:
      show(step, rows[0], asked[0])
    found = [detect(one, rows[s], asked[s]) for s, one in enumerate(seen)]
    if judge:
      outputs = [np.asarray(judge(state, part['encoded'], part['condition'])) for part in (few, held_few) if part]
      drawn = np.asarray(judge(state, made, condition))
      for s, numbers in enumerate(found):
        numbers |= discriminator(outputs[0][s], drawn[s], outputs[1][s] if held_few else None)
    told = {
      f'{kind}, seed {s}' if several else kind: text
      for s, numbers in enumerate(found)
      for kind, text in warnings(seen[s], numbers, settings, names).items()
    }
    numbers = {name: np.stack([one[name] for one in found]) for name in found[0]}
    numbers['collapsed'] = np.array([collapsed(*pair, settings) for pair in zip(seen, found)])
    return {name: values if several else values[0] for name, values in numbers.items()} | {'warnings': told}

  return check
