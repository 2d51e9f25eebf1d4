"""One loop that trains any Generator: a GAN, a VAE or a diffusion, one of them or one for each of many seeds at once."""

import contextlib
import functools
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import parallel, tracking
from jaxaug.checkpoint import Checkpoints
from jaxaug.synthesize.generator import Generator, evaluated
from jaxaug.types import Array, Batch, InputError, Key, PyTree, TrainState

DRAWS = 2**31 - 1  # fold_in(key of the run, DRAWS): the stream that rows are drawn from
TRIES = 3  # goes back to the last good state, with other draws, at most so often


class Fitted(NamedTuple):
  """What training left; arrays lead with S where there are seeds."""

  variables: PyTree  # of the chosen checkpoint, as `sample` takes them
  step: np.ndarray  # of that checkpoint, [] or [S] int
  history: list[dict]  # a row per check: step, the means of the update's metrics, and what `check` gave
  rollbacks: list[str]  # a line for each time that training went back
  warnings: list[str]  # of `check`, each with the step when it was said
  collapsed: np.ndarray  # [] or [S] bool: `check` found no state that had not collapsed, so neither is the chosen one


class _Held(NamedTuple):
  """What a checkpoint holds: the last good state and the best weights so far."""

  state: TrainState
  best: PyTree
  score: Array  # [] or [S]
  step: Array
  good: Array  # [] or [S] bool: the best is a state that had not collapsed
  falls: Array  # [] or [S] int: how often training went back because of a collapse


def uniform_rows(key: Key, examples: Batch, size: int) -> Batch:
  """Rows drawn with replacement, all alike.

  Args:
    key: of the step.
    examples: arrays that lead with N.
    size: B.

  Returns:
    Arrays that lead with B.
  """
  rows = jax.random.randint(key, (size,), 0, len(examples['encoded']))
  return jax.tree.map(lambda a: a[rows], dict(examples))


def fit(
  generator: Generator,
  examples: Mapping[str, np.ndarray],
  key: Key,
  *,
  steps: int,
  batch_size: int = 128,
  draw: Callable[[Key, Batch, int], Batch] = uniform_rows,
  check_every: int = 0,
  check: Callable[[TrainState, int], Mapping[str, PyTree]] | None = None,
  steps_per_call: int = 0,
  folder: str | os.PathLike = '',
  name: str = 'generator',
) -> Fitted:
  """Trains; goes on from the last checkpoint of `folder`, to the same weights as without a break.

  With one key every batch is cut by device. With S keys S generators are trained, each on its own examples, and dealt out to the devices.
  Where a metric is not finite, all go back to the last good state, and the broken ones on from there with other draws. The same where
  `check` finds a collapse after a state that had not collapsed, TRIES times a generator; then its last good weights stay, and training ends
  once that is so of all.

  Args:
    generator: what is trained.
    examples: what `draw` takes, usually `encoded` [N, ...] and `condition` [N, K]; with S keys each leads with S.
    key: typed, [] or [S].
    steps: updates.
    batch_size: rows an update, over all devices.
    draw: (key, examples, size) -> batch; pure.
    check_every: steps between looks at the metrics; 0 looks ten times.
    check: (state, step) -> numbers, or arrays that lead with S, e.g. `watch`; the weights of the highest `score` among them are kept, without
      one the last. `collapsed` (bool) are never kept in place of such as are not. `warnings` {kind: text} are said once a kind: when one
      comes that was not there at some check before, and at the end.
    steps_per_call: updates of one compiled call; 0 takes 25, and 1 for images on CPU, where convolutions in loops are slow.
    folder: for checkpoints and `metrics.jsonl`; '' keeps none.
    name: in the progress bar and the rows.

  Returns:
    Fitted.

  Raises:
    InputError: numbers out of range, too few examples, a batch that does not divide among the devices.
    FloatingPointError: a metric is not finite after TRIES ways back.
  """
  seeds = key.shape[0] if key.ndim else 0
  check_every = min(check_every or max(1, steps // 10), steps)
  rows_at = 1 if seeds else 0
  if steps < 1 or batch_size < 1 or examples['encoded'].shape[rows_at] < 2:
    raise InputError(
      f'fit: steps {steps} and batch_size {batch_size} must be at least 1, examples {examples["encoded"].shape[rows_at]} at least 2'
    )
  if not steps_per_call:
    is_image = examples['encoded'].ndim - rows_at == 4
    steps_per_call = 1 if is_image and jax.default_backend() == 'cpu' else 25
  advance = _program(generator, examples, batch_size, draw, seeds)
  mapped = jax.vmap if seeds else lambda fn: fn
  state = jax.jit(mapped(generator.init))(key)
  state = state if seeds else parallel.replicate(state)
  blank = np.zeros(key.shape)
  count = blank.astype(np.int64)
  held = _Held(state, jax.device_get(evaluated(state)), blank - np.inf, count, np.zeros(key.shape, bool), count)
  history, rollbacks, warnings, tries = [], [], {}, 0

  with Checkpoints(folder) if folder else contextlib.nullcontext() as checkpoints:
    tracker = tracking.Tracker(pathlib.Path(folder) if folder else None, name, steps, parallel.is_main())
    found = checkpoints.last({'state': held.state, 'variables': held._asdict() | {'state': ()}}) if checkpoints else None
    if found:
      held = _Held(**{**found.items['variables'], 'state': found.items['state']})
      history, rollbacks, warnings = (found.progress[name] for name in ('history', 'rollbacks', 'warnings'))
      tracking.say(f'{name}: goes on from step {found.step} of {steps}')
    state, now = held.state, found.step if found else 0
    tracker.resume(now)
    while now < steps and not (held.falls > TRIES).all():
      back, until, done = now, min(now + check_every - now % check_every, steps), []
      while now < until:
        length = min(steps_per_call, until - now)
        state, metrics = advance(state, length)
        done.append(metrics)
        jax.block_until_ready(done[-3:][0])  # never far ahead of the device
        now += length
        tracker.step(length)
      row = {field: np.mean([np.asarray(metrics[field]) for metrics in done], 0) for field in done[0]}
      whole = [
        np.isfinite(leaf).reshape(*key.shape, -1).all(-1) for leaf in jax.tree.leaves(jax.device_get(evaluated(state)))
      ]
      broken = ~np.logical_and.reduce([np.isfinite(values) for values in row.values()] + whole)
      if broken.any():
        tries += 1
        if tries > TRIES:
          raise FloatingPointError(
            f'{name}: diverged before step {now}, {TRIES} ways back from step {back}; lower the learning rate'
          )
        rollbacks.append(
          f'a metric{_of(broken)} is not finite before step {now}; back to step {back} and on with other draws'
        )
        tracking.say(f'{name}: {rollbacks[-1]}')
        state, now = _other_draws(held.state, state, broken, tries), back
        tracker.resume(now)
        continue
      tries = 0
      told = dict(check(state, now)) if check else {}
      active = told.pop('warnings', {})
      row |= {field: np.asarray(values) for field, values in told.items()}
      collapsed = row.get('collapsed', blank > 0)
      fell = collapsed & held.good & (held.falls <= TRIES)
      held = held._replace(falls=held.falls + fell)
      lost = fell & (held.falls > TRIES)
      ways = {
        f'back to step {back} and on with other draws': fell & ~lost,
        f'{TRIES} ways back were no help, so its last good weights stay': lost,
      }
      for way, which in ways.items():
        if which.any():
          rollbacks.append(f'the generator{_of(which)} collapsed before step {now}; {way}')
          tracking.say(f'{name}: {rollbacks[-1]}')
      if (fell & ~lost).any():
        state, now = _other_draws(held.state, state, fell, int(held.falls.max())), back
        tracker.resume(now)
        continue
      for kind, text in active.items():
        if kind not in warnings and (now == steps or any(kind not in before.get('warnings', {}) for before in history)):
          warnings[kind] = f'step {now}, {kind}: {text}'
          tracking.say(f'{name}: {warnings[kind]}')
      held = _held(held, state, row.get('score', blank + now), collapsed, now)
      history.append(
        {'step': now, **{field: values.tolist() for field, values in row.items()}, **({'warnings': active} if check else {})}
      )
      told = {field: values.mean() for field, values in row.items() if np.ndim(values) <= key.ndim}  # not by class
      tracker.write(now, 'train', told)
      if checkpoints:
        whole, rest = parallel.global_arrays((held.state, held._asdict() | {'state': ()}))
        checkpoints.save(now, whole, rest, dict(history=history, rollbacks=rollbacks, warnings=warnings), float(now))
    tracker.close()
  never = ~np.asarray(held.good)
  if never.any():
    warnings['collapsed'] = (
      f'the generator{_of(never)} never got going: its draws are all alike, or of few classes, at every check'
    )
    tracking.say(f'{name}: {warnings["collapsed"]}')
  return Fitted(held.best, np.asarray(held.step), history, rollbacks, list(warnings.values()), never)


def _of(which: np.ndarray) -> str:
  """' of seeds [...]', where there are seeds."""
  return f' of seeds {np.flatnonzero(which).tolist()}' if np.ndim(which) else ''


def _other_draws(good: TrainState, tried: TrainState, which: np.ndarray, tries: int) -> TrainState:
  """The good state, with another key for those that are to go on with other draws."""
  fold = lambda key: jax.random.fold_in(key, DRAWS - tries)
  key = jax.random.clone(tried.key)
  return good._replace(key=jnp.where(which, jax.vmap(fold)(key) if key.ndim else fold(key), key))


def _program(generator: Generator, examples: Mapping, batch_size: int, draw: Callable, seeds: int) -> Callable:
  """(state, length) -> (state, metrics averaged over `length` updates); compiled once a length."""
  axis = None if seeds else parallel.AXIS
  if not seeds:
    parallel.check_batch(batch_size, 'fit.batch_size')
  rows = batch_size if seeds else batch_size // parallel.device_count()
  resident = jax.tree.map(jnp.asarray, dict(examples)) if seeds else parallel.replicate(dict(examples))
  devices = {'device': np.arange(parallel.device_count())}

  def one(state, examples):
    key = jax.random.fold_in(jax.random.fold_in(state.key, DRAWS), state.step)
    key = jax.random.fold_in(key, jax.lax.axis_index(axis)) if axis else key
    return generator.update(state, draw(key, examples, rows), axis)

  @functools.cache
  def compiled(length):
    def many(state, examples):
      state, metrics = jax.lax.scan(lambda state, _: one(state, examples), state, None, length)
      return state, jax.tree.map(lambda a: a.mean(0), metrics)

    run = many if length > 1 else one
    if seeds:
      return parallel.every_seed(run)
    whole = parallel.every_device(lambda state, examples, _: run(state, examples))
    return lambda state, examples: whole(state, examples, devices)

  return lambda state, length: compiled(length)(state, resident)


def _held(held: _Held, state: TrainState, score: Array, collapsed: Array, now: int) -> _Held:
  """The new state, and the best weights of now and before; what has collapsed never takes the place of what has not."""
  score = np.where(np.isnan(score), -np.inf, score)
  better = score > held.score
  wins = np.where(collapsed, better & ~held.good, better | ~held.good)
  each = lambda a: wins.reshape(wins.shape + (1,) * (a.ndim - wins.ndim))
  best = jax.tree.map(lambda new, old: np.where(each(new), new, old), jax.device_get(evaluated(state)), held.best)
  kept = np.where(wins, score, held.score), np.where(wins, now, held.step)
  return held._replace(
    state=state, best=best, score=kept[0], step=kept[1], good=np.asarray(held.good | ~np.asarray(collapsed))
  )
