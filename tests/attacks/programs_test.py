"""What a model brings as arrays is no part of a program; what it hides in a closure is."""

import gc
import weakref

import flax
import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.programs import program_for

COUNT, RUNS, HELD = [], [], {}


def build(power):
  def run(model, x):
    COUNT.append(power)
    return model(x) ** power

  RUNS.append(weakref.ref(run))
  return jax.jit(run)


def linear(weights, x):
  return weights * x


def ran(model, power=2):
  COUNT.clear()
  program, model = program_for(model, build, power)
  return float(program(model, jnp.float32(3))), len(COUNT)


def test_other_weights_are_no_other_program():
  model = lambda value: jax.tree_util.Partial(linear, np.float32(value))
  assert ran(model(2)) == (36, 1)
  assert ran(model(5)) == (225, 0)
  assert ran(model(5), power=1) == (15, 1)


def test_functions_are_served_alone_and_not_kept():
  kept = lambda: program_for.__globals__['_kept'].cache_info().currsize
  before = kept()
  for value in (2, 5):
    assert ran(lambda x, value=value: value * x) == ((3 * value) ** 2, 1)
  assert kept() == before


def test_what_cannot_be_compared_and_what_brings_no_arrays_is_served_alone():
  @flax.struct.dataclass
  class Scaled:
    weight: jax.Array
    by: np.ndarray = flax.struct.field(pytree_node=False)

    def __call__(self, x):
      return self.weight * x * self.by.sum()

  for value in (2, 5):
    assert ran(Scaled(jnp.float32(1), np.float32([value, 0]))) == ((3 * value) ** 2, 1)
    changed = jax.tree_util.Partial(lambda x: HELD['weight'] * x)
    HELD['weight'] = value
    assert ran(changed) == ((3 * value) ** 2, 1)
    assert ran(jax.tree_util.Partial(changed)) == ((3 * value) ** 2, 1)


def test_programs_of_functions_made_anew_are_let_go():
  RUNS.clear()
  for value in range(70):
    ran(jax.tree_util.Partial(lambda weight, x, value=value: weight * x * value, np.float32(1)))
  gc.collect()
  assert len(RUNS) == 70 and sum(ref() is not None for ref in RUNS) <= 64
