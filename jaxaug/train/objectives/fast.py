"""Fast adversarial training: one step from a random start."""

from collections.abc import Mapping

import flax.linen as nn

from jaxaug.train.objectives.pgd_at import pgd_at
from jaxaug.types import InputError, Objective


def fast(
  network: nn.Module,
  *,
  norm: str = 'linf',
  epsilon: float = 0.1,
  step: float = 1.25,
  inner: Mapping = {},
  label_smoothing: float = 0.0,
) -> Objective:
  """mean_i CE(f(x'_i), y_i), x' = project(x + u + step epsilon sign(gradient at x + u)), u uniform in the ball

  Five forward passes (2 + 3) where plain training takes three. What it may suffer from is catastrophic overfitting: robust against one
  step, and to nothing else. `jaxaug.train.overfitted` watches for it when validation has an attack of several steps.

  Args:
    network: Flax module.
    norm: 'linf', 'l2' or 'l1'.
    epsilon: radius, pixel units.
    step: length of the step in radii (10/255 of 8/255 in the paper).
    inner: keywords of `adversary`: statistics, fraction, patience.
    label_smoothing: in [0, 1).

  Returns:
    Objective.

  Raises:
    InputError: step not above 0.

  Source: Wong, Rice and Kolter, Fast is Better than Free: Revisiting Adversarial Training, 2020, algorithm 3.
  """
  if step <= 0:
    raise InputError(f'objective.step: {step} must be above 0')
  attack = dict(norm=norm, epsilon=epsilon, steps=1, step_size=step * epsilon, keep='last')
  return pgd_at(network, attack=attack, inner=inner, label_smoothing=label_smoothing)
