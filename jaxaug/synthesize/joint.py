"""A GAN and a classifier trained against each other: draws that look real, are hard for the classifier and still of their class."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxaug.evaluate import create_network
from jaxaug.synthesize.gan import gan as make_gan
from jaxaug.synthesize.generator import over_devices, step_key
from jaxaug.train.objectives import OBJECTIVES, Replayed, erm
from jaxaug.train.step import average
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState, call, check_name

CLASSIFIERS = ('classifier', 'teacher')
STREAM = 2**30  # fold_in(key of the step, STREAM): what the classifiers draw, apart from what the GAN does


class Joint(NamedTuple):
  """A Generator, and the classifier that was trained beside it."""

  init: Callable[[Key], TrainState]
  update: Callable[[TrainState, Batch, str | None], tuple[TrainState, Mapping[str, Array]]]
  sample: Callable[[PyTree, Key, Array], Array]
  classify: Callable[[PyTree, Array], Array]
  """(variables as `evaluated(state)` gives them, encoded rows [B, ...]) -> logits [B, K]."""
  judge: Callable[[TrainState, Array, Array], Array] | None = None
  """As a Generator's."""


def hard_but_true(
  logits: Array, taught: Array, condition: Array, *, hardness: Array | float, consistency: Array | float, cap: float
) -> tuple[Array, dict[str, Array]]:
  """-h mean min(CE(C(x), c), cap) + k mean CE(T(x), c)

  Args:
    logits: C(x) [B, K] of the classifier in training.
    taught: T(x) [B, K] of the teacher.
    condition: c [B, K], the classes that were asked for.
    hardness, consistency: h and k, at least 0.
    cap: where a draw is hard enough: beyond it no gradient.

  Returns:
    ([], {'hardness': mean CE(C(x), c) without the cap, 'consistency': mean CE(T(x), c)}).
  """
  hard = optax.softmax_cross_entropy(logits, condition)
  strange = optax.softmax_cross_entropy(taught, condition).mean()
  value = -hardness * jnp.minimum(hard, cap).mean() + consistency * strange
  return value, {'hardness': hard.mean(), 'consistency': strange}


def joint(
  shape: tuple[int, ...],
  num_classes: int = 0,
  *,
  gan: Mapping = {},
  classifier: Mapping = {'name': 'mlp'},
  objective: Mapping = {'name': 'erm'},
  hardness: Array | float = 1.0,
  consistency: Array | float = 0.3,
  cap: float = 0.0,
  ratio: float = 1.0,
  learning_rate: float = 1e-3,
  ema: float = 0.999,
) -> Joint:
  """G minimises its GAN loss -h mean min(CE(C(G(z, c)), c), cap) + k mean CE(T(G(z, c)), c); C learns from real and drawn rows.

  D judges a draw given the class it was asked for. The teacher T, a second network like C with averaged weights, learns from real rows
  alone, so that C's weak spots are not its own. A step updates D, then G, C and T, each by its own loss alone; C is shown draws of G as it
  was before the step.

  Args:
    shape: of one encoded example; images are in [-1, 1], the classifiers see (x + 1) / 2.
    num_classes: K, at least 2.
    gan: keywords of `gan`.
    classifier: `name` and keywords of `jaxaug.models.create`, of C and T; what is no image comes as [B, 1, 1, D].
    objective: `name` of `jaxaug.train.objectives.OBJECTIVES` and its keywords, what C minimises on both kinds of rows; for images any
      that takes no replays, so that C can be trained against attacks, too. T always minimises 'erm'.
    hardness, consistency: h and k, at least 0, may be traced; with both 0, G and D are those of `gan`.
    cap: nats; 0 takes ln K, the loss of a classifier that has no idea.
    ratio: drawn rows for each real one in what C learns from, in [0, 1].
    learning_rate: of Adam, for C and T.
    ema: decay of the averaged weights of C and T, ramped.

  Returns:
    Joint; metrics of `gan` and `hardness`, `consistency` (of `hard_but_true`), `loss_classifier`, `loss_teacher`.

  Raises:
    InputError: an unknown name or field, a number out of range, an objective that this cannot be.

  Source: Vandenhende et al., A Three-Player GAN: Generating Hard Samples to Improve Classification Networks, 2019 (D, G and C; no cap, no
  teacher); Suzuki, TeachAugment: Data Augmentation Optimization Using Teacher Knowledge, 2022 (hard for the one, known to the teacher).
  """
  if num_classes < 2:
    raise InputError(f'joint.num_classes: {num_classes} must be at least 2')
  for name, weight in (('hardness', hardness), ('consistency', consistency), ('cap', cap)):
    if not (isinstance(weight, jax.core.Tracer) or weight >= 0):
      raise InputError(f'joint.{name}: {weight} must be at least 0')
  if not (0 <= ratio <= 1 and learning_rate > 0 and 0 <= ema < 1):
    raise InputError(f'joint: ratio {ratio} must be in [0, 1], learning_rate {learning_rate} above 0, ema {ema} in [0, 1)')
  if gan.get('lengths'):
    raise InputError('joint.gan.lengths: True draws lengths of their own, which no classifier sees; take False')
  weights = dict(hardness=hardness, consistency=consistency, cap=cap or float(np.log(num_classes)))
  adversaries = call(make_gan, gan, 'joint.gan', tuple(shape), num_classes)
  network = create_network(classifier, num_classes)
  losses = {'classifier': _objective(objective, network, shape), 'teacher': erm(network)}
  optimizer = optax.adam(learning_rate)
  seen = (lambda x: (x + 1) / 2) if len(shape) == 3 else (lambda x: x.reshape(len(x), 1, 1, -1))

  def logits_of(params: PyTree, stats: PyTree, x: Array) -> Array:
    return network.apply({'params': params, 'batch_stats': stats}, seen(x))

  def init(key: Key) -> TrainState:
    state = adversaries.init(jax.random.clone(key))
    example = seen(jnp.zeros((1, *shape)))
    keys = jax.random.split(jax.random.fold_in(key, STREAM), len(CLASSIFIERS))
    made = {name: network.init(key, example) for name, key in zip(CLASSIFIERS, keys)}
    params = {name: variables['params'] for name, variables in made.items()}
    stats = {name: variables.get('batch_stats', {}) for name, variables in made.items()}
    return state._replace(
      params=state.params | params,
      batch_stats=state.batch_stats | stats,
      opt_state=state.opt_state | {name: optimizer.init(tree) for name, tree in params.items()},
      ema=_joined(state.ema, _averaged_of(params, stats)),
    )

  def update(state: TrainState, batch: Batch, axis: str | None = None):
    real, condition = batch['encoded'], batch['condition']
    params, stats, taught = state.params, state.batch_stats, state.ema

    def also(drawn: Array):
      ours = logits_of(params['classifier'], stats['classifier'], drawn)
      theirs = logits_of(*_held(taught, 'teacher'), drawn)
      return hard_but_true(ours, theirs, condition, **weights)

    moved, metrics = adversaries.update(_of_the_gan(state), batch, axis, also)

    key_draw, *keys = jax.random.split(jax.random.fold_in(step_key(state, axis), STREAM), 1 + len(CLASSIFIERS))
    asked = condition[: round(ratio * len(real))]
    shown = {'teacher': (real, condition), 'classifier': (real, condition)}
    if len(asked):
      generator = {'params': params, 'batch_stats': stats}
      drawn = adversaries.sample(generator, key_draw, asked)
      shown['classifier'] = jnp.concatenate([real, drawn]), jnp.concatenate([condition, asked])
    moved_params, moved_stats, moved_opt = {}, {}, {}
    for name, key in zip(CLASSIFIERS, keys):
      rows = {'image': seen(shown[name][0]), 'label': shown[name][1]}
      (value, aux), gradient = jax.value_and_grad(losses[name], has_aux=True)(params[name], stats[name], key, rows)
      gradient, moved_stats[name], value = over_devices((gradient, aux.batch_stats, value), axis)
      steps, moved_opt[name] = optimizer.update(gradient, state.opt_state[name])
      moved_params[name], metrics[f'loss_{name}'] = optax.apply_updates(params[name], steps), value
    kept = {field: {name: tree[name] for name in CLASSIFIERS if name in tree} for field, tree in state.ema.items()}
    return moved._replace(
      params=moved.params | moved_params,
      batch_stats=moved.batch_stats | moved_stats,
      opt_state=moved.opt_state | moved_opt,
      ema=_joined(moved.ema, average(kept, _averaged_of(moved_params, moved_stats), state.step, ema)),
    ), metrics

  def classify(variables: PyTree, rows: Array) -> Array:
    return logits_of(*_held(variables, 'classifier'), rows)

  return Joint(init, update, adversaries.sample, classify, adversaries.judge)


def _objective(section: Mapping, network, shape: tuple[int, ...]) -> Callable:
  given = {'name': 'erm', **section}
  name = given.pop('name')
  check_name(name, OBJECTIVES, 'joint.objective.name')
  made = call(OBJECTIVES[name], given, 'joint.objective', network)
  if isinstance(made, Replayed):
    raise InputError(f'joint.objective.name: {name!r} replays its batch, which three players at once cannot')
  if name != 'erm' and len(shape) != 3:
    raise InputError(f"joint.objective.name: {name!r} is for images (H, W, C), the shape is {tuple(shape)}; take 'erm'")
  return made


def _of_the_gan(state: TrainState) -> TrainState:
  """The state without the classifiers, as `gan` made it."""
  ours = lambda tree: {name: branch for name, branch in tree.items() if name not in CLASSIFIERS}
  ema = {field: ours(tree) for field, tree in state.ema.items()}
  return state._replace(
    params=ours(state.params), batch_stats=ours(state.batch_stats), opt_state=ours(state.opt_state), ema=ema
  )


def _averaged_of(params: PyTree, stats: PyTree) -> PyTree:
  """What of the classifiers is averaged; no statistics where a network has none."""
  return {'params': dict(params), 'batch_stats': {name: tree for name, tree in stats.items() if tree}}


def _joined(one: PyTree, other: PyTree) -> PyTree:
  return {field: one[field] | other[field] for field in one}


def _held(variables: PyTree, name: str) -> tuple[PyTree, PyTree]:
  """(params, batch_stats) of one network."""
  return variables['params'][name], variables.get('batch_stats', {}).get(name, {})
