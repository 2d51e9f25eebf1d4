"""What cleaning a network's input is worth, told only by an attack that looks through the cleaning."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from jaxaug import augment, metrics, parallel
from jaxaug.attacks import round_down
from jaxaug.augment import RANDOM_SANITIZERS, SANITIZERS
from jaxaug.data import first
from jaxaug.evaluate.arm import BALL, Arm
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.autoattack import autoattack_scores, autoattack_settings
from jaxaug.evaluate.predict import frozen
from jaxaug.models import as_model
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model, call, check_name, fill

NONE = 'none'  # the network without a sanitiser
DEFAULTS = dict(
  names=tuple(SANITIZERS),  # which are measured
  examples=1000,  # of the split, from its start; 0 is all
  draws=8,  # of a random sanitiser, whose mean loss the attack follows
  bits={},  # keywords of jaxaug.augment.bits, and so on
  jpeg={},
  median={},
  resize_pad={},
  autoattack={},  # fields of jaxaug.evaluate.autoattack, through each sanitiser, `rand` through a random one; {} does not run it
)


def sanitation_settings(section: Mapping) -> dict:
  """The section `evaluate.sanitation`, filled and checked.

  Args:
    section: with any of the fields of DEFAULTS.

  Returns:
    dict of all of them.

  Raises:
    InputError: unknown field or sanitiser, a number out of range.
  """
  settings = fill(section, DEFAULTS, 'evaluate.sanitation')
  for name in settings['names']:
    check_name(name, SANITIZERS, 'evaluate.sanitation.names')
  for name, make in SANITIZERS.items():
    call(make, settings[name], f'evaluate.sanitation.{name}')
  if settings['draws'] < 1 or settings['examples'] < 0:
    raise InputError(
      f'evaluate.sanitation: draws {settings["draws"]} must be at least 1, examples {settings["examples"]} at least 0'
    )
  if settings['autoattack']:
    settings['autoattack'] = autoattack_settings(settings['autoattack'], 'evaluate.sanitation.autoattack')
  return settings


def _fresh(batch: Batch) -> Array:
  """[B] int32 out of the pixels: another image draws otherwise, so that no attack fits itself to a few draws."""
  total = jax.lax.stop_gradient(batch['image']).astype(jnp.float32).sum(tuple(range(1, batch['image'].ndim)))
  own = batch['id'] if 'id' in batch else jnp.arange(len(total))
  return jax.lax.bitcast_convert_type(total, jnp.int32) ^ (own.astype(jnp.int32) * 40503)


def behind(sanitize: Augment, model: Model, key: Key, draws: int = 1) -> Model:
  """The network behind a sanitiser, as an attack that knows of it sees it.

  logits and loss are means over `draws` of what the network gives for `sanitize(image)` (expectation over transformation); where a
  sanitiser is a step function its gradient is 1 straight through (backward pass differentiable approximation), which the ops under
  `jaxaug.augment.SANITIZERS` have built in.

  Args:
    sanitize: whose draws depend on `id`, if it draws.
    model: the network.
    key: of the draws; a row's also follow from its pixels, so that each step of an attack meets new ones and the Model stays pure.
    draws: at least 1.

  Returns:
    Model.

  Source: Athalye, Carlini and Wagner, Obfuscated Gradients Give a False Sense of Security, 2018, sections 4.1 (BPDA) and 4.2 (EOT).
  """

  def mean(fn, batch: Batch) -> Array:
    named = {**batch, 'id': _fresh(batch)}
    draw = lambda number: fn({**sanitize(jax.random.fold_in(key, number), named, model), 'id': batch.get('id', named['id'])})
    return draw(0) if draws == 1 else jax.lax.map(draw, jnp.arange(draws)).mean(0)

  return Model(lambda batch: mean(model.logits, batch), lambda batch: mean(model.loss, batch))


def answers_behind(sanitize: Augment, model: Model, key: Key | None = None) -> Callable[..., Array]:
  """The network behind a sanitiser as a function that AutoAttack takes.

  Args:
    sanitize: on each row by itself.
    model: the network.
    key: of a sanitiser that does not draw; None for one that does, which is given its keys with the images.

  Returns:
    image [B, H, W, C] -> logits [B, K]; without `key`, (image, keys [B]) -> logits, what is drawn for a row following its key alone.
  """
  if key is not None:
    return lambda image: model.logits(sanitize(key, {'image': image}, model))
  one = lambda image, key: sanitize(key, {'image': image[None]}, model)['image'][0]
  return lambda image, keys: model.logits({'image': jax.vmap(one)(image, keys)})


def measure_sanitation(arm: Arm) -> None:
  """For each sanitiser, and without one: accuracy of the images as they are, under PGD of `evaluate.attack` that follows the gradient
  through the sanitiser, and under AutoAttack through it where that is asked for.

  A random sanitiser answers with one fresh draw an image. There is no number of an attack that does not know of the sanitiser.

  Args:
    arm: gains `sanitation`: `attack`, `examples`, `draws` and `sanitizers` {name: `settings`, `clean` and `robust` accuracy with Wilson
      intervals, and but for 'none' `difference`, paired, of robust accuracy with the sanitiser and without; `autoattack`, scores of
      `autoattack_scores`}.
  """
  asked, network = arm.settings['sanitation'], arm.network
  targets = first(arm.examples, asked['examples'])
  attack = arm.settings['attack']
  epsilon = (BALL | attack)['epsilon']
  make_attack, at = attack_of(attack), (arm.variables, parallel.replicate(round_down(epsilon)))
  key = jax.random.fold_in(arm.keys['attack'], 7)
  found, without = {}, None
  for name in (NONE, *asked['names']):
    sanitize = augment.identity if name == NONE else SANITIZERS[name](**asked[name])
    draws = asked['draws'] if name in RANDOM_SANITIZERS else 1

    def answers(variables_epsilon, key, batch, sanitize=sanitize, draws=draws):
      variables, epsilon = variables_epsilon
      model = frozen(network, variables)
      start, follow, fresh = (jax.random.fold_in(key, i) for i in range(3))  # the key serves all batches: not split
      moved = make_attack(epsilon)(start, batch, behind(sanitize, model, follow, draws))
      answer = lambda batch: model.logits(sanitize(fresh, batch, model))
      return {'clean': answer(batch), 'robust': answer(moved)}

    logits = arm.predictor(answers)(at, key, targets, f'{arm.name}: sanitation, {name}')
    right = metrics.correct(logits['robust'], targets['label'])
    without = right if without is None else without
    found[name] = {
      'settings': {} if name == NONE else dict(asked[name]),
      **{measure: metrics.accuracy(logits[measure], targets['label'])._asdict() for measure in ('clean', 'robust')},
      **({} if name == NONE else {'difference': metrics.paired_bootstrap(right, without)._asdict()}),
    }
    if asked['autoattack']:
      found[name]['autoattack'] = _autoattacked(arm, name, sanitize)
  arm.scores['sanitation'] = {
    'attack': describe(attack),
    'examples': len(targets['id']),
    'draws': asked['draws'],
    'sanitizers': found,
  }


def _autoattacked(arm: Arm, name: str, sanitize: Augment) -> dict:
  """Scores of AutoAttack through a sanitiser, `rand` where it draws; goes on from its own state file after a kill."""
  drawn, asked = name in RANDOM_SANITIZERS, arm.settings['sanitation']['autoattack']
  asked = {**asked, **({'version': 'rand'} if drawn else {})}
  key = jax.random.fold_in(arm.keys['attack'], 8)
  logits_fn = answers_behind(sanitize, as_model(arm.logits_fn()), None if drawn else key)
  state = arm.autoattack_state(asked, f'-behind-{name}', arm.settings['sanitation'].get(name, {}))
  scores, _ = autoattack_scores(logits_fn, arm.examples, asked, key, arm.splits.info.class_names, state)
  return scores
