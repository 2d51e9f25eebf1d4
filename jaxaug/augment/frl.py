"""Fair robust learning: classes that lose more than the others count more, and are attacked further."""

import jax
import jax.numpy as jnp

from jaxaug.types import Adaptive, Array, Batch, InputError, Key, PyTree


def frl(
  clean: float = 0.07,
  boundary: float = 0.07,
  rate: float = 0.05,
  remargin: float = 0.0,
  decay: float = 0.98,
  widest: float = 1.5,
) -> Adaptive:
  """min R_nat + beta R_bdy  subject to  R_nat(k) - R_nat <= clean,  R_bdy(k) - R_bdy <= boundary  for every class k

  Multipliers grow where a class breaks its constraint, phi_k <- max(0, phi_k + rate (R(k) - R - limit)), and weigh its rows by
  1 + K phi_k - sum phi, whose mean over classes is 1 before it is kept at or above 0. R_nat counts what is wrong as it is, R_bdy
  what is right as it is and wrong under attack. The risks are running averages over training rows (in the paper those of a validation
  set, after each epoch).

  Args:
    clean, boundary: limits, in shares of a class.
    rate: of the multipliers, a step.
    remargin: radius of a class is multiplied by exp(remargin (R_bdy(k) - R_bdy - boundary)) a step, within [1, widest]; with it the boundary
      multipliers rest, as in the paper; 0 leaves radii alone.
    decay: of the running risks, in [0, 1).
    widest: largest radius, in radii of the attack.

  Returns:
    Adaptive for the objectives 'trades' and 'awp', which tell it what was right: adds `weight`, `boundary_weight`, `strength` [B].

  Raises:
    InputError: a value out of range.

  Source: Xu et al., To be Robust or to be Fair: Towards Fairness in Adversarial Training, 2021, section 4.
  """
  if min(clean, boundary, rate, remargin) < 0 or not 0 <= decay < 1 or widest < 1:
    raise InputError('frl: limits, rate and remargin must be at least 0, decay in [0, 1), widest at least 1')

  def init(key: Key, example: Batch) -> PyTree:
    classes = example['label'].shape[-1]
    zero = {name: jnp.zeros(classes) for name in ('natural', 'boundary', 'phi_natural', 'phi_boundary')}
    return zero | {'seen': jnp.zeros(classes), 'radius': jnp.ones(classes)}

  def augment(memory: PyTree, step: Array):
    weigh = lambda phi: jnp.maximum(1 + len(phi) * phi - phi.sum(), 0.0)

    def marked(key: Key, batch: Batch, model) -> Batch:
      own = batch['label'].argmax(-1)
      return {
        **batch,
        'weight': weigh(memory['phi_natural'])[own],
        'boundary_weight': weigh(memory['phi_boundary'])[own],
        'strength': batch.get('strength', 1.0) * memory['radius'][own],
      }

    return marked

  def update(memory: PyTree, batch: Batch, loss: Array) -> PyTree:
    if not {'accuracy', 'robust_accuracy', 'weight'} <= set(batch):
      raise InputError(
        "augment.frl: the objective does not go by rows' weights or tell what is right with and without attack; take 'trades', or 'awp' of it"
      )
    own = jax.nn.one_hot(batch['label'].argmax(-1), batch['label'].shape[-1])
    average = lambda old, rows: decay * old + (1 - decay) * rows.astype(jnp.float32) @ own
    seen = average(memory['seen'], jnp.ones(len(own)))
    natural = average(memory['natural'], ~batch['accuracy'])
    crossed = average(memory['boundary'], batch['accuracy'] & ~batch['robust_accuracy'])
    risk = lambda count: count / jnp.maximum(seen, 1e-6)
    there = seen > 0  # a class that train does not hold has no risk
    mean = lambda risks: (risks * there).sum() / jnp.maximum(there.sum(), 1)
    over = lambda count, limit: jnp.where(there, risk(count) - mean(risk(count)) - limit, 0.0)
    grown = lambda phi, excess: jnp.maximum(phi + rate * excess, 0.0)
    changed = {
      'natural': natural,
      'boundary': crossed,
      'seen': seen,
      'phi_natural': grown(memory['phi_natural'], over(natural, clean)),
    }
    if remargin:
      changed['radius'] = jnp.clip(memory['radius'] * jnp.exp(remargin * over(crossed, boundary)), 1.0, widest)
    else:
      changed['phi_boundary'] = grown(memory['phi_boundary'], over(crossed, boundary))
    return memory | changed

  return Adaptive(init, augment, update)
