"""Catastrophic overfitting: robust against the attack of training, and to nothing else."""

from collections.abc import Mapping, Sequence


def overfitted(history: Sequence[Mapping[str, float]]) -> bool:
  """Whether robustness on validation collapsed while that against the attack of training did not.

  Args:
    history: of the run's validations so far, in order: `robust`, accuracy on validation under an attack of several steps, and
      `trained`, accuracy on training rows under the attack of training.

  Returns:
    True where the last `robust` is below two thirds of the best before it, and `trained` is not below what it was there.

  Source: Wong, Rice and Kolter, Fast is Better than Free: Revisiting Adversarial Training, 2020, who watch PGD accuracy on a
  training batch; the thresholds are ours.
  """
  if len(history) < 2:
    return False
  *before, last = history
  best = max(before, key=lambda row: row['robust'])
  return last['robust'] < 2 / 3 * best['robust'] and last['trained'] >= best['trained']
