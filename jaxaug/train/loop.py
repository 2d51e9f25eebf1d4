"""The one training loop."""

import json
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxaug import augment, metrics, parallel, tracking
from jaxaug.attacks import round_down
from jaxaug.checkpoint import Checkpoints
from jaxaug.data import DEFAULTS as DATA_DEFAULTS
from jaxaug.data import Splits, as_batch, assert_disjoint, training_feed
from jaxaug.evaluate import Predictor, attack_of, attacked, clean, create_network, evaluation_settings, first
from jaxaug.train.autoencoder import prepare_autoencoders
from jaxaug.train.objectives import OBJECTIVES, check_followed
from jaxaug.train.optimizers import make_optimizer
from jaxaug.train.overfitting import overfitted
from jaxaug.train.schedules import make_schedule
from jaxaug.train.step import evaluated, init_state, make_step
from jaxaug.train.stores import check_store
from jaxaug.train.teacher import check_teacher
from jaxaug.types import InputError, TrainState, call, check_name, fill

DEFAULTS = dict(
  steps=1000,
  batch_size=128,  # over all devices
  ema=0.0,  # decay of averaged weights, which are then what is evaluated; 0 keeps none
  accumulate=1,  # pieces each device works its rows through in
  log_every=50,  # steps
  evaluate_every=200,  # steps; validation, then a checkpoint
  parallel='pmap',  # or 'shard_map'
)


class _Terminate:
  """Notes SIGTERM while it is entered; not outside the main thread, nor with several processes, where jax takes it."""

  def __enter__(self):
    self.asked = False
    self._ours = threading.current_thread() is threading.main_thread() and parallel.part()[1] == 1
    if self._ours:
      self._before = signal.signal(signal.SIGTERM, self._note)
    return self

  def _note(self, *_):
    self.asked = True

  def __exit__(self, *error):
    if self._ours:
      signal.signal(signal.SIGTERM, self._before)


def _validation(network, settings: Mapping, splits: Splits) -> Callable:
  """variables, key -> {'clean' and, with an attack, 'robust' accuracy} on validation; compiled once."""
  see = Predictor(clean(network), settings['batch_size'])
  attack = dict(settings['attack']) if settings['validation_steps'] else {}
  if settings['select'] == 'robust' and not attack:
    raise InputError("evaluate.select: 'robust' needs evaluate.attack and evaluate.validation_steps above 0")
  if attack:
    attack |= {'steps': settings['validation_steps'], 'restarts': 1}
    make_attack, epsilon = attack_of(attack), round_down(attack.get('epsilon', 0.1))
    near = Predictor(attacked(network, make_attack), settings['batch_size'])
    targets = first(splits.validation, settings['validation_examples'])

  def validate(variables, key):
    scores = {'clean': see(variables, key, splits.validation)['logits']}
    scores = {'clean': metrics.accuracy(scores['clean'], splits.validation['label']).value}
    if attack:
      moved = near((variables, parallel.replicate(epsilon)), key, targets)['logits']
      scores['robust'] = metrics.accuracy(moved, targets['label']).value
    return scores

  return validate


def _finite(rows: list[dict], start: int, name: str, config: Mapping, folder: pathlib.Path, good: int) -> None:
  """Raises FloatingPointError that names the first step of `rows` (which begin at `start`) with a number that is none."""
  for offset, row in enumerate(rows):
    bad = [metric for metric, value in row.items() if not np.isfinite(value)]
    if bad:
      raise FloatingPointError(
        f'arm {name}: {bad[0]} is {row[bad[0]]} at step {start + offset}; stopped. Config: {json.dumps(config["optimizer"])} '
        f'{json.dumps(config["schedule"])} {json.dumps(config["objective"])}. The last good checkpoint, '
        f'step {good}, is in {folder / "checkpoints" / name}'
      )


def train_arm(name: str, config: Mapping, splits: Splits) -> Callable[..., dict]:
  """Checks an arm's config and builds all that its training needs.

  Args:
    name: of the arm.
    config: its own nested dict, as `jaxaug.evaluate.arms_of` gives it.
    splits: the data.

  Returns:
    Function (workdir, steps of earlier arms) that trains from the last checkpoint on and returns `steps` and `seconds` in
    all, and the steps `taken` by this process.

  Raises:
    InputError: an unknown field or name, a batch that does not divide, a network that cannot be built on these images.
  """
  settings = fill(config['train'], DEFAULTS, 'train')
  shown = evaluation_settings(config['evaluate'])
  for field in ('steps', 'log_every', 'evaluate_every', 'accumulate'):
    if settings[field] < 1:
      raise InputError(f'train.{field}: {settings[field]} must be at least 1')
  parallel.check_batch(settings['batch_size'], 'train.batch_size')
  check_name(settings['parallel'], parallel.MODES, 'train.parallel')
  if not 0 <= settings['ema'] < 1:
    raise InputError(f'train.ema: {settings["ema"]} must be in [0, 1)')
  if not len(splits.validation['id']):
    raise InputError('data.validation: no validation examples are left to pick a checkpoint by; give a larger share')
  if settings['batch_size'] // parallel.device_count() % settings['accumulate']:
    raise InputError(
      f"train.accumulate: a device's {settings['batch_size'] // parallel.device_count()} rows do not "
      f'divide into {settings["accumulate"]} pieces'
    )
  network = create_network(config['model'], splits.info.num_classes)
  adaptive = augment.create_adaptive(**{'names': (), **config['augment']})
  prepare_autoencoders(config['augment'], splits)
  check_store(config['augment'], splits, config['data'])
  objective = {'name': 'erm', **config['objective']}
  check_name(objective['name'], OBJECTIVES, 'objective.name')
  if objective.get('teacher'):
    check_teacher(objective['teacher'], config['data'], splits)
  even = config['augment'].get('curriculum', {}).get('even', 0)
  check_followed(config['augment'].get('names', ()), OBJECTIVES[objective['name']], even)
  objective = call(OBJECTIVES[objective.pop('name')], objective, 'objective', network)
  optimizer = {'learning_rate': 0.1, **config['optimizer']}
  updates = settings['steps'] * getattr(objective, 'replays', 1)
  schedule = call(make_schedule, config['schedule'], 'schedule', updates, float(optimizer.pop('learning_rate')))
  optimizer = call(make_optimizer, optimizer, 'optimizer', schedule)
  validate = _validation(network, shown, splits)
  resident_bytes = {**DATA_DEFAULTS, **config['data']}['resident_bytes']
  feed = training_feed(
    splits.train, settings['batch_size'], config['seed'], resident_bytes=resident_bytes, part=parallel.part()
  )
  step = make_step(
    network, optimizer, objective, adaptive, ema=settings['ema'], accumulate=settings['accumulate'], axis=parallel.AXIS
  )

  def fed(state: TrainState, resident, batch):
    return step(state, feed.gather(resident, batch, state.step))

  try:  # everything that tracing can find wrong is found before the workdir is touched
    state = jax.eval_shape(lambda: init_state(network, optimizer, adaptive, jax.random.key(0), splits.info.image_shape, 0.0))
    size = settings['batch_size'] // parallel.device_count()
    rows = jax.tree.map(lambda a: jax.ShapeDtypeStruct((size, *a.shape[1:]), a.dtype), dict(splits.train))
    alone = make_step(network, optimizer, objective, adaptive, accumulate=settings['accumulate'])
    jax.eval_shape(alone, state, jax.eval_shape(as_batch, rows))
  except (TypeError, ValueError, ZeroDivisionError) as error:
    if isinstance(error, InputError):
      raise
    told = (str(error).strip().splitlines() or [''])[0]
    raise InputError(f'arm {name}: cannot be built on images of {splits.info.image_shape}: {told}') from error

  def train(folder: pathlib.Path, steps_before: int = 0) -> dict:
    assert_disjoint(splits)
    compiled = parallel.every_device(fed, settings['parallel'])
    state = parallel.replicate(
      init_state(network, optimizer, adaptive, jax.random.key(config['seed']), splits.info.image_shape, settings['ema'])
    )
    resident = parallel.replicate(feed.resident)
    key_validation = jax.random.fold_in(jax.random.key(config['seed']), 2**31)
    tracker = tracking.Tracker(folder, name, settings['steps'], parallel.is_main())
    start, pending, history, averages, seconds, opened = 0, [], [], {}, 0.0, time.time()
    with Checkpoints(folder / 'checkpoints' / name) as checkpoints, _Terminate() as terminate:
      found = checkpoints.last({'state': state})
      if found:
        start, state = found.step, found.items['state']
        pending, seconds = found.progress['pending'], found.progress['seconds']
        history, averages = found.progress.get('history', []), found.progress.get('averages', {})
        for line in found.skipped:
          tracking.say(line)
        if parallel.is_main():
          tracking.say(f'{name}: goes on from step {start} of {settings["steps"]}')
      tracker.resume(start)
      good, device_rows, begun, clock = start, [], start, time.time()
      batches = feed.batches(start)

      def fetch(step_now):  # metrics leave the device here only
        rows = [{k: float(v) for k, v in row.items()} for row in jax.device_get(device_rows)]
        device_rows.clear()
        _finite(rows, step_now - len(rows) + 1, name, config, folder, good)
        pending.extend(rows)

      for now in range(start + 1, settings['steps'] + 1):
        state, row = compiled(state, resident, next(batches))
        device_rows.append(row)
        jax.block_until_ready(device_rows[-3:][0])  # never far ahead of the device, so that SIGTERM is answered soon
        tracker.step()
        stop = parallel.preempted(steps_before + now, terminate.asked)
        log, last = now % settings['log_every'] == 0, now == settings['steps']
        due = now % settings['evaluate_every'] == 0 or last
        if log or due or stop:
          fetch(now)
        if log or last:
          speed = settings['batch_size'] * (now - begun) / (time.time() - clock)
          averages = {k: sum(r[k] for r in pending) / len(pending) for k in pending[0]}
          tracker.write(now, 'train', averages, speed)
          pending.clear()
          begun, clock = now, time.time()
        score = None
        if due:
          scores = validate(evaluated(state), key_validation)
          tracker.write(now, 'validation', scores)
          score = now if shown['select'] == 'last' else scores[shown['select']]
          if 'robust' in scores and 'robust_accuracy' in averages:
            history.append({'step': now, 'robust': scores['robust'], 'trained': averages['robust_accuracy']})
            if overfitted(history):
              tracking.say(
                f'{name}: catastrophic overfitting at step {now}: {scores["robust"]:.1%} under the attack of validation, '
                f'{averages["robust_accuracy"]:.1%} under that of training; the best checkpoint is kept'
              )
          begun, clock = now, time.time()  # speed is that of training alone
        if due or stop:
          checkpoints.save(
            now,
            *parallel.global_arrays((state, evaluated(state))),
            {'pending': list(pending), 'seconds': seconds + time.time() - opened, 'history': history, 'averages': averages},
            score,
          )
          good = now
        if stop:
          checkpoints.wait()
          tracker.close()
          tracking.say(f'{name}: stopped by SIGTERM at step {now}, checkpoint written; the same command goes on from there')
          raise SystemExit(143)
      tracker.close()
      if terminate.asked:  # it came during the last validation: the next arm must not start
        raise SystemExit(143)
    collapsed = [row['step'] for n, row in enumerate(history) if overfitted(history[: n + 1])]
    return {
      'steps': settings['steps'],
      'seconds': round(seconds + time.time() - opened, 1),
      **({'overfitted_at': collapsed[0]} if collapsed else {}),
      'taken': settings['steps'] - start,
    }

  return train
