"""Learning from a finished run: adversarially robust distillation, and defensive distillation."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import optax

from jaxaug.train.objectives.adversary import against, both_answers, make_adversary, right
from jaxaug.train.objectives.apply import apply_train
from jaxaug.train.objectives.trades import kl
from jaxaug.train.teacher import load_teacher
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree


def adversarial_distillation(
  network: nn.Module,
  *,
  teacher: str = '',
  arm: str = '',
  share: float = 1.0,
  temperature: float = 1.0,
  attack: Mapping = {},
  inner: Mapping = {},
) -> Objective:
  """mean_i (1 - a) CE(f(x_i), y_i) + a t^2 KL(softmax(T(x_i) / t) || softmax(f(x'_i) / t)), T the teacher, x' against f

  Args:
    network: Flax module, the student.
    teacher: workdir of a finished run.
    arm: of it; '' is the first.
    share: a, in [0, 1].
    temperature: t, above 0.
    attack: keywords of `jaxaug.augment.adversarial`.
    inner: keywords of `adversary`: statistics, fraction, patience.

  Returns:
    Objective.

  Raises:
    InputError: a value out of range, no finished run.

  Source: Goldblum et al., Adversarially Robust Distillation, 2020.
  """
  if not 0 <= share <= 1 or temperature <= 0:
    raise InputError(f'objective: share {share} must be in [0, 1] and temperature {temperature} above 0')
  answer = load_teacher(teacher, arm)
  find = make_adversary(network, attack, inner)

  def outer(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    clean, moved, batch_stats, rows = both_answers(network, params, batch_stats, key, batch)
    taught = jax.lax.stop_gradient(answer(batch['image']))
    agreement = temperature**2 * kl(taught / temperature, moved / temperature)
    loss = (1 - share) * optax.softmax_cross_entropy(clean, batch['label']) + share * agreement
    return loss.mean(), Aux(batch_stats, loss, {name: row.mean() for name, row in rows.items()}, rows)

  return against(find, outer)


def defensive_distillation(network: nn.Module, *, teacher: str = '', arm: str = '', temperature: float = 20.0) -> Objective:
  """mean_i CE(f(x_i) / t, softmax(T(x_i) / t)), T the teacher; without one, the teacher's own stage, CE(f(x_i) / t, y_i)

  The network answers at temperature 1, with logits t times as far apart: gradients vanish, robustness does not come. Carlini and
  Wagner broke it; it is here to be measured.

  Args:
    network: Flax module.
    teacher: workdir of a finished run of this objective without teacher; '' trains such a one.
    arm: of it; '' is the first.
    temperature: t, above 0.

  Returns:
    Objective.

  Raises:
    InputError: temperature not above 0, no finished run.

  Source: Papernot et al., Distillation as a Defense to Adversarial Perturbations against Deep Neural Networks, 2016; Carlini and
  Wagner, Towards Evaluating the Robustness of Neural Networks, 2017.
  """
  if temperature <= 0:
    raise InputError(f'objective.temperature: {temperature} must be above 0')
  answer = load_teacher(teacher, arm) if teacher else None

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    logits, batch_stats = apply_train(network, params, batch_stats, key, batch['image'])
    label = batch['label'] if answer is None else jax.nn.softmax(jax.lax.stop_gradient(answer(batch['image'])) / temperature)
    loss = optax.softmax_cross_entropy(logits / temperature, label)
    rows = {'accuracy': right(logits, batch['label'])}
    return loss.mean(), Aux(batch_stats, loss, {'accuracy': rows['accuracy'].mean()}, rows)

  return objective
