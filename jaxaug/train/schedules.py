"""Learning rates as functions of the step."""

import optax

from jaxaug.types import InputError

NAMES = ('constant', 'cosine', 'one_cycle', 'piecewise')


def make_schedule(
  steps: int,
  learning_rate: float,
  *,
  name: str = 'cosine',
  warmup: float = 0.0,
  final: float = 0.0,
  boundaries: tuple[float, ...] = (0.5, 0.75),
  factor: float = 0.1,
) -> optax.Schedule:
  """A schedule over a whole run; places are shares of it, so that a shorter run keeps its shape.

  Args:
    steps: of the run.
    learning_rate: the highest value.
    name: 'constant'; 'cosine' to `final`; 'one_cycle', cosine up from 1/25 and down to 1/250,000 of the highest;
      'piecewise', times `factor` at each boundary.
    warmup: share of the run with a linear rise from 0; for one_cycle the share of the rise.
    final: of cosine, as a share of the highest value.
    boundaries: of piecewise, shares of the run, rising.
    factor: of piecewise.

  Returns:
    step -> learning rate.

  Raises:
    InputError: unknown name, shares out of range or order.

  Source: cosine: Loshchilov and Hutter, SGDR, 2017, equation 5; one_cycle: Smith and Topin, Super-Convergence, 2018.
  """
  if not 0 <= warmup < 1 or list(boundaries) != sorted(boundaries) or not all(0 < b < 1 for b in boundaries):
    raise InputError(f'schedule: warmup {warmup} must be in [0, 1) and boundaries {boundaries} rising shares of the run')
  rise = round(warmup * steps)
  if name == 'one_cycle':
    return optax.cosine_onecycle_schedule(steps, learning_rate, pct_start=warmup or 0.3)
  if name == 'cosine':
    main = optax.cosine_decay_schedule(learning_rate, max(steps - rise, 1), final)
  elif name == 'piecewise':
    main = optax.piecewise_constant_schedule(learning_rate, {round(b * steps) - rise: factor for b in boundaries})
  elif name == 'constant':
    main = optax.constant_schedule(learning_rate)
  else:
    raise InputError(f'schedule.name: {name!r} is unknown; there are {", ".join(NAMES)}')
  return optax.join_schedules([optax.linear_schedule(0.0, learning_rate, rise), main], [rise]) if rise else main
