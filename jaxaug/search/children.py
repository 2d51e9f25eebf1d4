"""Child networks, many at once: one program trains a network under each policy and tells what it makes of the validation split."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import augment, data, evaluate, parallel, train
from jaxaug.search.planted import planted
from jaxaug.search.space import Space
from jaxaug.types import InputError, call, check_name, fill

SECTIONS = dict(
  seed=0, data={}, nuisance={}, model={}, augment={}, objective={}, optimizer={}, schedule={}, train={}, search={}
)
TRAIN = dict(steps=200, batch_size=64)
FORMS = ('loop', 'chunks', 'switch')
ROWS = 512  # of validation at once


class Children(NamedTuple):
  """What one program does, and of what."""

  run: Callable  # (TracedPolicy of [P, ...], keys [P], rows int32 [P, T, B]) -> logits [P, V, K] of the part that is asked about
  splits: data.Splits
  shape: tuple[int, int]  # of the policies: (S, L)
  steps: int  # T
  batch_size: int  # B
  compiled: Callable[[], int]  # how many programs have been traced so far


def sections(config: Mapping) -> dict:
  """The sections of a search's config that children are made of, filled.

  Args:
    config: ConfigDict or dict.

  Returns:
    {section: plain dict}.

  Raises:
    InputError: an unknown section.
  """
  return fill(evaluate.plain(config), SECTIONS, 'config')


def make_children(config: Mapping, space: Space, shape: tuple[int, int] | None = None, part: str = 'validation') -> Children:
  """Reads the data and builds the program.

  A child is initialised, trained for T steps on batches that the policy augments (after `config.augment`), and asked about
  validation, or once, at the end, about test. On each device its share of the children is one program: policies are applied to all rows of all children in one
  loop, steps are vmapped. A step that XLA's CPU backend runs slowly in loops, as of its own convolutions, is slow here; a perceptron
  or `cnn` with `form='products'` is not (`python -m benchmarks.search forms`).

  Args:
    config: with any of SECTIONS.
    space: whose ops and ranges.
    shape: (S, L) that policies are held in; None is the space's.
    part: 'validation', or 'test', which no search may see.

  Returns:
    Children.

  Raises:
    InputError: a field, a name, data without images or without a validation split.
  """
  config, shape = sections(config), shape or (space.sub_policies, space.steps)
  settings = fill(config['train'], TRAIN, 'train')
  for field, value in settings.items():
    if value < 1:
      raise InputError(f'train.{field}: {value} must be at least 1')
  splits = planted(data.load(config['data']), config['nuisance'])
  asked = getattr(splits, part)
  if not len(asked['id']):
    raise InputError(f'data.{part}: a search needs {part} examples; give a share above 0')
  if settings['batch_size'] > len(splits.train['id']):
    raise InputError(f'train.batch_size: {settings["batch_size"]} is above the {len(splits.train["id"])} training examples')
  network = evaluate.create_network(config['model'], splits.info.num_classes)
  before = augment.create(**{'names': (), **config['augment']})
  objective = {'name': 'erm', **config['objective']}
  check_name(objective['name'], train.OBJECTIVES, 'objective.name')
  objective = call(train.OBJECTIVES[objective.pop('name')], objective, 'objective', network)
  optimizer = {'name': 'adamw', 'learning_rate': 3e-3, **config['optimizer']}
  schedule = call(
    train.make_schedule, config['schedule'], 'schedule', settings['steps'], float(optimizer.pop('learning_rate'))
  )
  optimizer = call(train.make_optimizer, optimizer, 'optimizer', schedule)
  step = train.make_step(network, optimizer, objective, augment.fixed(augment.identity))
  uint8 = splits.train['image'].dtype == np.uint8
  image, label = splits.train['image'], splits.train['label']
  traced = []

  def batches(policies, keys, rows):
    """[P, B, ...] augmented."""
    key_before, key_policy = _halves(keys)
    batch = jax.vmap(
      lambda key, rows: before(key, {'image': jnp.asarray(image)[rows], 'label': jnp.asarray(label)[rows]}, None)
    )(key_before, rows)
    pixels = batch['image'] if uint8 else jnp.clip(jnp.floor(batch['image'] * 255 + 0.5), 0, 255).astype(jnp.uint8)
    moved = augment.apply_policies(key_policy, pixels, policies, space.ops, space.source)
    return data.as_batch({**batch, 'image': moved})

  def run(policies, keys, rows):
    traced.append(len(keys))
    key_state, key_steps = _halves(keys)
    start = lambda key: train.init_state(
      network, optimizer, augment.fixed(augment.identity), key, splits.info.image_shape, 0.0
    )

    def one(n, states):
      now = jax.vmap(jax.random.fold_in, (0, None))(key_steps, n)
      return jax.vmap(step)(states, batches(policies, now, rows[:, n]))[0]

    states = jax.lax.fori_loop(0, settings['steps'], one, jax.vmap(start)(key_state))
    return jax.vmap(lambda state: _logits(network, train.evaluated(state), asked['image']))(states)

  every = parallel.every_seed(run, stacked=True)
  return Children(every, splits, shape, settings['steps'], settings['batch_size'], lambda: len(traced))


def _logits(network, variables, images):
  pieces = [images[at : at + ROWS] for at in range(0, len(images), ROWS)]
  return jnp.concatenate([network.apply(variables, data.as_batch({'image': piece})['image']) for piece in pieces])


def _halves(keys):
  """[P] keys split in two; unpacked in another way jax takes them for used."""
  pairs = jax.vmap(jax.random.split)(keys)
  return pairs[:, 0], pairs[:, 1]


def rows_of(size: int, steps: int, batch_size: int, seed: int) -> np.ndarray:
  """Shuffled epochs of full batches.

  Args:
    size: of the train split.
    steps: T.
    batch_size: B.
    seed: of the permutations.

  Returns:
    int32 [T, B].
  """
  epoch = size // batch_size
  orders = [data.permutation(size, seed, n)[: epoch * batch_size].reshape(epoch, -1) for n in range(-(-steps // epoch))]
  return np.concatenate(orders)[:steps].astype(np.int32)


def stack(policies: Sequence, space: Space, shape: tuple[int, int]) -> augment.TracedPolicy:
  """Policies as the program takes them.

  Args:
    policies: P of `Policy`, or of TracedPolicy as they are.
    space: whose ops.
    shape: (S, L).

  Returns:
    TracedPolicy, every entry leads with P.
  """
  traced = [p if isinstance(p, augment.TracedPolicy) else augment.trace_policy(p, space.ops, shape) for p in policies]
  return jax.tree.map(lambda *a: np.stack([np.asarray(x, np.float32) for x in a]), *traced)
