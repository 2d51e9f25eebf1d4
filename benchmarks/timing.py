"""Paired timing on a noisy machine, and result files that say where they come from."""

import pathlib
import time
from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxaug import tracking

RESULTS = pathlib.Path(__file__).parent / 'results'


def paired(functions: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, np.ndarray]:
  """Runs all functions in turn, again and again.

  Args:
    functions: each returns arrays, which are waited for; called once before, to compile.
    repeats: rounds.

  Returns:
    {name: seconds [repeats]}; entry i of each was taken in the same round.
  """
  for function in functions.values():
    jax.block_until_ready(function())
  seconds = {name: [] for name in functions}
  for _ in range(repeats):
    for name, function in functions.items():
      start = time.perf_counter()
      jax.block_until_ready(function())
      seconds[name].append(time.perf_counter() - start)
  return {name: np.array(values) for name, values in seconds.items()}


def ratio(above: np.ndarray, below: np.ndarray) -> dict[str, float]:
  """Median of the ratios round by round, with the quartiles.

  Args:
    above, below: seconds [repeats] of the same rounds.

  Returns:
    `ratio`, `low`, `high`.
  """
  low, middle, high = np.quantile(above / below, (0.25, 0.5, 0.75))
  return {'ratio': round(float(middle), 4), 'low': round(float(low), 4), 'high': round(float(high), 4)}


PRODUCT_OPERATIONS = 3 * 2 * 1024**3  # a multiplication and an addition are two


def product() -> Callable[[], jax.Array]:
  """What arithmetic can cost at best: three products of 1024 x 1024 matrices, PRODUCT_OPERATIONS operations."""
  matrix = jax.random.normal(jax.random.key(0), (1024, 1024))
  run = jax.jit(lambda a: a @ a @ a @ a)
  return lambda: run(matrix)


def product_speed(repeats: int = 15) -> float:
  """Operations a second of `product`, median.

  Args:
    repeats: rounds.
  """
  return PRODUCT_OPERATIONS / float(np.median(paired({'product': product()}, repeats)['product']))


def save(name: str, rows: list[Mapping], notes: str) -> None:
  """Prints the rows and writes `benchmarks/results/<name>-<backend>.json` with machine and versions.

  Args:
    name: of the benchmark.
    rows: plain values.
    notes: what the numbers mean.
  """
  for row in rows:
    print('  '.join(f'{k} {v}' for k, v in row.items()))
  RESULTS.mkdir(exist_ok=True)
  path = RESULTS / f'{name}-{jax.default_backend()}.json'
  tracking.write_json(path, {'notes': notes, 'rows': rows, **tracking.provenance(0)})
  print(f'written: {path.relative_to(RESULTS.parent.parent)}')
