"""What a generator draws, kept to be looked at: the same few draws at every check of its training, and draws between classes."""

import os
import pathlib
from collections.abc import Callable, Sequence

import jax
import numpy as np

from jaxaug.synthesize.generator import Generator
from jaxaug.types import Key, PyTree

EACH = 4  # draws of a class
BETWEEN = 8  # draws from one class to the next, both included


def keep_frames(folder: str | os.PathLike) -> Callable[[int, np.ndarray, np.ndarray], None]:
  """How `watch` shows what it looks at: the first EACH draws of every class, a file a step.

  Args:
    folder: for the files.

  Returns:
    Function of (step, rows [M, ...], classes asked for [M] int).
  """
  folder = pathlib.Path(folder)

  def show(step: int, rows: np.ndarray, asked: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    classes = np.unique(asked)
    first = [np.flatnonzero(asked == k)[:EACH] for k in classes]
    fewest = min(len(rows_of) for rows_of in first)
    partial = folder / f'{os.getpid()}.partial'
    with open(partial, 'wb') as file:
      shown = np.stack([rows[rows_of[:fewest]] for rows_of in first]).astype(np.float32)
      np.savez_compressed(file, rows=shown, classes=classes)
    os.replace(partial, folder / f'{step}.npz')

  return show


def kept_frames(folder: str | os.PathLike, steps: Sequence[int]) -> dict[str, np.ndarray]:
  """What `keep_frames` left.

  Args:
    folder: of the files.
    steps: the checks that count; others were gone back from.

  Returns:
    {'steps' [F] int, 'rows' [F, K, n, ...] float32, 'classes' [K] int}; empty where there are no files.
  """
  there = [step for step in steps if (pathlib.Path(folder) / f'{step}.npz').exists()]
  frames = []
  for step in there:
    with np.load(pathlib.Path(folder) / f'{step}.npz') as stored:
      frames.append(stored['rows'])
      classes = stored['classes']
  return {'steps': np.array(there), 'rows': np.stack(frames), 'classes': classes} if frames else {}


def between(generator: Generator, variables: PyTree, key: Key, classes: np.ndarray, num_classes: int) -> np.ndarray:
  """Draws of one noise while the condition goes in a straight line from each class to the next, from the last to the first.

  Args:
    generator: trained.
    variables: as `sample` takes them.
    key: of the noise, the same for all.
    classes: [C] int, at least 2.
    num_classes: K.

  Returns:
    Encoded [C, BETWEEN, ...].
  """
  eye, share = np.eye(num_classes, dtype=np.float32), np.linspace(0, 1, BETWEEN, dtype=np.float32)[:, None]
  path = np.stack([(1 - share) * eye[a] + share * eye[b] for a, b in zip(classes, np.roll(classes, -1))])
  draw = lambda condition: generator.sample(variables, jax.random.clone(key), condition[None])[0]
  made = np.asarray(jax.jit(jax.vmap(draw))(path.reshape(-1, num_classes)))
  return made.reshape(*path.shape[:2], *made.shape[1:])
