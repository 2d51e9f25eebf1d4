"""Saving and resuming a run: the last two checkpoints and the best one, written in the background."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import orbax.checkpoint as ocp
from orbax.checkpoint.checkpoint_managers import preservation_policy

from jaxaug.types import InputError, PyTree


class Restored(NamedTuple):
  """A checkpoint as it was read."""

  step: int
  items: Mapping[str, PyTree]
  progress: Mapping[str, Any]
  skipped: tuple[str, ...]  # one line for each newer checkpoint that could not be read


class Checkpoints:
  """The checkpoints of one run in one folder. `with Checkpoints(folder) as c:` waits for the last save."""

  def __init__(self, folder: str | os.PathLike):
    """Opens the folder.

    Args:
      folder: made where it is missing.
    """
    policy = preservation_policy.AnyPreservationPolicy(
      [
        preservation_policy.LatestN(2),
        preservation_policy.BestN(get_metric_fn=lambda m: m['score'], n=1, keep_checkpoints_without_metrics=False),
      ]
    )
    self._manager = ocp.CheckpointManager(
      pathlib.Path(folder).absolute(),
      options=ocp.CheckpointManagerOptions(
        preservation_policy=policy, best_fn=lambda m: m['score'], enable_async_checkpointing=True
      ),
      item_handlers={
        'state': ocp.StandardCheckpointHandler(),
        'variables': ocp.StandardCheckpointHandler(),
        'progress': ocp.JsonCheckpointHandler(),
      },
    )

  def __enter__(self):
    return self

  def __exit__(self, *error):
    self._manager.wait_until_finished()
    self._manager.close()

  def save(
    self, step: int, state: PyTree, variables: PyTree, progress: Mapping[str, Any], score: float | None = None
  ) -> None:
    """Starts writing a checkpoint; a kill while it is written leaves the earlier ones as they are.

    Args:
      step: steps taken.
      state: all that training needs to go on; replicated arrays.
      variables: all that evaluation needs, so that it reads no more.
      progress: plain values that go with it.
      score: on validation, higher is better; None where it was not evaluated.
    """
    arguments = ocp.args.Composite(
      state=ocp.args.StandardSave(state),
      variables=ocp.args.StandardSave(variables),
      progress=ocp.args.JsonSave(dict(progress)),
    )
    self._manager.save(step, args=arguments, metrics=None if score is None else {'score': float(score)}, force=True)

  def steps(self) -> list[int]:
    """Of which steps there are checkpoints, in no order."""
    return list(self._manager.all_steps())

  def wait(self) -> None:
    """Returns when the last save is on disk."""
    self._manager.wait_until_finished()

  def last(self, example: Mapping[str, PyTree]) -> Restored | None:
    """Reads the newest checkpoint that is whole; a broken newer one is removed, so that it can be written again.

    Args:
      example: what to read, of `state` and `variables`: trees of the same shapes, types and sharding.

    Returns:
      Restored, or None where there is no checkpoint.

    Raises:
      InputError: there are checkpoints and none can be read.
    """
    found = self._first_readable(sorted(self._manager.all_steps(), reverse=True), example)
    newest = found.step if found else -1
    for step in [s for s in self._manager.all_steps() if s > newest]:
      self._manager.delete(step)
    return found

  def best(self, example: Mapping[str, PyTree]) -> Restored | None:
    """Reads the checkpoint of the highest score; where that is broken or missing, the newest whole one.

    Args:
      example: what to read, of `state` and `variables`: trees of the same shapes, types and sharding.

    Returns:
      Restored, or None where there is no checkpoint.

    Raises:
      InputError: there are checkpoints and none can be read.
    """
    best = self._manager.best_step()
    others = sorted((s for s in self._manager.all_steps() if s != best), reverse=True)
    return self._first_readable(([] if best is None else [best]) + others, example)

  def _first_readable(self, steps: list[int], example: Mapping[str, PyTree]) -> Restored | None:
    abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, dict(example))
    skipped = []
    for step in steps:
      try:
        wanted = {name: ocp.args.StandardRestore(tree) for name, tree in abstract.items()}
        read = self._manager.restore(step, args=ocp.args.Composite(**wanted, progress=ocp.args.JsonRestore()))
        return Restored(step, {name: read[name] for name in wanted}, read['progress'], tuple(skipped))
      except Exception as error:  # a broken file surfaces as any of a dozen types, by where the cut fell
        skipped.append(
          f'checkpoint {step} in {self._manager.directory} cannot be read and is passed over '
          f'({type(error).__name__}: {(str(error).strip().splitlines() or [""])[0][:120]})'
        )
    if skipped:
      raise InputError('; '.join(skipped) + '; no other checkpoint is left: give another workdir')
    return None
