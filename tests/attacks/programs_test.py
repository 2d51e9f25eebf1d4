"""What a model brings as arrays is no part of a program; what it hides in a closure is."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.programs import program_for

COUNT = []


def build(power):
  def run(model, x):
    COUNT.append(power)
    return model(x) ** power

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


def test_what_cannot_be_told_apart_is_served_alone():
  loose = jax.tree_util.Partial(lambda x, by: x * by[0], by=np.float32([2]))
  held = jax.tree_util.Partial(jax.tree_util.Partial(linear, jnp.float32(2)))
  assert ran(held)[0] == 36 and ran(loose)[0] == 36
